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
  const [role, scope, seconds] = [
    args.required('role'),
    args.option('scope'),
    args.option('duration-seconds'),
  ]
  // Anything else could climb out of the path.
  if (!/^[A-Za-z0-9][\w.-]{0,128}$/.test(role))
    throw wrong(spec, '--role is the name of a role of the manifest, as in orders-exporter or billing.clerk')
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/credentials/${role}`
  const scopes = readScopes(spec, scope)
  if (scopes !== undefined) url.searchParams.set('scope', scopes.join(' '))
  if (seconds !== undefined) {
    if (!/^[1-9]\d{0,4}$/.test(seconds)) throw wrong(spec, '--duration-seconds is a number, as in 3600')
    url.searchParams.set('durationSeconds', seconds)
  }
  return { url, token }
}

/**
 * The scopes of `--scope`, each once, by any names that a manifest may give them. As at the broker, one separator after
 * another is one. `undefined`: all that the role has.
 */
export function readScopes(spec: CommandSpec, text: string | undefined): readonly string[] | undefined {
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
