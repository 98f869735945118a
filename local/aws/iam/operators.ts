import { BlockList, isIP } from 'node:net'
import { splitArn } from './arn.ts'
import type { ConditionKeys } from './keys.ts'
import { matches } from './pattern.ts'
import { asPattern, asText, type PolicyString } from './variables.ts'

/** Whether a value of the request fits one of the policy; `undefined` where one of the two is nothing to compare. */
type Compare = (policy: PolicyString, request: string, keys: ConditionKeys) => boolean | undefined

export type Operator = {
  /** `undefined` is `Null`, which looks at presence alone. */
  readonly compare: Compare | undefined
  /** `StringNotEquals` and its like: none of the policy's values may fit. */
  readonly negated: boolean
  readonly set: 'all' | 'any' | undefined
  readonly ifExists: boolean
}

/** An operator by its name in a policy; `undefined` for one that IAM does not have. */
export function operatorNamed(name: string): Operator | undefined {
  if (name === 'Null') return { compare: undefined, negated: false, set: undefined, ifExists: false }
  const [, quantifier, base = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? []
  const positive = negations.get(base)
  const compare = compares.get(positive ?? base)
  if (compare === undefined) return undefined
  return {
    compare,
    negated: positive !== undefined,
    set: quantifier === undefined ? undefined : quantifier === 'ForAllValues' ? 'all' : 'any',
    ifExists: ifExists !== undefined,
  }
}

const negations = new Map([
  ['StringNotEquals', 'StringEquals'],
  ['StringNotEqualsIgnoreCase', 'StringEqualsIgnoreCase'],
  ['StringNotLike', 'StringLike'],
  ['NumericNotEquals', 'NumericEquals'],
  ['DateNotEquals', 'DateEquals'],
  ['NotIpAddress', 'IpAddress'],
  ['ArnNotEquals', 'ArnEquals'],
  ['ArnNotLike', 'ArnLike'],
])

const compares = new Map<string, Compare>([
  ['StringEquals', (policy, request, keys) => asText(policy, keys) === request],
  [
    'StringEqualsIgnoreCase',
    (policy, request, keys) => asText(policy, keys)?.toLowerCase() === request.toLowerCase(),
  ],
  ['StringLike', like],
  // ArnEquals and ArnLike are the same.
  ['ArnEquals', arnLike],
  ['ArnLike', arnLike],
  ['Bool', ({ text }, request) => boolean(text, request)],
  ['BinaryEquals', ({ text }, request) => binary(text, request)],
  ['IpAddress', ({ text }, request) => inRange(text, request)],
  ...ordered('Numeric', number),
  ...ordered('Date', instant),
])

function like(policy: PolicyString, request: string, keys: ConditionKeys): boolean {
  const pattern = asPattern(policy, keys)
  return pattern !== undefined && matches(pattern, request)
}

/** Each of the six parts by itself, so that no `*` crosses a colon before the resource. */
function arnLike(
  { text, variables }: PolicyString,
  request: string,
  keys: ConditionKeys,
): boolean | undefined {
  if (text === '*') return true
  const patterns = splitArn(text)
  const parts = splitArn(request)
  if (patterns === undefined || parts === undefined) return undefined
  return patterns.every((part, index) => like({ text: part, variables }, parts[index] ?? '', keys))
}

function boolean(policy: string, request: string): boolean | undefined {
  const known = (text: string) => /^(?:true|false)$/i.test(text)
  return known(policy) && known(request) ? policy.toLowerCase() === request.toLowerCase() : undefined
}

function binary(policy: string, request: string): boolean | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(policy)) return undefined
  return Buffer.from(policy, 'base64').equals(Buffer.from(request, 'base64'))
}

function inRange(policy: string, request: string): boolean | undefined {
  const [address = '', bits] = policy.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const width = bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits)
  const most = family === 'ipv6' ? 128 : 32
  if (isIP(address) === 0 || isIP(request) === 0 || !Number.isInteger(width) || width < 0 || width > most)
    return undefined
  const range = new BlockList()
  range.addSubnet(address, width, family)
  return range.check(request, isIP(request) === 6 ? 'ipv6' : 'ipv4')
}

function ordered(
  kind: string,
  read: (text: string) => number | undefined,
): readonly (readonly [string, Compare])[] {
  const by = (test: (request: number, policy: number) => boolean): Compare => {
    return ({ text }, request) => {
      const [left, right] = [read(request), read(text)]
      return left === undefined || right === undefined ? undefined : test(left, right)
    }
  }
  return [
    [`${kind}Equals`, by((request, policy) => request === policy)],
    [`${kind}LessThan`, by((request, policy) => request < policy)],
    [`${kind}LessThanEquals`, by((request, policy) => request <= policy)],
    [`${kind}GreaterThan`, by((request, policy) => request > policy)],
    [`${kind}GreaterThanEquals`, by((request, policy) => request >= policy)],
  ]
}

function number(text: string): number | undefined {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** ISO 8601, or seconds since 1970. */
function instant(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const ms = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
