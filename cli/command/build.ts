import { resolve } from 'node:path'
import type { BuiltFunction } from '../../bundle/build.ts'
import { writeBuild } from '../../bundle/write-build.ts'
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
    'DIR/FUNCTION.zip is the same as Lambda takes it, and DIR/service.json is what serverless.yml includes of it: the ' +
      'functions, their AWS roles by exact ARNs, an alias for each app, alarms (docs/deploying.md).',
    'Files appear in DIR whole or not at all; others there are left alone.',
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

/** As `writeBuild`, and says what to do where it cannot. */
async function writeFunctions(access: Access, outDir: string): Promise<readonly BuiltFunction[]> {
  try {
    return await writeBuild(access, outDir)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === undefined ? message : `it cannot be written to (${code})`
    const mend = 'name a folder that may be written to, or one that can be made'
    throw new CommandError(exit.unknown, `${outDir}: ${why}`, mend, { cause })
  }
}

function functionLine({ name, file, bytes }: BuiltFunction): string {
  return `${name}  ${file}  ${(bytes / 1024).toFixed(1)} KiB\n`
}
