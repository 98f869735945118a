import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLab, eventOf } from './lab.ts'
import { brokerBundle, credentialsEvent } from './lending.ts'
import { bundleOf, firstRepositoryId } from './manifest.ts'
import { median } from './race.ts'
import type { Section, Size } from './row.ts'
import { startStsAtOnce } from './sts-at-once.ts'

const runs: Readonly<Record<Size, number>> = { quick: 3, full: 15 }

/** What a function's process holds after its first answer: of Lambda's memory, which is 128 MB at least. */
export async function memory(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const sts = await startStsAtOnce()
  const empty = join(folder, 'empty.mjs')
  writeFileSync(empty, 'export const handler = async () => ({})')
  const decided = eventOf(lab.token('RS256', firstRepositoryId))
  const lanes = [
    { what: 'an empty handler', file: empty, event: {} },
    { what: 'authorizer, 10 roles', file: (await bundleOf(lab, 10, folder)).file, event: decided },
    { what: 'authorizer, 10,000 roles', file: (await bundleOf(lab, 10_000, folder)).file, event: decided },
    {
      what: 'broker, one role',
      file: (await brokerBundle(lab, folder)).file,
      event: credentialsEvent(lab.token('ES256', 1)),
    },
  ]
  const held: number[] = []
  for (const { file, event } of lanes) {
    const runner = join(folder, 'memory.mjs')
    writeFileSync(runner, runnerText(event))
    const times: number[] = []
    for (let run = 0; run < runs[size]; run++) times.push(await measure(runner, file, sts.environment))
    held.push(median(times))
  }
  await sts.close()
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  return {
    title: 'Memory',
    note: `Resident set of a whole process after its first answer, ${runs[size]} processes each.`,
    rows: lanes.map(({ what }, at) => ({
      what,
      value: mb(held[at] as number),
      beside: `${mb((held[at] as number) - (held[0] as number))} more than empty`,
    })),
  }
}

function runnerText(event: unknown): string {
  return `const { handler } = await import(process.argv[2])
await handler(${JSON.stringify(event)}, {})
process.send(process.memoryUsage.rss(), () => process.exit())
`
}

function measure(runner: string, bundle: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [runner, bundle], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.once('message', (bytes) => resolve(bytes as number))
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${bundle} did not answer`)))
  })
}
