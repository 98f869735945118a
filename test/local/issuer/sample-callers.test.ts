import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SampleCaller, sampleCallers } from '../../../local/issuer/sample-callers.ts'
import { type LocalIssuers, startIssuers } from '../../../local/issuer/server.ts'
import type { Access, Condition, Matcher } from '../../../shared/access/access.ts'
import { accessOf, cognito, conditions, github, oidc, type WrittenRule } from './sample-access.ts'

const nowSeconds = 1_800_000_000
const issuersOfManifest = [
  cognito('staff'),
  cognito('people', { tokenUse: 'id', require: conditions({ email_verified: { equals: true } }) }),
  github(),
  oidc('partner', { require: conditions({ groups: { equals: 'members' }, hd: { pattern: ['acme', 1] } }) }),
]

// biome-ignore format: a table
const satisfiable: WrittenRule[] = [
  { role: 'equals', issuer: 'staff', claims: { 'cognito:groups': { equals: 'orders' } } },
  { role: 'equals', issuer: 'staff', claims: { 'custom:tenant': { equals: 'acme' }, 'https://x.example/t': { equals: 7 } } },
  { role: 'flag', issuer: 'partner', claims: { admin: { equals: true }, level: { equals: 0 }, off: { equals: false } } },
  { role: 'pattern', issuer: 'github', claims: { ref: { pattern: ['refs/heads/release/', 1] } } },
  { role: 'deep-pattern', issuer: 'github', claims: { sub: { pattern: ['repo:acme/', 1, ':', 2] } } },
  { role: 'any', issuer: 'staff', claims: { email: { any: [{ equals: 'a@b.example' }, { equals: 'c@d.example' }] } } },
  { role: 'all', issuer: 'partner', claims: { teams: { all: [{ equals: 'red' }, { pattern: ['bl', 1] }] } } },
  { role: 'all-of-any', issuer: 'partner', claims: { teams: { all: [{ any: [{ equals: 'x' }, { equals: 'y' }] }, { equals: 'z' }] } } },
  { role: 'words', issuer: 'partner', claims: { scope: { all: [{ equals: 'orders:read' }, { equals: 'orders:list' }] } } },
  { role: 'present', issuer: 'partner', claims: { department: { present: true } } },
  { role: 'pointer', issuer: 'partner', claims: { '/kubernetes.io/serviceaccount/name': { equals: 'bot' }, '/kubernetes.io/namespace': { present: true }, '/a~1b/c~0d': { equals: 'e' } } },
  { role: 'inside', issuer: 'partner', claims: { '/realm': { present: true }, '/realm/roles': { all: [{ equals: 'r' }, { equals: 's' }] } } },
  { role: 'outside', issuer: 'partner', claims: { '/org/id': { equals: 'o' }, '/org': { present: true } } },
  { role: 'prototype', issuer: 'partner', claims: { '/__proto__/polluted': { equals: 'yes' }, constructor: { equals: 'c' } } },
  { role: 'not-same', issuer: 'github', claims: { ref: { pattern: ['refs/heads/', 1] } }, not: { ref: { equals: 'refs/heads/sample' } } },
  { role: 'not-filled-in', issuer: 'github', claims: { repository_id: { equals: '7123' } }, not: { event_name: { any: [{ equals: 'push' }, { equals: 'sample' }] }, actor: { pattern: ['s', 2] } } },
  { role: 'not-at-all', issuer: 'github', claims: { repository_id: { equals: '7123' } }, not: { run_id: { present: true } } },
  { role: 'not-any', issuer: 'staff', claims: { 'cognito:groups': { any: [{ equals: 'a' }, { equals: 'b' }] } }, not: { 'cognito:groups': { equals: 'a' } } },
  { role: 'required-too', issuer: 'partner', claims: { groups: { equals: 'admins' }, hd: { pattern: [1, '.example'] } } },
  { role: 'own-audience', issuer: 'partner', claims: { aud: { equals: 'reports' }, iss: { pattern: ['https://', 2] } } },
  { role: 'second-client', issuer: 'staff', claims: { client_id: { pattern: ['second', 2] } } },
  { role: 'not-first-client', issuer: 'staff', claims: { email: { present: true } }, not: { client_id: { equals: '3n4b5c6d7e' } } },
  { role: 'anybody', issuer: 'people' },
  { role: 'until', issuer: 'people', claims: { email: { present: true } }, expiresAt: nowSeconds + 1 },
]

