import type { Condition, Matcher } from '../../shared/access/access.ts'
import { isBroader, nearRules } from './broader.ts'
import type { Side, SideRule } from './side.ts'

/** A rule, or those of its callers whose claims have some of the values that its lists give, and what they lack. */
export type Uncovered<T> = { readonly rule: SideRule; readonly lacks: T }

/** Ways to read a rule's lists value by value; beyond these the rest of the rule counts as one. */
const maxPieces = 2000

/**
 * What the callers of a rule lack on another side. `lacksOf` says what is lacking where these of the other side's rules
 * trust them all; `key` is the same for the same lack, and empty where nothing is. A list is taken value by value where
 * no rule takes it whole.
 */
export function uncovered<T>(
  rule: SideRule,
  side: Side,
  lacksOf: (broader: readonly SideRule[]) => T,
  key: (lacks: T) => string,
): readonly Uncovered<T>[] {
  const near = nearRules(side, rule)
  let left = maxPieces
  const pieces = (piece: SideRule): readonly Uncovered<T>[] => {
    left--
    const lacks = lacksOf(near.filter((one) => isBroader(one, piece)))
    if (key(lacks) === '') return []
    const at = near.length === 0 || left <= 0 ? -1 : piece.claims.findIndex(isList)
    const values = at === -1 ? [] : valuesOf(piece.claims[at] as Condition)
    if (values.length === 0 || values.length > left) return [{ rule: piece, lacks }]
    const parts = values.map((value) => pieces(withValue(piece, at, value)))
    return grouped({ rule: piece, lacks }, at, values, parts, key)
  }
  return pieces(rule)
}

const isList = ({ matcher }: Condition): boolean => 'any' in matcher

function valuesOf({ matcher }: Condition): readonly Matcher[] {
  return 'any' in matcher ? matcher.any : []
}

function withValue(rule: SideRule, at: number, matcher: Matcher): SideRule {
  const { claim } = rule.claims[at] as Condition
  return { ...rule, claims: rule.claims.with(at, { claim, matcher }) }
}

/** Values that lack the same are one piece again, all of them the whole rule. */
function grouped<T>(
  whole: Uncovered<T>,
  at: number,
  values: readonly Matcher[],
  parts: readonly (readonly Uncovered<T>[])[],
  key: (lacks: T) => string,
): readonly Uncovered<T>[] {
  const alike = new Map<string, { lacks: T; values: Matcher[] }>()
  const others: Uncovered<T>[] = []
  for (const [position, found] of parts.entries()) {
    const [only, another] = found
    const isWhole = only !== undefined && another === undefined && sameBut(only.rule, whole.rule, at)
    if (!isWhole) {
      others.push(...found)
      continue
    }
    const group = alike.get(key(only.lacks)) ?? { lacks: only.lacks, values: [] }
    group.values.push(values[position] as Matcher)
    alike.set(key(only.lacks), group)
  }
  const groups = [...alike.values()].map(({ lacks, values: some }): Uncovered<T> => {
    if (some.length === values.length) return { rule: whole.rule, lacks }
    const [first, second] = some
    const matcher = second === undefined ? (first as Matcher) : { any: some }
    return { rule: withValue(whole.rule, at, matcher), lacks }
  })
  return [...groups, ...others]
}

/** Whether a piece differs from the rule in this one claim alone, so that it can be put together again. */
function sameBut(piece: SideRule, rule: SideRule, at: number): boolean {
  return rule.claims.every((condition, position) => position === at || piece.claims[position] === condition)
}
