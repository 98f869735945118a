import type { Claims } from './claims.ts'
import type { Lendable } from './lendable.ts'

/**
 * What a bearer of a token that Postern signed may borrow. Its `scope` names roles, `role`, and what of a role's
 * credentials it may borrow by, `role:scope` (RFC 9068 section 2.2.3); no role's name has a colon. `whole` is what its
 * roles lend, `all` what it could borrow otherwise.
 */
export function withinScope(
  { scope }: Claims,
  whole: readonly Lendable[],
  all: readonly Lendable[],
): readonly Lendable[] {
  const words = typeof scope === 'string' ? scope.split(' ') : []
  return all.flatMap((one) => {
    const found = whole.find(({ role }) => role === one.role)
    if (found !== undefined) return found
    const prefix = `${one.role.name}:`
    const scopes = words.filter((word) => word.startsWith(prefix)).map((word) => word.slice(prefix.length))
    return scopes.length === 0 ? [] : { ...one, scopes }
  })
}
