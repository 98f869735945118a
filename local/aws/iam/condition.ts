import type { ConditionKeys } from './keys.ts'
import type { Operator } from './operators.ts'
import type { PolicyString } from './variables.ts'

export type Condition = {
  readonly operator: Operator
  /** In lower case. */
  readonly key: string
  readonly values: readonly PolicyString[]
}

/** `undefined`: it cannot be told, so an Allow must not apply and a Deny must. */
export type Holds = boolean | undefined

export function allHold(holds: readonly Holds[]): Holds {
  if (holds.includes(false)) return false
  return holds.includes(undefined) ? undefined : true
}

/** IAM User Guide, condition operators: any of the values; for a key that is absent it depends on the operator. */
export function conditionHolds({ operator, key, values }: Condition, keys: ConditionKeys): Holds {
  const present = keys.get(key)
  if (operator.compare === undefined) return isNull(values, present === undefined)
  if (present === undefined) {
    if (operator.ifExists) return true
    return operator.set === undefined ? operator.negated : operator.set === 'all'
  }
  const each = present.map((value) => fits(operator, values, value, keys))
  if (operator.set === 'all') return allHold(each)
  if (operator.set === 'any') return anyHolds(each)
  // Without a set operator AWS promises nothing for a key of several values.
  return each.length === 1 ? each[0] : undefined
}

function fits(
  operator: Operator,
  values: readonly PolicyString[],
  value: string,
  keys: ConditionKeys,
): Holds {
  const any = anyHolds(values.map((policy) => operator.compare?.(policy, value, keys)))
  return operator.negated && any !== undefined ? !any : any
}

function anyHolds(holds: readonly Holds[]): Holds {
  if (holds.includes(true)) return true
  return holds.includes(undefined) ? undefined : false
}

function isNull(values: readonly PolicyString[], absent: boolean): Holds {
  return anyHolds(
    values.map(({ text }) =>
      /^(?:true|false)$/i.test(text) ? (text.toLowerCase() === 'true') === absent : undefined,
    ),
  )
}
