import { z } from 'zod'
import type { ProblemCode } from './problem.ts'

/**
 * The schema's building blocks. A type error carries as its message what the key takes, so that one place
 * (explain.ts) can say the rest; an object's carries the keys it knows; a rule's carries its own code and mend.
 */
export type Ruling = { readonly code: ProblemCode; readonly message: string; readonly mend: string }

/** Adds a rule that JSON Schema cannot say, or should not: an editor sees text before its variables are replaced. */
export function ruled<S extends z.ZodType>(schema: S, judge: (value: z.output<S>) => Ruling | undefined): S {
  return schema.superRefine((value, context) => {
    const ruling = judge(value)
    if (ruling === undefined) return
    const { code, message, mend } = ruling
    context.addIssue({ code: 'custom', message, params: { code, mend } })
  })
}

export const maxTextLength = 2048

/** Text that is not empty. `wrong` says what is wrong with it, as in "is not a user pool's id". */
export function text(
  takes: string,
  code: ProblemCode = 'value_invalid',
  wrong?: (text: string) => string | undefined,
) {
  return ruled(z.string({ error: takes }), (value) => {
    if (value === '') return { code: 'value_missing', message: 'is empty', mend: `write ${takes}` }
    if (value.length > maxTextLength)
      return { code, message: `is longer than ${maxTextLength} characters`, mend: `write ${takes}` }
    const message = wrong?.(value)
    return message === undefined ? undefined : { code, message, mend: `write ${takes}` }
  })
}

/** Text that a regular expression takes as a whole. */
export function textLike(pattern: RegExp, takes: string, code: ProblemCode = 'value_invalid') {
  return text(takes, code, (value) => (pattern.test(value) ? undefined : `is not ${takes}`))
}

export function oneOf<const V extends readonly [string, ...string[]]>(values: V) {
  const takes = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`
  return z.enum(values, { error: takes })
}

export function wholeNumber(least: number, most: number, code: ProblemCode = 'number_out_of_range') {
  const takes = `a whole number from ${least} to ${most}`
  const number = z.number({ error: takes }).meta({ minimum: least, maximum: most, multipleOf: 1 })
  return ruled(number, (value) =>
    Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : { code, message: `is not ${takes}`, mend: `write ${takes}` },
  )
}

/** A list that is not empty. */
export function listOf<S extends z.ZodType>(item: S, takes: string) {
  return z.array(item, { error: takes }).min(1)
}

/** A list that is neither empty nor says anything twice. */
export function list<S extends z.ZodType>(item: S, takes: string) {
  const items = listOf(item, takes)
  return items.superRefine((values, context) => {
    const seen = new Set<unknown>()
    for (const [at, value] of values.entries()) {
      if (typeof value === 'string' && seen.has(value)) {
        const params = { code: 'duplicate_entry', mend: 'keep one of the two' }
        context.addIssue({ code: 'custom', path: [at], message: 'stands in the list twice', params })
      }
      seen.add(value)
    }
  })
}

/** A map with these keys and no others. */
export function keys<const S extends z.core.$ZodLooseShape>(shape: S) {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : `a map with the keys ${known}`),
  })
}

/** A map from names to values. */
export function named<S extends z.ZodType>(name: z.ZodString, value: S, takes: string) {
  return z.record(name, value, { error: takes })
}

/** A map of which exactly one key is given. */
export function oneKey<const S extends z.core.$ZodLooseShape>(shape: S) {
  const names = Object.keys(shape).join(', ')
  return ruled(keys(shape), (value) =>
    Object.keys(value as object).length === 1
      ? undefined
      : {
          code: 'one_of_several',
          message: `takes exactly one of ${names}`,
          mend: 'keep one of them',
        },
  )
}

/** Names of issuers and roles stand in logs, in the authorizer's context and (`app.role`) beside dots. */
export const plainName = textLike(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
  'a name of 1 to 64 letters, digits, _ and -, beginning with a letter or a digit',
  'name_invalid',
)
