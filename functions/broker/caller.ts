import { hash } from 'node:crypto'
import type { AccessRows, Role } from '../../shared/access/access.ts'
import { type Lendable, lendableBy } from '../../shared/access/lendable.ts'
import { rolesBy, rulesMet, rulesOf } from '../../shared/access/roles-of.ts'
import { withinScope } from '../../shared/access/token-scope.ts'
import type { Verified, Verifier } from '../../shared/token/verify.ts'
import type { Call } from './call.ts'

/** A verified caller at the time of its call. */
export type Caller = Verified & {
  readonly roles: readonly Role[]
  readonly lendable: readonly Lendable[]
}

/** Who calls, by its token; the record is told as soon as something is known. Throws what the verifier throws. */
export async function identify(
  access: AccessRows,
  verifier: Verifier,
  call: Call,
  token: string,
): Promise<Caller> {
  const { record, visit } = call
  record.tokenSha256 = hash('sha256', token, 'base64url')
  const verified = await verifier.verify(token, record.tokenSha256, visit)
  const { issuer, claims, keys } = verified
  record.issuer = issuer.name
  record.subject = claims.sub as string
  record.tokenRemembered = visit.remembered ? 1 : 0
  const keyAgeSeconds = keys.ageSeconds(visit.nowMs)
  if (keyAgeSeconds !== undefined) record.keyAgeSeconds = keyAgeSeconds
  const nowSeconds = visit.nowMs / 1000
  const rules = rulesOf(access, issuer.name, claims, nowSeconds)
  const roles = rolesBy(access, rules)
  record.roles = roles.map(({ name }) => name).join()
  const lendable = lendableBy(access, rules)
  if (issuer.type !== 'postern') return { ...verified, roles, lendable }
  const all = lendableBy(access, rulesMet(access, issuer.name, claims, nowSeconds))
  return { ...verified, roles, lendable: withinScope(claims, lendable, all) }
}
