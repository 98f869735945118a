import type { Condition, Matcher, Pattern } from '../../shared/access/access.ts'
import { meets } from '../../shared/access/match.ts'
import { isJsonObject, type Json } from '../../shared/json.ts'

export type SampleClaims = { [name: string]: Json }

/** Texts for a wildcard, the most readable first; the others are for what `not` rules out. */
const texts = ['sample', 'other', 'third', ''] as const
/** Claims that Cognito always signs as an array, even of one. */
const arrayClaims: ReadonlySet<string> = new Set(['cognito:groups', 'cognito:roles'])
/** Claims that are one string in every token (RFC 7519 section 4.1, RFC 9068 section 2.2, facts E). */
const singleClaims: ReadonlySet<string> = new Set(['iss', 'sub', 'jti', 'client_id', 'token_use'])

/** A value that meets all of `wanted` and none of `not`, which all name the same claim; `undefined` if none was found. */
export function sampleValue(wanted: readonly Condition[], not: readonly Condition[]): Json | undefined {
  const [first] = wanted
  if (first === undefined) return undefined
  const { name, path } = first.claim
  const singles = wanted.flatMap((condition) => candidates(condition.matcher))
  const arrays = wanted.length === 1 ? [] : together(wanted.map((condition) => condition.matcher))
  const values = [...singles, ...arrays].map((value) => asClaimed(name, value))
  return values.find((value) => {
    if (Array.isArray(value) && singleClaims.has(name)) return false
    const claims = placed(path, value)
    return wanted.every((one) => meets(claims, one)) && !not.some((one) => meets(claims, one))
  })
}

/** A value that meets none of `not`, in place of one that does. */
export function otherValue(not: readonly Condition[]): Json | undefined {
  return texts.find((text) => not.every((one) => !meets(placed(one.claim.path, text), one)))
}

/** Puts a value where a claim's path leads, making the objects on the way. */
export function place(claims: SampleClaims, path: readonly string[], value: Json): void {
  let object = claims
  for (const step of path.slice(0, -1)) {
    const next = object[step]
    if (!isJsonObject(next)) object[step] = emptyClaims()
    object = object[step] as SampleClaims
  }
  object[path[path.length - 1] as string] = value
}

/** Without a prototype: a claim may be called `__proto__`. */
export function emptyClaims(): SampleClaims {
  return Object.create(null)
}

function placed(path: readonly string[], value: Json): SampleClaims {
  const claims = emptyClaims()
  place(claims, path, value)
  return claims
}

function candidates(matcher: Matcher): readonly Json[] {
  if ('equals' in matcher) return [matcher.equals]
  if ('pattern' in matcher) return texts.map((text) => filled(matcher.pattern, text))
  if ('any' in matcher) return matcher.any.flatMap(candidates)
  if ('all' in matcher) return [...together(matcher.all), ...matcher.all.flatMap(candidates)]
  return texts.filter((text) => text !== '')
}

function filled(pattern: Pattern, text: string): string {
  return pattern.map((piece) => (typeof piece === 'string' ? piece : text)).join('')
}

/** One array that holds a value for each, and again with each one's next candidates. */
function together(matchers: readonly Matcher[]): Json[] {
  const columns = matchers.map(candidates)
  const rows = Math.max(...columns.map((column) => column.length))
  return Array.from({ length: rows }, (_, row) => [
    ...new Set(columns.flatMap((column) => column[Math.min(row, column.length - 1)] ?? [])),
  ])
}

/** The form the claim has in real tokens: words in one string, or an array. */
function asClaimed(name: string, value: Json): Json {
  if ((name === 'scope' || name === 'scp') && Array.isArray(value)) return value.join(' ')
  return arrayClaims.has(name) && !Array.isArray(value) ? [value] : value
}
