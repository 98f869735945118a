import type { ConditionKeys } from './keys.ts'
import { literal, type Pattern, wildcards } from './pattern.ts'

/** `${*}` and its like, or a key with a default or without: `${aws:PrincipalTag/team, 'none'}`. */
const variable = /\$\{(?:([*?$])|([A-Za-z0-9-]+:[^{}$*?,'"\s]+)(?:, ?'([^'{}]*)')?)\}/g

/** A text of a policy, and whether the policy's version has variables at all: 2008-10-17 takes them literally. */
export type PolicyString = { readonly text: string; readonly variables: boolean }

/** Whether every `${` begins a variable; IAM takes no policy where one does not. */
export function hasWholeVariables({ text, variables }: PolicyString): boolean {
  return !variables || !text.replace(variable, '').includes('${')
}

/** With `*` and `?` as wildcards. `undefined` where a variable has no value in this request: it then matches nothing. */
export function asPattern(string: PolicyString, keys: ConditionKeys): Pattern | undefined {
  return fill(string, keys, wildcards)
}

/** Without wildcards. `undefined` as in `asPattern`. */
export function asText(string: PolicyString, keys: ConditionKeys): string | undefined {
  return fill(string, keys, literal)?.join('')
}

function fill(
  { text, variables }: PolicyString,
  keys: ConditionKeys,
  read: (text: string) => Pattern,
): Pattern | undefined {
  if (!variables) return read(text)
  const pattern: Pattern[number][] = []
  let end = 0
  for (const match of text.matchAll(variable)) {
    const [whole, character, key, fallback] = match
    const value = character ?? single(keys, key ?? '') ?? fallback
    if (value === undefined) return undefined
    pattern.push(...read(text.slice(end, match.index)), ...literal(value))
    end = match.index + whole.length
  }
  pattern.push(...read(text.slice(end)))
  return pattern
}

/** A key with several values is no variable. */
function single(keys: ConditionKeys, name: string): string | undefined {
  const values = keys.get(name.toLowerCase())
  return values?.length === 1 ? values[0] : undefined
}
