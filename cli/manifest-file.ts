import { existsSync, statSync } from 'node:fs'
import type { Access } from '../shared/access/access.ts'
import { isLoopback } from '../shared/http/fetch-json.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifest } from '../shared/manifest/load.ts'
import { ManifestError } from '../shared/manifest/problem.ts'
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

export const localOption: OptionSpec = {
  value: 'URL',
  about:
    "Take each issuer's keys from this base address on loopback, as in http://127.0.0.1:8601, where `npm start` " +
    'serves them. Nothing else changes. Default: the keys of the real issuers.',
}

export type Compiled = { readonly loaded: LoadedManifest; readonly access: Access }

/** Reads and compiles the manifest of `--access`, `--vars`, `--local`. Throws a ManifestError with its problems. */
export function compileAccess(spec: CommandSpec, args: Arguments): Compiled {
  const file = args.required('access')
  const varsFile = args.option('vars')
  const localIssuers = args.option('local')
  if (localIssuers !== undefined && !isLocal(localIssuers))
    throw wrong(spec, '--local takes an http address on loopback, as in http://127.0.0.1:8601')
  mustBeReadable(file, varsFile)
  const loaded = loadManifest(file, varsFile === undefined ? {} : { varsFile })
  return { loaded, access: compileManifest(loaded, localIssuers === undefined ? {} : { localIssuers }) }
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
