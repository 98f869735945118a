import type { AccessRows, IssuerName, Role } from './access.ts'
import type { Claims } from './claims.ts'
import { rulesOf } from './roles-of.ts'

/** A role whose credentials a caller may borrow. */
export type Lendable = {
  readonly role: Role
  /** Epoch seconds at which the last rule by which the caller has it expires; absent where one never does. */
  readonly trustEnds?: number
}

/**
 * The roles whose credentials the verified caller may borrow: those it has and those that they include, in the
 * manifest's order. Pure; `nowSeconds` is the time of the call.
 */
export function lendableTo(
  access: AccessRows,
  issuer: IssuerName,
  claims: Claims,
  nowSeconds: number,
): readonly Lendable[] {
  const ends = new Map<number, number>()
  for (const { role, expiresAt = Number.POSITIVE_INFINITY } of rulesOf(access, issuer, claims, nowSeconds))
    for (const at of access.roles.at(role)?.lends ?? []) ends.set(at, Math.max(ends.get(at) ?? 0, expiresAt))
  return [...ends]
    .sort(([a], [b]) => a - b)
    .map(([at, end]) => {
      const role = access.roles.at(at) as Role
      return end === Number.POSITIVE_INFINITY ? { role } : { role, trustEnds: end }
    })
}
