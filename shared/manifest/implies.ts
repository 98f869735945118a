import type { Condition, Matcher, Pattern } from '../access/access.ts'
import { isWithinPatterns } from './pattern-language.ts'

/**
 * Whether every claim that meets `matcher` meets `other`, for any claim of one name: its value, one of its elements or
 * words. Sound: where it cannot be shown, the answer is false. Between texts and patterns it is exact as well.
 */
export function implies(matcher: Matcher, other: Matcher): boolean {
  if (matcher === other) return true
  if ('any' in matcher) return matcher.any.every((one) => implies(one, other))
  if ('all' in other) return other.all.every((one) => implies(matcher, one))
  if ('all' in matcher && matcher.all.some((one) => implies(one, other))) return true
  if ('any' in other) return other.any.some((one) => implies(matcher, one)) || isWithinAny(matcher, other.any)
  if ('all' in matcher) return false
  // An element that is text, a number or true is a value that is not null.
  if ('present' in other) return true
  if ('present' in matcher) return false
  if ('equals' in matcher && 'equals' in other) return matcher.equals === other.equals
  const [inner, outer] = [patternOf(matcher), patternOf(other)]
  return inner !== undefined && outer !== undefined && isWithinPatterns(inner, [outer])
}

/** Whether one of the conditions, which hold together, implies another. */
export function conditionsImply(conditions: readonly Condition[], { claim, matcher }: Condition): boolean {
  return conditions.some((one) => one.claim.name === claim.name && implies(one.matcher, matcher))
}

/** Whether a claim set that meets the condition meets one of the others, of which none may hold. */
export function excludedBy(others: readonly Condition[], { claim, matcher }: Condition): boolean {
  if ('any' in matcher) return matcher.any.every((one) => excludedBy(others, { claim, matcher: one }))
  return others.some((one) => one.claim.name === claim.name && implies(matcher, one.matcher))
}

/** What no one member of a list takes alone, `a*` and `b*` may take together. */
function isWithinAny(matcher: Matcher, members: readonly Matcher[]): boolean {
  if (!('pattern' in matcher)) return false
  const outer = members.map(patternOf).filter((one) => one !== undefined)
  return outer.length > 1 && isWithinPatterns(matcher.pattern, outer)
}

/** A text, or a pattern, as a pattern. */
function patternOf(matcher: Matcher): Pattern | undefined {
  if ('pattern' in matcher) return matcher.pattern
  return 'equals' in matcher && typeof matcher.equals === 'string' ? [matcher.equals] : undefined
}
