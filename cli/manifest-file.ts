import { existsSync, statSync } from 'node:fs'
import type { Access, App } from '../shared/access/access.ts'
import { isLoopback } from '../shared/http/fetch-json.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { type LoadedManifest, type LoadOptions, loadManifest } from '../shared/manifest/load.ts'
import { formatProblems, ManifestError } from '../shared/manifest/problem.ts'
import { readText } from '../shared/manifest/read-text.ts'
import { type Arguments, wrong } from './arguments.ts'
import { CommandError, exit } from './command.ts'
import type { CommandSpec, OptionSpec } from './help.ts'

/** The options with which a command compiles a manifest. */
export const compileOptions = {
  access: { value: 'FILE', about: 'The access manifest.', required: true },
} as const satisfies Record<string, OptionSpec>

export const varsOption: OptionSpec = {
  value: 'FILE',
  about:
    'YAML with values that replace those of `vars` in the manifest, as in stages/prod.yml. Default: none.',
}

export const appOption: OptionSpec = {
  value: 'NAME',
  about:
    "One app of the manifest, `api` for the root's own part; the manifests of the others are not read. Default: all.",
}

export const localOption: OptionSpec = {
  value: 'URL',
  about:
    "Take each issuer's keys from this base address on loopback, as in http://127.0.0.1:8601, where `npm start` " +
    'serves them. Nothing else changes. Default: the keys of the real issuers.',
}

export type Compiled = { readonly loaded: LoadedManifest; readonly access: Access }

/** Reads and compiles the manifest of `--access`, `--vars`, `--app`, `--local`. Throws a ManifestError with its problems. */
export function compileAccess(spec: CommandSpec, args: Arguments): Compiled {
  const file = args.required('access')
  const varsFile = args.option('vars')
  const localIssuers = args.option('local')
  if (localIssuers !== undefined && !isLocal(localIssuers))
    throw wrong(spec, '--local takes an http address on loopback, as in http://127.0.0.1:8601')
  mustBeReadable(file, varsFile)
  const loaded = loadManifest(file, loadOptions(varsFile, args.option('app')))
  return { loaded, access: compileManifest(loaded, localIssuers === undefined ? {} : { localIssuers }) }
}

export function loadOptions(varsFile: string | undefined, app: string | undefined): LoadOptions {
  return { ...(varsFile !== undefined && { varsFile }), ...(app !== undefined && { app }) }
}

/** The app that a request is for. Throws a CommandError where the manifest has several and `--app` names none. */
export function oneApp(spec: CommandSpec, { apps }: Access): App {
  const [app, another] = apps
  if (app !== undefined && another === undefined) return app
  const names = apps.filter(({ of }) => of?.length === 1).map(({ name }) => name)
  throw wrong(spec, `the manifest has the apps ${names.join(', ')}: name one with --app`)
}

/** A file named on the command line that cannot be read is no verdict on the manifest. */
export function mustBeReadable(...files: readonly (string | undefined)[]): void {
  for (const file of files)
    if (file !== undefined)
      try {
        readText(file)
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error
        const { message = '', code } = error.problems[0] ?? {}
        if (code === 'file_unreadable') throw unreadable(file, message)
      }
}

function unreadable(file: string, message: string): CommandError {
  if (existsSync(file) && statSync(file).isDirectory())
    return new CommandError(exit.unknown, `${file}: is a directory`, 'name the file in it')
  const mend = 'check the path; it is relative to the folder you are in'
  return new CommandError(exit.unknown, `${file}: ${message}`, mend)
}

function isLocal(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  return protocol === 'http:' && isLoopback(hostname) && `${username}${password}${search}${hash}` === ''
}

/** The question is about the token, and a manifest that does not hold leaves it open. */
export function unlessBroken<T>(compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const mend = 'mend the manifest first; `postern check` shows the same'
    throw new CommandError(
      exit.unknown,
      `the manifest does not hold\n${formatProblems(error.problems)}`,
      mend,
    )
  }
}
