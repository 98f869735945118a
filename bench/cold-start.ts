import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { lambdaOptions } from '../bundle/build.ts'
import { audience, createLab, eventOf, issuer, type Lab } from './lab.ts'
import { bundleOf, bundleOfFile, firstRepositoryId, writeApps } from './manifest.ts'
import { median } from './race.ts'
import { ratioRow, type Section, type Size } from './row.ts'

const limit = 1.4
/** Of a manifest a thousand times as large. */
const growthLimit = 1.5
const runs: Readonly<Record<Size, number>> = { quick: 15, full: 100 }

/** A whole process: Node starts, imports a bundle, takes one decision, and exits. */
export async function coldStart(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const bundles = await bundlesOf(lab, folder)
  const runner = join(folder, 'cold.mjs')
  writeFileSync(runner, runnerText(eventOf(lab.token('RS256', firstRepositoryId))))
  const times = bundles.map((): number[] => [])
  for (let run = 0; run <= runs[size]; run++)
    for (const [at, { file }] of bundles.entries()) {
      const ms = timeProcess(runner, file)
      // The first process of each reads its files from the disk.
      if (run > 0) (times[at] as number[]).push(ms)
    }
  const empty = times[0] as number[]
  return {
    title: 'Cold start',
    note: `A whole process each: Node, import, one decision on an RS256 token with keys at hand, exit. ${runs[size]} alternating runs.`,
    rows: bundles.map(({ name, limited, of }, at) => {
      const lane = times[at] as number[]
      const ratio = median(lane.map((ms, run) => ms / (empty[run] as number)))
      if (of === undefined)
        return ratioRow(name, `${median(lane).toFixed(1)} ms`, ratio, 'empty', limited ? limit : undefined)
      const other = times[of] as number[]
      const growth = median(lane.map((ms, run) => ms / (other[run] as number)))
      return ratioRow(name, `${median(lane).toFixed(1)} ms`, growth, '10 roles', growthLimit)
    }),
  }
}

/** `of`: the place of the one it is held against, in place of the empty one. */
type Bundle = {
  readonly name: string
  readonly file: string
  readonly limited?: true
  readonly of?: number
}

async function bundlesOf(lab: Lab, folder: string): Promise<readonly Bundle[]> {
  const small = await bundleOf(lab, 10, folder)
  const large = await bundleOf(lab, 10_000, folder)
  const apps = await bundleOfFile(writeApps(lab, 10_000, 30, join(folder, 'apps')), join(folder, 'in-apps'))
  return [
    {
      name: 'an empty handler',
      file: await bundleText('export const handler = async () => ({})', 'empty', folder),
    },
    {
      name: 'import of node:crypto, and nothing done with it',
      file: await bundleText(cryptoText, 'crypto', folder),
    },
    { name: 'Postern, 10 roles', file: small.file, limited: true },
    { name: 'Postern, 10,000 roles', file: large.file, of: 2 },
    { name: 'Postern, 10,000 roles in 30 apps', file: apps.file, of: 2 },
    { name: 'aws-jwt-verify, minimal handler', file: await bundleText(minimalText(lab), 'minimal', folder) },
  ]
}

async function bundleText(contents: string, name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    ...lambdaOptions,
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'js' },
    outfile,
  })
  return outfile
}

/** What no verifier can do without. */
const cryptoText = "import { verify } from 'node:crypto'\nexport const handler = async () => ({ verify })"

/** The handler one would write with the library: verify, and allow the one method. No routes, roles or record. */
function minimalText(lab: Lab): string {
  return `import { JwtVerifier } from 'aws-jwt-verify'
const verifier = JwtVerifier.create({ issuer: '${issuer}', audience: '${audience}', jwksUri: '${issuer}/jwks' })
verifier.cacheJwks(${JSON.stringify(lab.jwks)})
export async function handler(event) {
  const claims = await verifier.verify(event.headers.Authorization.slice('Bearer '.length))
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: event.methodArn }]
  return { principalId: claims.sub, policyDocument: { Version: '2012-10-17', Statement } }
}`
}

function runnerText(event: unknown): string {
  return `const { handler } = await import(process.argv[2])
const answer = await handler(${JSON.stringify(event)})
process.exit(typeof answer === 'object' ? 0 : 1)
`
}

function timeProcess(runner: string, bundle: string): number {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, [runner, bundle], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ms = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0) throw new Error(`${bundle} did not answer:\n${stderr}`)
  return ms
}
