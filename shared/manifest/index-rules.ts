import type { ClaimIndex, ClaimName, Condition, Matcher, Rule, RuleIndex } from '../access/access.ts'

type Position = number
type Entry = { readonly rule: Rule; readonly position: Position }
/** One way to find a rule: the claim holds one of these texts, or begins with one of them. */
type Way = { readonly claim: ClaimName; readonly texts: readonly string[] }

/**
 * The index of one issuer's rules. Each rule stands in one place: under the equality whose value the fewest rules
 * share (so never under what all have in common), else under the longest literal prefix, else among the scanned.
 */
export function indexRules(entries: readonly Entry[]): RuleIndex {
  const shared = countValues(entries)
  const claims = new Map<string, { claim: ClaimName; equals: Lists; prefixes: Lists }>()
  const scanned: Position[] = []
  const under = (claim: ClaimName) => {
    const known = claims.get(claim.name)
    if (known !== undefined) return known
    const fresh = { claim, equals: lists(), prefixes: lists() }
    claims.set(claim.name, fresh)
    return fresh
  }
  for (const { rule, position } of entries) {
    const equality = rarest(rule, shared)
    const prefix = equality === undefined ? longest(rule) : undefined
    const way = equality ?? prefix
    if (way === undefined) scanned.push(position)
    else {
      const place = under(way.claim)[equality === undefined ? 'prefixes' : 'equals']
      for (const text of way.texts) {
        place[text] ??= []
        place[text].push(position)
      }
    }
  }
  return { claims: [...claims.values()].map(withLengths), scanned }
}

type Lists = Record<string, Position[]>
const lists = (): Lists => Object.create(null)

function withLengths({
  claim,
  equals,
  prefixes,
}: Pick<ClaimIndex, 'claim' | 'equals' | 'prefixes'>): ClaimIndex {
  const lengths = new Set(Object.keys(prefixes).map((prefix) => prefix.length))
  return { claim, equals, prefixes, prefixLengths: [...lengths].sort((a, b) => a - b) }
}

/** How many rules each value of each claim finds. */
function countValues(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { rule } of entries) {
    const values = new Set(equalities(rule).flatMap((way) => way.texts.map((text) => valueKey(way, text))))
    for (const key of values) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

const valueKey = (way: Way, text: string): string => `${way.claim.name}\n${text}`

function rarest(rule: Rule, shared: ReadonlyMap<string, number>): Way | undefined {
  const cost = (way: Way): number =>
    Math.max(...way.texts.map((text) => shared.get(valueKey(way, text)) ?? 0))
  return best(equalities(rule), (a, b) => cost(b) - cost(a) || b.texts.length - a.texts.length)
}

function longest(rule: Rule): Way | undefined {
  const length = (way: Way): number => Math.min(...way.texts.map((text) => text.length))
  const ways = rule.claims.flatMap((condition) => waysOf(condition, headsOf))
  return best(ways.map(withoutLonger), (a, b) => length(a) - length(b) || b.texts.length - a.texts.length)
}

/** The best way, the first of equals: `better` is positive where `a` is better than `b`. */
function best(ways: readonly Way[], better: (a: Way, b: Way) => number): Way | undefined {
  let found: Way | undefined
  for (const way of ways) if (found === undefined || better(way, found) > 0) found = way
  return found
}

const equalities = (rule: Rule): readonly Way[] => rule.claims.flatMap((each) => waysOf(each, textsOf))

/** The texts a way needs, or `undefined` where the matcher may hold without one. Of `all`, any one member will do. */
function waysOf(
  condition: Condition,
  reader: (matcher: Matcher) => readonly string[] | undefined,
): readonly Way[] {
  const { claim, matcher } = condition
  const members = 'all' in matcher ? matcher.all : [matcher]
  return members.flatMap((member) => {
    const texts = reader(member)
    return texts === undefined ? [] : [{ claim, texts: [...new Set(texts)] }]
  })
}

function textsOf(matcher: Matcher): readonly string[] | undefined {
  if ('equals' in matcher) return typeof matcher.equals === 'string' ? [matcher.equals] : undefined
  return 'any' in matcher ? everyOne(matcher.any, textsOf) : undefined
}

function headsOf(matcher: Matcher): readonly string[] | undefined {
  if ('pattern' in matcher) {
    const [head] = matcher.pattern
    return typeof head === 'string' ? [head] : undefined
  }
  // A whole text is its own prefix, beside patterns in one list.
  if ('equals' in matcher) return textsOf(matcher)
  return 'any' in matcher ? everyOne(matcher.any, headsOf) : undefined
}

function everyOne(
  matchers: readonly Matcher[],
  reader: (matcher: Matcher) => readonly string[] | undefined,
): readonly string[] | undefined {
  const texts = matchers.map(reader)
  return texts.some((each) => each === undefined) ? undefined : texts.flatMap((each) => each ?? [])
}

/** Drops prefixes that another one begins: what they find, it finds. */
function withoutLonger({ claim, texts }: Way): Way {
  return {
    claim,
    texts: texts.filter((text) => !texts.some((other) => other !== text && text.startsWith(other))),
  }
}
