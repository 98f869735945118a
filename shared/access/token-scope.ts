import type { Claims } from './claims.ts'
import type { Lendable } from './lendable.ts'

/**
 * What the `scope` of a token that Postern signed lets its bearer have (RFC 9068 section 2.2.3): `role`, a role whole,
 * or `role:scope`, that one scope of its credentials. No role's name has a colon.
 */
export type TokenScope = {
  readonly roles: ReadonlySet<string>
  /** By role, scopes of its credentials. */
  readonly narrowed: ReadonlyMap<string, readonly string[]>
}

export function tokenScope({ scope }: Claims): TokenScope {
  const roles = new Set<string>()
  const narrowed = new Map<string, string[]>()
  for (const word of typeof scope === 'string' ? scope.split(' ') : []) {
    const colon = word.indexOf(':')
    if (colon === -1) roles.add(word)
    else {
      const role = word.slice(0, colon)
      narrowed.set(role, [...(narrowed.get(role) ?? []), word.slice(colon + 1)])
    }
  }
  return { roles, narrowed }
}

/** What a bearer may borrow: what its whole roles lend, and of `all` that it could have otherwise the scopes it names. */
export function withinScope(
  { narrowed }: TokenScope,
  whole: readonly Lendable[],
  all: readonly Lendable[],
): readonly Lendable[] {
  return all.flatMap((one) => {
    const found = whole.find(({ role }) => role === one.role)
    const scopes = narrowed.get(one.role.name)
    return found ?? (scopes === undefined ? [] : { ...one, scopes })
  })
}
