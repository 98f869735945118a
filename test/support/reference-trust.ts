import type { Json } from '../../shared/json.ts'

/**
 * Who has which role, read off the manifest as it is written (design section 3) rule by rule: no compiled value, no
 * index, and none of the code under test.
 */
export type MatcherText = string | boolean | readonly MatcherText[] | { readonly all: readonly MatcherText[] } | { readonly present: true } | { readonly number: number } // biome-ignore format: one line a type
export type Conditions = Readonly<Record<string, MatcherText>>
export type TrustRule = {
  readonly issuer: string
  readonly claims?: Conditions
  readonly not?: Conditions
  readonly anySubject?: true
  readonly expiresAt?: string
}
export type Roles = Readonly<Record<string, { readonly trust: readonly TrustRule[] }>>
type ClaimSet = Readonly<Record<string, Json>>

export function referenceRoles(
  roles: Roles,
  issuer: string,
  claims: ClaimSet,
  nowMs: number,
): readonly string[] {
  return Object.keys(roles).filter((name) =>
    roles[name]?.trust.some((rule) => ruleHolds(rule, issuer, claims, nowMs)),
  )
}

function ruleHolds(rule: TrustRule, issuer: string, claims: ClaimSet, nowMs: number): boolean {
  if (rule.issuer !== issuer) return false
  if (rule.expiresAt !== undefined && nowMs >= Date.parse(rule.expiresAt)) return false
  const meets = ([name, matcher]: [string, MatcherText]) => claimMeets(claims, name, matcher)
  return Object.entries(rule.claims ?? {}).every(meets) && !Object.entries(rule.not ?? {}).some(meets)
}

function claimMeets(claims: ClaimSet, name: string, matcher: MatcherText): boolean {
  const found = name.startsWith('/') ? atPointer(claims, name) : ownMember(claims, name)
  if (found.length === 0) return false
  const value = found[0] as Json
  const words = typeof value === 'string' && (name === 'scope' || name === 'scp')
  const values = Array.isArray(value) ? value : words ? (value as string).split(' ') : [value]
  return valueMeets(value, values, matcher)
}

function valueMeets(value: Json, values: readonly Json[], matcher: MatcherText): boolean {
  if (typeof matcher === 'boolean') return values.some((one) => one === matcher)
  if (typeof matcher === 'string')
    return values.some((one) => typeof one === 'string' && regexOf(matcher).test(one))
  if (Array.isArray(matcher)) return matcher.some((one) => valueMeets(value, values, one))
  if ('present' in matcher) return value !== null
  if ('number' in matcher) return values.some((one) => one === matcher.number)
  return (matcher as { all: readonly MatcherText[] }).all.every((one) => valueMeets(value, values, one))
}

/** A pattern as a regular expression, which is what the matcher is not. */
export function regexOf(pattern: string): RegExp {
  const source = pattern.replace(/\\\*|\*+|[\s\S]/g, (piece) => {
    if (piece === '\\*') return '\\*'
    if (piece === '*') return '[^/:]*'
    if (piece.startsWith('**')) return '[^]*'
    return /[A-Za-z0-9]/.test(piece) ? piece : `\\u${piece.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return new RegExp(`^(?:${source})$`)
}

/** One value or none, as a list, since `undefined` is what this must not confuse. */
function ownMember(value: Json, name: string): readonly Json[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value)
    .filter(([key]) => key === name)
    .map(([, member]) => member)
}

function atPointer(claims: Json, pointer: string): readonly Json[] {
  const steps = pointer.slice(1).split('/')
  return steps.reduce<readonly Json[]>(
    (found, step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
      return found.flatMap((value) =>
        Array.isArray(value) ? value.filter((_, at) => String(at) === name) : ownMember(value, name),
      )
    },
    [claims],
  )
}
