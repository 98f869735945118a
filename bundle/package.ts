import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { compileManifest } from '../shared/manifest/compile.ts'
import { loadManifest } from '../shared/manifest/load.ts'
import { lambdaOptions } from './build.ts'
import { packageRoot } from './package-root.ts'
import { serviceOf } from './service.ts'
import { writeBuild } from './write-build.ts'
import { zipOf } from './zip.ts'

const root = packageRoot()
const example = join(root, 'examples/orders')
const templateName = 'cloudformation-template-update-stack.json'
const kept = join(root, '.postern/templates')

export const stages = ['dev', 'staging', 'prod'] as const
export type Stage = (typeof stages)[number]

/**
 * Builds Postern for a stage from the manifest of examples/orders, packages serverless.yml and the example's own
 * service, and returns their templates' paths. No credentials, no network.
 */
export async function packageServices(stage: Stage): Promise<readonly string[]> {
  await writeArtifacts(stage)
  return Promise.all(
    [root, example].map(async (service) => {
      await runOsls(service, stage, '.serverless')
      return join(service, '.serverless', templateName)
    }),
  )
}

/** serverless.yml's packaged template of a stage, parsed. */
export async function posternTemplate(stage: Stage): Promise<object> {
  // What serverless.yml includes, and the code is not in the template (`versionFunctions: false`).
  const service = JSON.stringify(serviceOf(accessOf(stage)))
  return templateOf(stage, root, ['serverless.yml'], service)
}

/** Everything that the serverless.yml of examples/orders reads. */
export const exampleInputs = ['events.yml', 'roles.yml', 'authorizers.yml', 'gateway-responses.yml']

/** The packaged template of the service in examples/orders, parsed: what `npm start` and tests drive the gateway with. */
export async function exampleTemplate(stage: Stage = 'dev'): Promise<object> {
  return templateOf(stage, example, ['serverless.yml', ...exampleInputs], '')
}

/** A template is kept by a hash of its inputs under .postern, which git ignores: a fresh clone packages for real. */
async function templateOf(
  stage: Stage,
  service: string,
  inputs: readonly string[],
  included: string,
): Promise<object> {
  const osls = createRequire(import.meta.url).resolve('serverless/package.json')
  const hash = createHash('sha256').update(`${stage}\0${included}\0`)
  for (const file of [...inputs.map((each) => join(service, each)), osls])
    hash.update(await readFile(file)).update('\0')
  const file = join(kept, `${hash.digest('hex').slice(0, 32)}.json`)
  const known = await readFile(file, 'utf8').catch(() => undefined)
  if (known !== undefined) return JSON.parse(known)
  await writeArtifacts(stage)
  // A folder of its own: two runs at once must not read each other's half-written template.
  await mkdir(kept, { recursive: true })
  const folder = await mkdtemp(join(kept, 'run-'))
  await runOsls(service, stage, relative(service, folder))
  await rename(join(folder, templateName), file)
  await rm(folder, { recursive: true })
  return JSON.parse(await readFile(file, 'utf8'))
}

async function writeArtifacts(stage: Stage): Promise<void> {
  await writeBuild(accessOf(stage), join(root, 'dist', stage))
  const folder = join(example, 'dist')
  await mkdir(folder, { recursive: true })
  const scratch = await mkdtemp(join(folder, '.orders-'))
  const backend = await buildBackend(join(scratch, 'index.mjs'))
  await writeFile(join(scratch, 'orders.zip'), zipOf({ 'index.mjs': await readFile(backend) }))
  await rename(join(scratch, 'orders.zip'), join(folder, 'orders.zip'))
  await rm(scratch, { recursive: true })
}

function accessOf(stage: Stage) {
  const varsFile = join(example, 'stages', `${stage}.yml`)
  return compileManifest(loadManifest(join(example, 'access.yml'), { varsFile }))
}

/** The example's backend, built as the functions are. */
export async function buildBackend(outfile: string): Promise<string> {
  await build({ ...lambdaOptions, entryPoints: [join(example, 'backend.ts')], outfile })
  return outfile
}

/** osls sends no telemetry. It gets an empty environment and home, so it finds no credentials and no settings. */
async function runOsls(service: string, stage: Stage, packageFolder: string): Promise<void> {
  const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
  const home = join(root, '.postern/home')
  await mkdir(home, { recursive: true })
  const env = { HOME: home, USERPROFILE: home, AWS_EC2_METADATA_DISABLED: 'true' }
  const words = ['package', '--stage', stage, '--package', packageFolder]
  try {
    await promisify(execFile)(process.execPath, [osls, ...words], { cwd: service, env })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`osls package failed:\n${stdout}${stderr}`, { cause: error })
  }
}

if (import.meta.main) {
  const stage = stages.find((one) => one === (process.argv[2] ?? 'dev'))
  if (stage === undefined) throw new Error(`the stage is one of ${stages.join(', ')}`)
  for (const file of await packageServices(stage)) console.log(relative(process.cwd(), file))
}
