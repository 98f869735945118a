import { splitArn } from './arn.ts'
import { allHold, conditionHolds, type Holds } from './condition.ts'
import type { ConditionKeys } from './keys.ts'
import { matches, wildcards } from './pattern.ts'
import type { Listed, Policy, Statement } from './policy.ts'
import { asPattern } from './variables.ts'

export type IamRequest = {
  /** `s3:GetObject` */
  readonly action: string
  /** An ARN without wildcards. */
  readonly resource: string
  readonly keys: ConditionKeys
}

export type Verdict = 'allow' | 'explicit_deny' | 'implicit_deny'

/** What policies say together: an explicit deny wins, then an allow; what none speaks of is denied. */
export function evaluate(policies: readonly Policy[], request: IamRequest): Verdict {
  let verdict: Verdict = 'implicit_deny'
  for (const statement of policies.flat()) {
    if (!takesEffect(statement, request)) continue
    if (statement.effect === 'Deny') return 'explicit_deny'
    verdict = 'allow'
  }
  return verdict
}

/** Whether a statement speaks of the request, leaving its principals aside. In doubt an Allow does not and a Deny does. */
export function takesEffect(statement: Statement, request: IamRequest): boolean {
  const applies = allHold([
    namesAction(statement.actions, request.action),
    statement.resources === undefined || namesResource(statement.resources, request),
    ...statement.conditions.map((condition) => conditionHolds(condition, request.keys)),
  ])
  return statement.effect === 'Allow' ? applies === true : applies !== false
}

/** Actions have no case. */
function namesAction({ not, items }: Listed, action: string): boolean {
  const named = items.some(({ text }) => matches(wildcards(text.toLowerCase()), action.toLowerCase()))
  return named !== not
}

function namesResource({ not, items }: Listed, request: IamRequest): Holds {
  const named = items.map((item) => item.text === '*' || fits(item, request))
  if (named.includes(true)) return !not
  // What a variable without a value excludes cannot be told.
  if (named.includes(undefined)) return not ? undefined : false
  return not
}

/** Part by part: a `*` crosses no colon before the resource, and variables have no meaning there. */
function fits({ text, variables }: Listed['items'][number], { resource, keys }: IamRequest): Holds {
  const patterns = splitArn(text) ?? []
  const parts = splitArn(resource)
  if (parts === undefined) return false
  const early = parts.slice(0, 5).every((part, index) => matches(wildcards(patterns[index] ?? ''), part))
  const last = asPattern({ text: patterns[5] ?? '', variables }, keys)
  if (!early) return false
  return last === undefined ? undefined : matches(last, parts[5] ?? '')
}
