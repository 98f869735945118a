import type { Access, Condition, IssuerName, Matcher, Role, Rule } from '../shared/access/access.ts'
import { type Claims, claimValue, claimValues } from '../shared/access/claims.ts'
import { meets } from '../shared/access/match.ts'
import { positionsIn } from '../shared/access/roles-of.ts'

/** A condition of a rule that the caller does not meet. Of the claim's value it says no more than how it fails. */
export type Miss = {
  /** The claim's name, or `expiresAt`, which is of the rule. */
  readonly claim: string
  readonly expected: string
  /** `excluded`: the claim has a value that the rule's `not` names. `type`: it is not of the type asked for. */
  readonly actual: 'missing' | 'differs' | 'type' | 'excluded' | 'expired'
}

/** A role the caller does not have: what its nearest rule lacks, or no misses where no rule trusts the issuer. */
export type RoleMiss = { readonly role: string; readonly misses: readonly Miss[] }

/** Of each of these roles that the caller does not have, the rule for this issuer that fails the fewest conditions. */
export function roleMisses(
  access: Access,
  among: readonly Role[],
  issuer: IssuerName,
  claims: Claims,
  roles: readonly Role[],
  nowSeconds: number,
): readonly RoleMiss[] {
  const nearest = new Map<number, readonly Miss[]>()
  for (const at of rulePositions(access, issuer)) {
    const rule = access.rules[at] as Rule
    const misses = missesOf(rule, claims, nowSeconds)
    const known = nearest.get(rule.role)
    if (known === undefined || misses.length < known.length) nearest.set(rule.role, misses)
  }
  const counts = new Set(among)
  return access.roles.flatMap((role, at) =>
    roles.includes(role) || !counts.has(role) ? [] : [{ role: role.name, misses: nearest.get(at) ?? [] }],
  )
}

/** A rule stands in one place of its issuer's index, and in no other issuer's. */
function rulePositions(access: Access, issuer: IssuerName): readonly number[] {
  const index = access.index[issuer]
  if (index === undefined) return []
  const indexed = index.claims.flatMap(({ equals, prefixes }) => [
    ...Object.values(equals).flatMap(positionsIn),
    ...Object.values(prefixes).flatMap(positionsIn),
  ])
  return [...new Set([...indexed, ...index.scanned])].sort((a, b) => a - b)
}

function missesOf(rule: Rule, claims: Claims, nowSeconds: number): readonly Miss[] {
  const misses: Miss[] = []
  if (rule.expiresAt !== undefined && nowSeconds >= rule.expiresAt)
    misses.push({ claim: 'expiresAt', expected: isoSeconds(rule.expiresAt), actual: 'expired' })
  for (const condition of rule.claims)
    if (!meets(claims, condition))
      misses.push({
        claim: condition.claim.name,
        expected: matcherText(condition.matcher),
        actual: howItFails(claims, condition),
      })
  for (const { claim, matcher } of rule.not)
    if (meets(claims, { claim, matcher }))
      misses.push({ claim: claim.name, expected: `not ${matcherText(matcher)}`, actual: 'excluded' })
  return misses
}

function howItFails(claims: Claims, { claim, matcher }: Condition): Miss['actual'] {
  const value = claimValue(claims, claim)
  if (value === undefined) return 'missing'
  const types = typesOf(matcher)
  const values = claimValues(claim, value)
  return values.length === 0 || values.some((one) => types.has(typeof one)) ? 'differs' : 'type'
}

function typesOf(matcher: Matcher): ReadonlySet<string> {
  if ('equals' in matcher) return new Set([typeof matcher.equals])
  if ('pattern' in matcher) return new Set(['string'])
  if ('any' in matcher) return new Set(matcher.any.flatMap((one) => [...typesOf(one)]))
  if ('all' in matcher) return new Set(matcher.all.flatMap((one) => [...typesOf(one)]))
  return new Set(['string', 'number', 'boolean', 'object'])
}

/** What a matcher asks for, as the manifest has it. */
export function matcherText(matcher: Matcher): string {
  if ('equals' in matcher) return JSON.stringify(matcher.equals)
  if ('pattern' in matcher) return `the pattern ${JSON.stringify(matcher.pattern.map(pieceText).join(''))}`
  if ('any' in matcher) return `one of ${matcher.any.map(matcherText).join(', ')}`
  if ('all' in matcher) return `all of ${matcher.all.map(matcherText).join(', ')}`
  return 'to be there'
}

function pieceText(piece: string | 1 | 2): string {
  if (typeof piece === 'number') return '*'.repeat(piece)
  return piece.replaceAll('*', '\\*')
}

function isoSeconds(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}
