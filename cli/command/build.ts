import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { type BuiltFunction, bundleFunctions } from '../../bundle/build.ts'
import { brokerStatements } from '../../bundle/iam-statements.ts'
import type { Access } from '../../shared/access/access.ts'
import { formatProblems, ManifestError } from '../../shared/manifest/problem.ts'
import { readSource } from '../../shared/manifest/read.ts'
import { besideManifest } from '../../shared/manifest/referenced-files.ts'
import { mapAt } from '../../shared/manifest/tree.ts'
import { type Arguments, readArguments } from '../arguments.ts'
import { type Command, CommandError, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { appOption, compileAccess, compileOptions, localOption, varsOption } from '../manifest-file.ts'

const spec: CommandSpec = {
  name: 'build',
  summary: 'Build the Lambda functions from an access manifest.',
  about: [
    'Validates the manifest, compiles it into an indexed value and bundles it with the code: one ES module ' +
      'for each function, DIR/FUNCTION/index.mjs, which exports `handler`. The same manifest makes the same bytes, ' +
      'whatever the date. Needs no network and no AWS account.',
    'Where a role lends an AWS role there is a broker beside the authorizer: it loads DIR/broker/chunks when it first ' +
      'needs them, and DIR/broker/iam-statements.json is what its own AWS role must be allowed. Where none does, ' +
      'those of an earlier build are removed, so that nothing is lent by mistake.',
    'Functions appear in DIR whole or not at all; other files there are left alone.',
    "With --app the functions answer for that app alone, and no other app's mistake is in the way: each team builds " +
      'its own.',
  ],
  options: {
    ...compileOptions,
    out: { value: 'DIR', about: 'Where to put the functions; made if it is not there.', required: true },
    app: appOption,
    vars: varsOption,
    local: localOption,
  },
  examples: [
    'postern build --access access.yml --out dist',
    'postern build --access access.yml --vars stages/prod.yml --out dist/prod',
    'postern build --access access.yml --app billing --out dist/billing',
  ],
  exitCodes: {
    0: 'built; each function is printed with its path and size',
    1: 'the manifest has problems; nothing was written',
    3: 'a file cannot be read or written',
  },
}

export const buildCommand: Command = {
  spec,
  async run(words) {
    const args = readArguments(spec, words)
    const { access } = unlessBroken(args, () => compileAccess(spec, args))
    const built = await writeFunctions(access, args.required('out'))
    return { exitCode: exit.ok, stdout: built.map(functionLine).join('') }
  },
}

/** One team's mistake is not in the way of the others, and whoever sees it is told so. */
function unlessBroken<T>(args: Arguments, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof ManifestError) || args.option('app') !== undefined) throw error
    const sound = soundApps(args.required('access'), error)
    if (sound.length === 0) throw error
    const mend = `mend it; until then ${sound.join(', ')} can be built alone, with --app NAME`
    throw new CommandError(exit.no, `nothing was built\n${formatProblems(error.problems)}`, mend)
  }
}

/** The apps whose manifests have none of the problems; none where the root itself has some. */
function soundApps(file: string, { problems }: ManifestError): readonly string[] {
  const files = new Set(problems.map((problem) => resolve(problem.file)))
  if (files.has(resolve(file))) return []
  const apps = mapAt(readSource(file).value, 'apps')
  return Object.keys(apps).filter((name) => {
    const { manifest } = mapAt(apps, name)
    return typeof manifest === 'string' && !files.has(resolve(besideManifest(file, manifest)))
  })
}

/** Bundles beside the place where the functions go, and moves each there in one step. */
async function writeFunctions(access: Access, outDir: string): Promise<readonly BuiltFunction[]> {
  let firstMade: string | undefined
  let scratch: string | undefined
  try {
    firstMade = await makeFolder(resolve(outDir))
    scratch = await mkdtemp(join(outDir, '.postern-'))
    const built = await bundleFunctions(access, scratch)
    const target = (file: string) => join(outDir, relative(scratch ?? '', file))
    // What an index.mjs loads is there before it is.
    for (const from of built.flatMap(({ file, chunks }) => [...chunks, file])) {
      await mkdir(dirname(target(from)), { recursive: true })
      await rename(from, target(from))
    }
    await rm(scratch, { recursive: true })
    const moved = built.map((one) => ({ ...one, file: target(one.file), chunks: one.chunks.map(target) }))
    for (const one of moved) await removeOldChunks(one)
    const broker = join(outDir, 'broker')
    if (moved.some(({ name }) => name === 'broker'))
      await writeFile(join(broker, statementsFile), `${JSON.stringify(brokerStatements(access), null, 2)}\n`)
    else await removeBroker(broker)
    return moved
  } catch (cause) {
    const made = firstMade ?? scratch
    if (made !== undefined) await rm(made, { recursive: true, force: true })
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === undefined ? message : `it cannot be written to (${code})`
    const mend = 'name a folder that may be written to, or one that can be made'
    throw new CommandError(exit.unknown, `${outDir}: ${why}`, mend, { cause })
  }
}

const statementsFile = 'iam-statements.json'

/** One of an earlier build would lend on what the manifest lends no longer. */
async function removeBroker(folder: string): Promise<void> {
  const index = join(folder, 'index.mjs')
  if (!existsSync(join(folder, statementsFile)) || !existsSync(index)) return
  for (const one of [index, join(folder, statementsFile), join(folder, 'chunks')])
    await rm(one, { recursive: true, force: true })
}

/** Those of an earlier build, which no index.mjs loads any more. */
async function removeOldChunks({ file, chunks }: BuiltFunction): Promise<void> {
  const folder = join(dirname(file), 'chunks')
  const present = await readdir(folder).catch(() => [])
  const old = present.filter((name) => !chunks.includes(join(folder, name)))
  await Promise.all(old.map((name) => rm(join(folder, name))))
}

/**
 * Makes a folder and those above it that are not there, and returns the topmost it made. One at a time: where the
 * system answers ENOENT in a folder that exists, as in /proc, Node's recursive mkdir tries for ever.
 */
async function makeFolder(folder: string): Promise<string | undefined> {
  const above = dirname(folder)
  if (existsSync(folder) || above === folder) return undefined
  const firstMade = await makeFolder(above)
  try {
    await mkdir(folder)
  } catch (error) {
    // Another build may have made it meanwhile.
    if (!existsSync(folder)) throw error
    return firstMade
  }
  return firstMade ?? folder
}

function functionLine({ name, file, bytes }: BuiltFunction): string {
  return `${name}  ${file}  ${(bytes / 1024).toFixed(1)} KiB\n`
}
