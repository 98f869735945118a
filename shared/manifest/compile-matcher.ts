import type { ClaimName, Condition, Matcher } from '../access/access.ts'
import { parseClaimName } from './claim-name.ts'
import { parsePattern } from './pattern.ts'
import type { MatcherText } from './schema-matcher.ts'

export function compileConditions(
  conditions: Readonly<Record<string, MatcherText>> | undefined,
): readonly Condition[] {
  return Object.entries(conditions ?? {}).map(([name, matcher]) => ({
    claim: compileClaimName(name),
    matcher: compileMatcher(matcher),
  }))
}

export function compileClaimName(name: string): ClaimName {
  const claim = parseClaimName(name)
  if (claim === undefined) throw new Error(`"${name}" went past the schema without being a claim's name`)
  return claim
}

/** Lists in lists of one kind are flattened; a list of one is its member. */
export function compileMatcher(matcher: MatcherText): Matcher {
  if (typeof matcher === 'string') return parsePattern(matcher)
  if (typeof matcher === 'boolean') return { equals: matcher }
  if (isList(matcher)) {
    const any = matcher.map(compileMatcher).flatMap((member) => ('any' in member ? member.any : [member]))
    return only(any) ?? { any }
  }
  if (matcher.number !== undefined) return { equals: matcher.number }
  if (matcher.all === undefined) return { present: true }
  const all = matcher.all.map(compileMatcher).flatMap((member) => ('all' in member ? member.all : [member]))
  return only(all) ?? { all }
}

function only(matchers: readonly Matcher[]): Matcher | undefined {
  return matchers.length === 1 ? matchers[0] : undefined
}

function isList(matcher: MatcherText): matcher is readonly MatcherText[] {
  return Array.isArray(matcher)
}
