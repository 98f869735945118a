import type { Condition } from './condition.ts'
import { MalformedPolicy } from './malformed.ts'
import { operatorNamed } from './operators.ts'
import { hasWholeVariables } from './variables.ts'

/** A string or a list of strings. */
export function readStrings(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value]
  if (!list.every((item) => typeof item === 'string')) throw new MalformedPolicy('Syntax errors in policy.')
  return list
}

/** From operators to keys to values; a number or a boolean counts as its text. */
export function readConditions(value: unknown, variables: boolean): readonly Condition[] {
  if (value === undefined) return []
  return entries(value).flatMap(([name, tests]) => {
    const operator = operatorNamed(name)
    if (operator === undefined) throw new MalformedPolicy(`Invalid Condition type : ${name}.`)
    return entries(tests).map(([key, given]) => {
      const values = (Array.isArray(given) ? given : [given]).map((text) => ({
        text: scalar(text),
        variables,
      }))
      if (values.length === 0 || !values.every(hasWholeVariables))
        throw new MalformedPolicy('Syntax errors in policy.')
      return { operator, key: key.toLowerCase(), values }
    })
  })
}

function scalar(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value)
  throw new MalformedPolicy('Syntax errors in policy.')
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedPolicy('Syntax errors in policy.')
  return Object.entries(value)
}