// biome-ignore format: a table
const contradictory: [WrittenRule, RegExp][] = [
  [{ role: 'never', issuer: 'partner', claims: { team: { equals: 'a' } }, not: { team: { equals: 'a' } } }, /claim "team"/],
  [{ role: 'never', issuer: 'partner', claims: { hd: { equals: 'other' }, sub: { all: [{ equals: 'a' }, { equals: 'b' }] } } }, /claim "sub"/],
  [{ role: 'never', issuer: 'staff', claims: { client_id: { equals: 'stranger' } } }, /claim "client_id"/],
  [{ role: 'never', issuer: 'people', claims: { token_use: { equals: 'access' } } }, /claim "token_use"/],
  [{ role: 'never', issuer: 'github', claims: { iss: { equals: 'https://other.example' } } }, /claim "iss"/],
  [{ role: 'never', issuer: 'github', claims: { ref: { equals: 'x' } }, not: { sub: { present: true } } }, /claim "sub"/],
  [{ role: 'never', issuer: 'partner', claims: { '/a': { equals: 'x' }, '/a/b': { equals: 'y' } } }, /claim "\/a/],
  [{ role: 'over', issuer: 'staff', claims: { email: { present: true } }, expiresAt: nowSeconds }, /expired at 2027-01-15T08:00:00.000Z/],
]

let access: Access
let issuers: LocalIssuers
let callers: SampleCaller[]
beforeAll(async () => {
  access = accessOf(issuersOfManifest, [...satisfiable, ...contradictory.map(([rule]) => rule)])
  issuers = await startIssuers({ access, port: 0, nowMs: () => nowSeconds * 1000 })
  callers = await sampleCallers(access, issuers)
})
afterAll(() => issuers.close())

describe.each(satisfiable.map((rule, at) => ({ at, rule })))('rule $at, $rule.role', ({ at, rule }) => {
  test('its token meets the rule and what its issuer requires, by the reference matcher', () => {
    const caller = callers[at] as SampleCaller
    expect(caller.problem).toBeUndefined()
    const payload = decodeJwt<Record<string, unknown>>(caller.token ?? '')
    const issuer = issuersOfManifest.find((one) => one.name === rule.issuer)
    const { claims, not } = access.rules[at] ?? { claims: [], not: [] }
    for (const condition of [...claims, ...(issuer?.require ?? [])])
      expect(referenceMeets(payload, condition), condition.claim.name).toBe(true)
    for (const condition of not) expect(referenceMeets(payload, condition), condition.claim.name).toBe(false)
    expect(caller).toMatchObject({ issuer: rule.issuer, role: rule.role })
    expect(payload).toMatchObject(caller.claims)
    expect(payload.iss).toBe(issuer?.iss)
  })
})

test.each(contradictory.map(([rule, problem], at) => ({ at, rule, problem })))(
  'rule $rule.claims without $rule.not is reported, not thrown',
  ({ at, problem }) => {
    const caller = callers[satisfiable.length + at]
    expect(caller?.problem).toMatch(problem)
    expect(caller?.token).toBeUndefined()
  },
)

const claimsOf = (role: string) => callers.find((one) => one.role === role)?.claims

test('claims have the form real tokens have', () => {
  expect(callers[0]?.claims).toEqual({ 'cognito:groups': ['orders'] })
  expect(claimsOf('pattern')).toEqual({ ref: 'refs/heads/release/sample' })
  expect(claimsOf('any')).toEqual({ email: 'a@b.example' })
  expect(claimsOf('all')).toMatchObject({ teams: ['red', 'blsample'] })
  expect(claimsOf('words')).toMatchObject({ scope: 'orders:read orders:list' })
  expect(claimsOf('present')).toMatchObject({ department: 'sample' })
  expect(claimsOf('required-too')).toMatchObject({ groups: ['members', 'admins'] })
  expect(claimsOf('own-audience')).toMatchObject({ aud: ['orders', 'reports'] })
  expect(claimsOf('second-client')).toEqual({ client_id: 'second-client' })
  expect(claimsOf('pointer')).toMatchObject({
    'kubernetes.io': { serviceaccount: { name: 'bot' }, namespace: 'sample' },
    'a/b': { 'c~d': 'e' },
  })
  expect(claimsOf('anybody')).toEqual({ email_verified: true })
})

test('names are readable and unique', () => {
  const names = callers.map((caller) => caller.name)
  expect(names.slice(0, 3)).toEqual(['equals@staff', 'equals@staff-2', 'flag@partner'])
  expect(new Set(names).size).toBe(names.length)
})

test('nothing of the prototype is touched', () => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('each rule of the index has one caller, however often the index names it', () => {
  expect(callers.length).toBe(access.rules.length)
})

/** Design section 3, "Matchers", once more and by other means: regular expressions, and no shared code. */
function referenceMeets(claims: Record<string, unknown>, { claim, matcher }: Condition): boolean {
  let value: unknown = claims
  for (const step of claim.path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false
    value = (value as Record<string, unknown>)[step]
  }
  const words = claim.name === 'scope' && typeof value === 'string' ? value.split(' ') : [value].flat()
  return referenceMatches(words, matcher)
}

function referenceMatches(values: unknown[], matcher: Matcher): boolean {
  if ('equals' in matcher) return values.some((one) => one === matcher.equals)
  if ('any' in matcher) return matcher.any.some((one) => referenceMatches(values, one))
  if ('all' in matcher) return matcher.all.every((one) => referenceMatches(values, one))
  if ('present' in matcher) return values[0] !== null
  const pieces = matcher.pattern.map((piece) =>
    piece === 1 ? '[^/:]*' : piece === 2 ? '[^]*' : piece.replace(/[^\w]/g, '\\$&'),
  )
  const whole = new RegExp(`^${pieces.join('')}$`)
  return values.some((one) => typeof one === 'string' && whole.test(one))
}
