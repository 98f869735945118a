import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { buildFunctions, lambdaOptions } from './build.ts'
import { zipOf } from './zip.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const accessFile = join(root, 'examples/orders/access.yml')
const templateName = 'cloudformation-template-update-stack.json'

/** Everything serverless.yml reads. The functions' code is not in the template (`versionFunctions: false`). */
export const templateInputs = [
  'serverless.yml',
  'examples/orders/events.yml',
  'infra/roles.yml',
  'infra/authorizers.yml',
  'infra/gateway-responses.yml',
]

/** Builds and zips the functions, and packages serverless.yml. Returns the template's path. No credentials, no network. */
export async function packageService(): Promise<string> {
  await writeArtifacts()
  await runOsls('.serverless')
  return join(root, '.serverless', templateName)
}

/**
 * The packaged template, parsed: what `npm start` and tests drive the local gateway with. osls takes five seconds,
 * so the result is kept by a hash of its inputs under .postern, which git ignores: a fresh clone packages for real.
 */
export async function packagedTemplate(): Promise<object> {
  const file = join(root, '.postern/templates', `${await hashInputs()}.json`)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return JSON.parse(kept)
  // A folder of its own: two runs at once must not read each other's half-written template.
  const folder = join('.postern/templates', `run-${process.pid}-${performance.now()}`)
  await writeArtifacts()
  await runOsls(folder)
  await mkdir(dirname(file), { recursive: true })
  await rename(join(root, folder, templateName), file)
  await rm(join(root, folder), { recursive: true })
  return JSON.parse(await readFile(file, 'utf8'))
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256')
  const osls = createRequire(import.meta.url).resolve('serverless/package.json')
  for (const file of [...templateInputs.map((each) => join(root, each)), osls])
    hash.update(await readFile(file)).update('\0')
  return hash.digest('hex').slice(0, 32)
}

async function writeArtifacts(): Promise<void> {
  const built = await buildFunctions({ accessFile, outDir: join(root, 'dist/functions') })
  const backend = await buildBackend(join(root, 'dist/examples/orders/backend/index.mjs'))
  await mkdir(join(root, 'dist/package'), { recursive: true })
  for (const { name, file, chunks } of [...built, { ...backend, chunks: [] }]) {
    const folder = dirname(file)
    const files = [file, ...chunks].map(
      async (path) => [relative(folder, path), await readFile(path)] as const,
    )
    const zip = zipOf(Object.fromEntries(await Promise.all(files)))
    const target = join(root, 'dist/package', `${name}.zip`)
    const partial = `${target}.${process.pid}`
    await writeFile(partial, zip)
    await rename(partial, target)
  }
}

/** The example's backend, built as the functions are. */
export async function buildBackend(outfile: string): Promise<{ name: string; file: string }> {
  await build({ ...lambdaOptions, entryPoints: [join(root, 'examples/orders/backend.ts')], outfile })
  return { name: 'orders', file: outfile }
}

/** osls sends no telemetry. It gets an empty environment and home, so it finds no credentials and no settings. */
async function runOsls(packageFolder: string): Promise<void> {
  const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
  const home = join(root, '.postern/home')
  await mkdir(home, { recursive: true })
  const env = { HOME: home, USERPROFILE: home, AWS_EC2_METADATA_DISABLED: 'true' }
  try {
    await promisify(execFile)(process.execPath, [osls, 'package', '--package', packageFolder], {
      cwd: root,
      env,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`osls package failed:\n${stdout}${stderr}`, { cause: error })
  }
}

if (import.meta.main) console.log(await packageService())
