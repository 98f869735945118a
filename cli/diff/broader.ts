import type { ClaimIndex, ClaimName, Matcher, RuleIndex } from '../../shared/access/access.ts'
import { conditionsImply, excludedBy } from '../../shared/manifest/implies.ts'
import type { Trust } from './change.ts'
import type { Side, SideRule } from './side.ts'

/** The rules of a side that may trust every caller of a rule, found as a token's rules are: by the texts of its claims. */
export function nearRules({ index, rules }: Side, rule: Trust): readonly SideRule[] {
  const ofIssuer = index.get(rule.issuer)
  if (ofIssuer === undefined) return []
  const positions = new Set(ofIssuer.scanned)
  for (const { claim, matcher } of rule.claims) {
    const entry = entryOf(ofIssuer, claim)
    if (entry === undefined) continue
    const texts = textsIn(matcher)
    for (const text of texts.whole) addAll(positions, entry.equals, text)
    for (const head of [...texts.whole, ...texts.heads])
      for (const length of entry.prefixLengths) addAll(positions, entry.prefixes, head.slice(0, length))
  }
  return [...positions].map((at) => rules[at] as SideRule)
}

function addAll(positions: Set<number>, table: ClaimIndex['equals'], text: string): void {
  if (!Object.hasOwn(table, text)) return
  for (const at of [table[text] ?? []].flat()) positions.add(at)
}

/** Whether `other` trusts every caller that `rule` trusts, expiry apart. */
export function isBroader(other: Trust, rule: Trust): boolean {
  return (
    other.issuer === rule.issuer &&
    other.claims.every((condition) => conditionsImply(rule.claims, condition)) &&
    other.not.every((condition) => excludedBy(rule.not, condition))
  )
}

/** Whether `other` holds for as long as `rule`. */
export function lastsAsLong(other: Trust, rule: Trust): boolean {
  return (other.expiresAt ?? Number.POSITIVE_INFINITY) >= (rule.expiresAt ?? Number.POSITIVE_INFINITY)
}

function entryOf(index: RuleIndex, { name }: ClaimName): ClaimIndex | undefined {
  let entries = entriesOf.get(index)
  if (entries === undefined) {
    entries = new Map(index.claims.map((entry) => [entry.claim.name, entry]))
    entriesOf.set(index, entries)
  }
  return entries.get(name)
}

const entriesOf = new WeakMap<RuleIndex, ReadonlyMap<string, ClaimIndex>>()

/** Every text of a matcher: what implies a rule that stands under a text has that, or one that begins with it. */
function textsIn(matcher: Matcher): { readonly whole: readonly string[]; readonly heads: readonly string[] } {
  if ('equals' in matcher)
    return { whole: typeof matcher.equals === 'string' ? [matcher.equals] : [], heads: [] }
  if ('pattern' in matcher) {
    const [head] = matcher.pattern
    return { whole: [], heads: typeof head === 'string' ? [head] : [] }
  }
  const members = 'any' in matcher ? matcher.any : 'all' in matcher ? matcher.all : []
  const texts = members.map(textsIn)
  return { whole: texts.flatMap(({ whole }) => whole), heads: texts.flatMap(({ heads }) => heads) }
}
