import type {
  ClaimIndex,
  ClaimName,
  Condition,
  Matcher,
  Positions,
  Rule,
  RuleIndex,
} from '../access/access.ts'

type Position = number
type Entry = { readonly rule: Rule; readonly position: Position }
/** One way to find a rule: the claim holds one of these texts, or begins with one of them. */
type Way = { readonly claim: ClaimName; readonly texts: readonly string[] }

/**
 * A value that more rules share than this is common: where one of them has a literal prefix that fewer share, it goes
 * there. Below it an equality is as good, since so few rules cost less than a look at every length of prefix.
 */
const commonFrom = 16

/**
 * The index of one issuer's rules. Each rule stands in one place: under the equality whose value the fewest rules
 * share (so never under what all have in common), else under the longest literal prefix, else among the scanned.
 */
export function indexRules(entries: readonly Entry[]): RuleIndex {
  const sharedTexts = countTexts(entries, equalities)
  const sharedHeads = countTexts(entries, prefixes)
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
    const equality = rarest(rule, sharedTexts)
    const prefix = longest(rule)
    const shared = cost(equality, sharedTexts)
    const common = shared > commonFrom && cost(prefix, sharedHeads) < shared
    const byPrefix = equality === undefined || common
    const way = byPrefix ? prefix : equality
    if (way === undefined) scanned.push(position)
    else {
      const place = under(way.claim)[byPrefix ? 'prefixes' : 'equals']
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

/** A list of one position becomes the position. */
function plain(places: Lists): Readonly<Record<string, Positions>> {
  const table: Record<string, Positions> = Object.create(null)
  for (const [text, positions] of Object.entries(places))
    table[text] = positions.length === 1 ? (positions[0] as number) : positions
  return table
}

function withLengths({
  claim,
  equals,
  prefixes,
}: {
  readonly claim: ClaimName
  readonly equals: Lists
  readonly prefixes: Lists
}): ClaimIndex {
  const lengths = new Set(Object.keys(prefixes).map((prefix) => prefix.length))
  return {
    claim,
    equals: plain(equals),
    prefixes: plain(prefixes),
    prefixLengths: [...lengths].sort((a, b) => a - b),
  }
}

type Counts = ReadonlyMap<string, number>

/** How many rules each text of each claim finds. */
function countTexts(entries: readonly Entry[], ways: (rule: Rule) => readonly Way[]): Counts {
  const counts = new Map<string, number>()
  for (const { rule } of entries) {
    const found = new Set(ways(rule).flatMap((way) => way.texts.map((text) => textKey(way, text))))
    for (const key of found) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

const textKey = (way: Way, text: string): string => `${way.claim.name}\n${text}`

/** How many rules stand beside this one at worst; without a way, all of them. */
function cost(way: Way | undefined, shared: Counts): number {
  if (way === undefined) return Number.POSITIVE_INFINITY
  return Math.max(...way.texts.map((text) => shared.get(textKey(way, text)) ?? 0))
}

function rarest(rule: Rule, shared: Counts): Way | undefined {
  return best(
    equalities(rule),
    (a, b) => cost(b, shared) - cost(a, shared) || b.texts.length - a.texts.length,
  )
}

function longest(rule: Rule): Way | undefined {
  const length = (way: Way): number => Math.min(...way.texts.map((text) => text.length))
  return best(prefixes(rule), (a, b) => length(a) - length(b) || b.texts.length - a.texts.length)
}

/** The best way, the first of equals: `better` is positive where `a` is better than `b`. */
function best(ways: readonly Way[], better: (a: Way, b: Way) => number): Way | undefined {
  let found: Way | undefined
  for (const way of ways) if (found === undefined || better(way, found) > 0) found = way
  return found
}

const equalities = (rule: Rule): readonly Way[] => rule.claims.flatMap((each) => waysOf(each, textsOf))

/** Whole texts, too, have a head; a rule with nothing but them is found by equality. */
const prefixes = (rule: Rule): readonly Way[] =>
  rule.claims
    .filter(({ matcher }) => textsOf(matcher) === undefined)
    .flatMap((each) => waysOf(each, headsOf))
    .map(withoutLonger)

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
