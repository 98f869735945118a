import type { Role } from '../access/access.ts'
import type { Lendable } from '../access/lendable.ts'
import { PosternError } from '../error.ts'

/** A token carries no longer scope: it must fit into a header beside everything else. */
export const maxScopeLength = 4096

/**
 * The audience of a token: the one that is asked for, by `audience` (RFC 8693) or `resource` (RFC 8707), or the only
 * one there is. Equality alone counts. Throws `audience_unknown`.
 */
export function grantedAudience(
  { audience, resource }: { readonly audience: string | undefined; readonly resource: string | undefined },
  allowed: readonly string[],
): string {
  if (audience !== undefined && resource !== undefined && audience !== resource)
    throw new PosternError('audience_unknown', 'one token is for one audience; two are named')
  const asked = audience ?? resource ?? (allowed.length === 1 ? allowed[0] : undefined)
  if (asked === undefined) throw new PosternError('audience_unknown', 'name an audience')
  if (allowed.includes(asked)) return asked
  throw new PosternError('audience_unknown', 'tokens for this audience are not given')
}

/**
 * The scope of a token: what is asked for, each of it the caller's; by default every role it has. `role:scope` names one
 * scope of what a role lends. Throws `scope_unknown`, alike for what is not there and what is not the caller's.
 */
export function grantedScope(
  asked: string | undefined,
  roles: readonly Role[],
  lendable: readonly Lendable[],
): string {
  const words =
    asked === undefined ? roles.map(({ name }) => name) : asked.split(' ').filter((word) => word !== '')
  const unknown = words.find((word) => !isGranted(word, roles, lendable))
  if (unknown !== undefined)
    throw new PosternError(
      'scope_unknown',
      'a scope is no role of the caller, nor role:scope of one that it may borrow by',
    )
  const scope = [...new Set(words)].join(' ')
  if (scope.length <= maxScopeLength) return scope
  throw new PosternError(
    'scope_unknown',
    `the scope has over ${maxScopeLength} characters: name the roles that are needed`,
  )
}

function isGranted(word: string, roles: readonly Role[], lendable: readonly Lendable[]): boolean {
  const colon = word.indexOf(':')
  if (colon === -1) return roles.some(({ name }) => name === word)
  const one = lendable.find(({ role }) => role.name === word.slice(0, colon))
  const scopes = one?.scopes ?? Object.keys(one?.role.credentials?.scopes ?? {})
  return scopes.includes(word.slice(colon + 1))
}
