import { variable } from '../../shared/config.ts'
import { isFetchable } from '../../shared/http/fetch-json.ts'
import { scopeName } from '../../shared/manifest/scope-name.ts'
import { type Arguments, wrong } from '../arguments.ts'
import type { Surroundings } from '../command.ts'
import type { CommandSpec, OptionSpec } from '../help.ts'
import { readTokenSource, type TokenSource, tokenOptions } from './token-source.ts'

/** What a command asks the broker for, and by which token. */
export type Borrowing = { readonly url: URL; readonly token: TokenSource }

export const borrowingOptions = {
  broker: {
    value: 'URL',
    about:
      'Where the broker is: https, or http on loopback. Default: what the environment variable POSTERN_BROKER says.',
  },
  role: { value: 'NAME', about: 'The role of the manifest whose AWS role is borrowed.', required: true },
  scope: {
    value: 'A+B',
    about: "The role's scopes to ask for, joined by + or spaces. Default: all of them.",
  },
  'duration-seconds': {
    value: 'N',
    about: "How long the credentials are to last, as far as the role allows it. Default: the role's own.",
  },
  ...tokenOptions,
} as const satisfies Readonly<Record<string, OptionSpec>>

/** The request, from `borrowingOptions`. Throws a CommandError for what no broker could answer. */
export function readBorrowing(spec: CommandSpec, args: Arguments, stdin: Surroundings['stdin']): Borrowing {
  const token = readTokenSource(spec, args, stdin)
  const url = brokerAddress(spec, args.option('broker') ?? variable('POSTERN_BROKER'))
  const role = readRole(spec, args.required('role'))
  const [scopes, seconds] = [readScopes(spec, args), readDuration(spec, args)]
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/credentials/${role}`
  if (scopes !== undefined) url.searchParams.set('scope', scopes.join(' '))
  if (seconds !== undefined) url.searchParams.set('durationSeconds', seconds)
  return { url, token }
}

/** A role of the manifest, as in `billing.clerk`. Anything else could climb out of a path, or be a token. */
export function readRole(spec: CommandSpec, role: string): string {
  if (/^[A-Za-z0-9][\w-]{0,63}(\.[A-Za-z0-9][\w-]{0,63})?$/.test(role)) return role
  throw wrong(spec, '--role is the name of a role of the manifest, as in orders-exporter or billing.clerk')
}

/** The length of `--duration-seconds` as text; the broker says whether it is one that may be asked for. */
export function readDuration(spec: CommandSpec, args: Arguments): string | undefined {
  const seconds = args.option('duration-seconds')
  if (seconds === undefined || /^[1-9]\d{0,4}$/.test(seconds)) return seconds
  throw wrong(spec, '--duration-seconds is a number, as in 3600')
}

/**
 * The scopes of `--scope`, each once, by any names that a manifest may give them. As at the broker, one separator after
 * another is one. `undefined`: all that the role has.
 */
export function readScopes(spec: CommandSpec, args: Arguments): readonly string[] | undefined {
  const text = args.option('scope')
  if (text === undefined) return undefined
  const scopes = text.split(/[ +]+/).filter((scope) => scope !== '')
  if (scopes.length > 0 && scopes.every((scope) => scopeName.test(scope))) return [...new Set(scopes)]
  throw wrong(spec, '--scope is names of scopes, joined by + or spaces, as in read+write')
}

/** Not shown where it is wrong: some write a password into addresses. */
function brokerAddress(spec: CommandSpec, text: string | undefined): URL {
  if (text === undefined) throw wrong(spec, '--broker is missing, and POSTERN_BROKER is not set')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !isFetchable(url))
    throw wrong(spec, 'the broker is an https address (http on loopback alone) without a user name')
  if (url.search !== '' || url.hash !== '')
    throw wrong(spec, "the broker's address ends with its path; a query is added to it")
  return url
}
