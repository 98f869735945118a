import type { AccessRows, Role, Rule } from './access.ts'

/** A role whose credentials a caller may borrow. */
export type Lendable = {
  readonly role: Role
  /** Epoch seconds at which the last rule by which the caller has it expires; absent where one never does. */
  readonly trustEnds?: number
  /** What of its scopes a token's own scope leaves; absent where that is all. */
  readonly scopes?: readonly string[]
}

/**
 * The roles whose credentials a caller may borrow, whom these rules trust: those it has and those that they include,
 * in the manifest's order. Pure.
 */
export function lendableBy(access: AccessRows, rules: readonly Rule[]): readonly Lendable[] {
  const ends = new Map<number, number>()
  for (const { role, expiresAt = Number.POSITIVE_INFINITY } of rules)
    for (const at of access.roles.at(role)?.lends ?? []) ends.set(at, Math.max(ends.get(at) ?? 0, expiresAt))
  return [...ends]
    .sort(([a], [b]) => a - b)
    .map(([at, end]) => {
      const role = access.roles.at(at) as Role
      return end === Number.POSITIVE_INFINITY ? { role } : { role, trustEnds: end }
    })
}
