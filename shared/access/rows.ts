import type { Access, AccessRows, Rows } from './access.ts'

/** An access value as the texts that a bundle holds: what every call needs, then the rows of apps, roles and rules. */
export type AccessTexts = readonly [rest: string, apps: string, roles: string, rules: string]

export function textsOf({ apps, roles, rules, ...rest }: Access): AccessTexts {
  return [JSON.stringify(rest), rowsText(apps), rowsText(roles), rowsText(rules)]
}

/** The value again, frozen. */
export function accessOf([rest, apps, roles, rules]: AccessTexts): AccessRows {
  const rows = { apps: rowsOf(apps), roles: rowsOf(roles), rules: rowsOf(rules) }
  return deepFreeze({ ...JSON.parse(rest), ...rows })
}

/**
 * A list of JSON texts, one behind the other, of which a member is parsed and frozen when it is first asked for:
 * parsing and freezing ten thousand roles takes 110 ms of a cold start, and a call needs a few of them. What was
 * parsed is kept; the manifest bounds it.
 */
export function rowsOf<T>(text: string): Rows<T> {
  const starts: number[] = []
  for (let at = 0; at < text.length; at = text.indexOf(end, at) + 1) starts.push(at)
  const parsed: (T | undefined)[] = []
  return {
    length: starts.length,
    at(index) {
      const start = starts[index]
      if (start === undefined) return undefined
      parsed[index] ??= deepFreeze(JSON.parse(text.slice(start, text.indexOf(end, start))) as T)
      return parsed[index]
    },
  }
}

/** A tab stands in no JSON text. With line breaks esbuild would write a template literal, twice as slow to load. */
const end = '\t'

export function rowsText(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value) + end).join('')
}

/** Object.values and no call for plain values: 85 ms for 10,000 roles, where for-in over everything took 160. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
