import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buildFunctions } from '../bundle/build.ts'
import { createLab, eventOf, eventText, type Lab } from './lab.ts'
import { bundleOf, bundleOfFile, firstRepositoryId, handlerOf, writeApps } from './manifest.ts'
import { lane, race } from './race.ts'
import { type Row, ratioRow, type Section, type Size, us } from './row.ts'

const roleCount = 10_000
const appCount = 30
const buildLimitSeconds = 5
const buildLimitMb = 512
const ratioLimit = 1.3
const rounds: Readonly<Record<Size, number>> = { quick: 100, full: 500 }
const decisions: Readonly<Record<Size, number>> = { quick: 50_000, full: 1_000_000 }
/** Of the heap, from after a fifth of the decisions to the end. */
const growthLimitMb = 8

/** A manifest of 10,000 roles in 30 apps: what building it takes, and what a decision then costs. */
export async function apps(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const file = writeApps(lab, roleCount, appCount, join(folder, 'apps'))
  return {
    title: `${roleCount} roles in ${appCount} apps`,
    note: 'The build in a process of its own, from the files to the bundle. A decision beside that of a manifest of 10 roles. RS256.',
    rows: [
      ...(await buildRows(file, join(folder, 'built'))),
      ...(await decisionRows(lab, file, size, folder)),
    ],
  }
}

type Built = { readonly seconds: number; readonly peakMb: number }

async function buildRows(file: string, outDir: string): Promise<readonly Row[]> {
  const child = fork(import.meta.filename, [file, outDir])
  const [{ seconds, peakMb }] = (await once(child, 'message')) as [Built]
  return [
    {
      what: 'build, time',
      value: `${seconds.toFixed(1)} s`,
      limit: `${buildLimitSeconds} s`,
      within: seconds < buildLimitSeconds,
    },
    {
      what: 'build, memory at its peak (RSS)',
      value: `${peakMb.toFixed(0)} MB`,
      limit: `${buildLimitMb} MB`,
      within: peakMb < buildLimitMb,
    },
  ]
}

async function decisionRows(lab: Lab, file: string, size: Size, folder: string): Promise<readonly Row[]> {
  const small = await handlerOf(await bundleOf(lab, 10, folder))
  const large = await handlerOf(await bundleOfFile(file, join(folder, 'large')))
  const event = eventText(lab.token('RS256', firstRepositoryId + 5))
  const results = await race(
    [lane('small', () => JSON.parse(event), small), lane('large', () => JSON.parse(event), large)],
    {
      rounds: rounds[size],
      batch: 20,
    },
  )
  const { medianUs, ratio } = results.get('large') ?? { medianUs: Number.NaN, ratio: Number.NaN }
  const row = ratioRow('a decision, the token repeated', us(medianUs), ratio, '10 roles', ratioLimit)
  return [row, await growthRow(lab, large, decisions[size])]
}

/** Many callers, so that every cache is filled and turned over. */
async function growthRow(
  lab: Lab,
  handler: (event: unknown) => Promise<unknown>,
  count: number,
): Promise<Row> {
  const events = Array.from({ length: 3000 }, (_, at) =>
    eventOf(lab.token('EdDSA', firstRepositoryId + (at % 300))),
  )
  let before = 0
  for (let i = 0; i < count; i++) {
    if (i === count / 5) before = heapMb()
    await handler(events[i % events.length])
  }
  const growth = heapMb() - before
  return {
    what: `heap after ${count} decisions for ${events.length} tokens of 300 roles`,
    value: `${growth >= 0 ? '+' : ''}${growth.toFixed(1)} MB`,
    beside: 'since the first fifth',
    limit: `${growthLimitMb} MB`,
    within: growth < growthLimitMb,
  }
}

function heapMb(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 1e6
}

if (import.meta.main && process.send) {
  const [accessFile = '', outDir = ''] = process.argv.slice(2)
  const began = performance.now()
  await buildFunctions({ accessFile, outDir })
  const peakMb = process.resourceUsage().maxRSS / 1000
  process.send({ seconds: (performance.now() - began) / 1000, peakMb } satisfies Built)
}
