import type { Access, ClaimIndex, IssuerName, Role, Rule } from './access.ts'
import { type Claims, claimValue, claimValues } from './claims.ts'
import { meets } from './match.ts'

/**
 * The roles whose trust the verified claims of an issuer meet at `nowSeconds`, each once, in the manifest's order.
 * Rules are found through the index, so ten thousand roles cost what ten do; those found are then checked whole.
 */
export function rolesOf(
  access: Access,
  issuer: IssuerName,
  claims: Claims,
  nowSeconds: number,
): readonly Role[] {
  if (!Object.hasOwn(access.index, issuer)) return []
  const index = access.index[issuer] as Access['index'][string]
  const found: number[] = []
  for (const at of index.scanned) addIfMet(access, at, claims, nowSeconds, found)
  for (const entry of index.claims) {
    const value = claimValue(claims, entry.claim)
    if (value === undefined) continue
    for (const one of claimValues(entry.claim, value))
      if (typeof one === 'string')
        for (const list of candidates(entry, one))
          for (const at of list) addIfMet(access, at, claims, nowSeconds, found)
  }
  const once = found.length > 1 ? [...new Set(found)].sort(ascending) : found
  return once.map((at) => access.roles[at] as Role)
}

function addIfMet(access: Access, at: number, claims: Claims, nowSeconds: number, found: number[]): void {
  const rule = access.rules[at] as Rule
  if (holds(rule, claims, nowSeconds)) found.push(rule.role)
}

/** All of `claims`, none of `not`, and not expired: on the second itself it is over. */
export function holds(rule: Rule, claims: Claims, nowSeconds: number): boolean {
  if (rule.expiresAt !== undefined && nowSeconds >= rule.expiresAt) return false
  for (const condition of rule.claims) if (!meets(claims, condition)) return false
  for (const condition of rule.not) if (meets(claims, condition)) return false
  return true
}

/** Tables are looked up by what a stranger sent, hence `hasOwn`. */
function candidates(entry: ClaimIndex, value: string): readonly (readonly number[])[] {
  const lists: (readonly number[])[] = []
  if (Object.hasOwn(entry.equals, value)) lists.push(entry.equals[value] as readonly number[])
  for (const length of entry.prefixLengths) {
    const prefix = value.slice(0, length)
    if (prefix.length === length && Object.hasOwn(entry.prefixes, prefix))
      lists.push(entry.prefixes[prefix] as readonly number[])
  }
  return lists
}

function ascending(a: number, b: number): number {
  return a - b
}
