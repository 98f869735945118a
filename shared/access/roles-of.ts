import type { AccessRows, ClaimIndex, IssuerName, Positions, Role, Rule, RuleIndex } from './access.ts'
import { type Claims, claimValue, claimValues } from './claims.ts'
import { meets } from './match.ts'

/**
 * The roles whose trust the verified claims of an issuer meet at `nowSeconds`, each once, in the manifest's order.
 * Rules are found through the index, so ten thousand roles cost what ten do; those found are then checked whole.
 */
export function rolesOf(
  access: AccessRows,
  issuer: IssuerName,
  claims: Claims,
  nowSeconds: number,
): readonly Role[] {
  return rolesBy(access, rulesOf(access, issuer, claims, nowSeconds))
}

/** The roles that these rules give, each once, in the manifest's order. */
export function rolesBy(access: AccessRows, rules: readonly Rule[]): readonly Role[] {
  const found = rules.map((rule) => rule.role)
  const once = found.length > 1 ? [...new Set(found)].sort(ascending) : found
  return once.map((at) => access.roles.at(at) as Role)
}

/** The rules that the claims meet, each once; of a token that Postern signed, those whose role its scope names. */
export function rulesOf(
  access: AccessRows,
  issuer: IssuerName,
  claims: Claims,
  nowSeconds: number,
): readonly Rule[] {
  const met = rulesMet(access, issuer, claims, nowSeconds)
  if (met.length === 0 || !access.index[issuer]?.scoped) return met
  const words = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
  return met.filter((rule) => words.includes((access.roles.at(rule.role) as Role).name))
}

/** The rules that the claims meet, each once, whatever a token's scope leaves of them. */
export function rulesMet(
  access: AccessRows,
  issuer: IssuerName,
  claims: Claims,
  nowSeconds: number,
): readonly Rule[] {
  if (!Object.hasOwn(access.index, issuer)) return []
  const positions = positionsOf(access.index[issuer] as RuleIndex, claims)
  const found: Rule[] = []
  // Each rule is looked at once, however many elements of an array lead to it: a token of 500 groups took seconds.
  for (const at of positions.length > 1 ? new Set(positions) : positions) {
    const rule = access.rules.at(at) as Rule
    if (holds(rule, claims, nowSeconds)) found.push(rule)
  }
  return found
}

/** The rules that could match, some of them several times. */
function positionsOf(index: RuleIndex, claims: Claims): number[] {
  const positions = [...index.scanned]
  for (const entry of index.claims) {
    const value = claimValue(claims, entry.claim)
    if (value === undefined) continue
    for (const one of claimValues(entry.claim, value))
      if (typeof one === 'string')
        for (const list of candidates(entry, one)) positions.push(...positionsIn(list))
  }
  return positions
}

/** All of `claims`, none of `not`, and not expired: on the second itself it is over. */
export function holds(rule: Rule, claims: Claims, nowSeconds: number): boolean {
  if (rule.expiresAt !== undefined && nowSeconds >= rule.expiresAt) return false
  for (const condition of rule.claims) if (!meets(claims, condition)) return false
  for (const condition of rule.not) if (meets(claims, condition)) return false
  return true
}

/** Tables are looked up by what a stranger sent, hence `hasOwn`. */
function candidates(entry: ClaimIndex, value: string): readonly Positions[] {
  const lists: Positions[] = []
  if (Object.hasOwn(entry.equals, value)) lists.push(entry.equals[value] as Positions)
  for (const length of entry.prefixLengths) {
    const prefix = value.slice(0, length)
    if (prefix.length === length && Object.hasOwn(entry.prefixes, prefix))
      lists.push(entry.prefixes[prefix] as Positions)
  }
  return lists
}

export function positionsIn(positions: Positions): readonly number[] {
  return typeof positions === 'number' ? [positions] : positions
}

function ascending(a: number, b: number): number {
  return a - b
}
