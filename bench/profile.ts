import { mkdtempSync, rmSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthorizer } from '../functions/authorizer/authorize.ts'
import { createLab, eventOf, type Kind, kinds } from './lab.ts'
import { accessOf, firstRepositoryId, type Handler } from './manifest.ts'

/**
 * `node bench/profile.ts [RS256|ES256|EdDSA] [repeated] > /dev/null`: where the time of a whole decision goes, by
 * function, on standard error; records go to standard output as in Lambda. Runs from the sources, so that functions
 * have their names and lines.
 */
const tokens = 6000
const repeats = 200_000
const topFunctions = 25
const samplingIntervalUs = 50

const kind = kinds.find((each) => process.argv.includes(each)) ?? 'RS256'
const repeated = process.argv.includes('repeated')
const folder = mkdtempSync(join(tmpdir(), 'postern-profile-'))
try {
  print(await profile(kind))
} finally {
  rmSync(folder, { recursive: true })
}

async function profile(of: Kind): Promise<Profiler.Profile> {
  const lab = createLab()
  const handler: Handler = createAuthorizer(accessOf(lab, 10, folder), {
    fetchJson: async () => Promise.reject(new Error('the keys are pinned')),
    nowMs: Date.now,
    emit: (line) => process.stdout.write(`${line}\n`),
  })
  const fresh = Array.from({ length: repeated ? 2 : tokens }, () => eventOf(lab.token(of, firstRepositoryId)))
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
  const half = fresh.length / 2
  for (const event of fresh.slice(0, half)) await handler(event)
  await session.post('Profiler.start')
  for (const event of fresh.slice(half))
    for (let i = 0; i < (repeated ? repeats : 1); i++) await handler(event)
  return (await session.post('Profiler.stop')).profile
}

function print({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url === '' ? '' : ` ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`
      return [id, `${functionName || '(anonymous)'}${place}`]
    }),
  )
  const selfUs = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? '?'
    selfUs.set(name, (selfUs.get(name) ?? 0) + (timeDeltas[at] ?? 0))
  }
  const calls = repeated ? repeats : tokens / 2
  for (const name of selfUs.keys()) if (/node:inspector|bench\//.test(name)) selfUs.delete(name)
  const top = [...selfUs].sort(([, a], [, b]) => b - a).slice(0, topFunctions)
  for (const [name, us] of top) console.error(`${(us / calls).toFixed(2).padStart(8)} us  ${name}`)
}
