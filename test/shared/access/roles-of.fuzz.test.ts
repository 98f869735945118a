import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rolesOf } from '../../../shared/access/decide.ts'
import type { Json } from '../../../shared/json.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import {
  type Conditions,
  type MatcherText,
  type Roles,
  referenceRoles,
  type TrustRule,
} from '../../support/reference-trust.ts'

/** Texts that rules and claims share, some of them names that every object or the compiled tables have. */
const texts = [
  'a',
  'ab',
  'abc',
  'a/b',
  'a:b',
  'constructor',
  'toString',
  '__proto__',
  'hasOwnProperty',
  'length',
  'equals',
  'prefixes',
  '0',
  '5',
  'true',
  '*',
  'a b',
]
const text = fc.constantFrom(...texts)
const names = ['team', 'groups', 'scope', 'scp', 'constructor', 'toString', '/a/b', '/a/0', '/constructor/toString', '/a~1b', '/'] // biome-ignore format: a table

const pattern = fc
  .array(fc.oneof(text, fc.constantFrom('*', '**', '\\*')), { minLength: 1, maxLength: 3 })
  .map((p) => p.join(''))
const { matcher } = fc.letrec<{ matcher: MatcherText }>((tie) => ({
  matcher: fc.oneof(
    { maxDepth: 2 },
    text.map((one) => one.replaceAll('*', '\\*')),
    pattern,
    fc.boolean(),
    fc.constantFrom<MatcherText>({ present: true }, { number: 5 }, { number: 0 }),
    fc.uniqueArray(tie('matcher'), { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }),
    fc.record({
      all: fc.uniqueArray(tie('matcher'), {
        minLength: 1,
        maxLength: 3,
        selector: (one) => JSON.stringify(one),
      }),
    }),
  ),
}))

const conditions: fc.Arbitrary<Conditions> = fc.dictionary(fc.constantFrom(...names), matcher, {
  minKeys: 1,
  maxKeys: 3,
  noNullPrototype: true,
})
const extras = { not: conditions, expiresAt: fc.constant('2027-01-01T00:00:00Z') }
const rule: fc.Arbitrary<TrustRule> = fc
  .tuple(
    fc.constantFrom('idp', 'other'),
    fc.oneof(
      { weight: 6, arbitrary: conditions.map((claims) => ({ claims })) },
      { weight: 1, arbitrary: fc.constant({ anySubject: true as const }) },
    ),
    fc.record(extras, { requiredKeys: [] }),
  )
  .map(([issuer, who, more]) => ({ issuer, ...who, ...more }))
const roles: fc.Arbitrary<Roles> = fc
  .array(fc.array(rule, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 })
  .map((all) => Object.fromEntries(all.map((trust, at) => [`r${at}`, { trust }])))

const leaf: fc.Arbitrary<Json> = fc.oneof(
  text,
  pattern,
  fc.constantFrom<Json>(null, true, false, 0, 5, '', ' '),
)
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc.array(leaf, { maxLength: 3 }),
  fc.array(text, { maxLength: 3 }).map((words) => words.join(' ')),
  fc.dictionary(fc.constantFrom('b', '0', 'toString', '__proto__'), leaf, { maxKeys: 2 }),
)
const claimNames = fc.constantFrom(
  'team',
  'groups',
  'scope',
  'scp',
  'constructor',
  'toString',
  '__proto__',
  'a',
  'a/b',
  '',
)
const claims = fc.uniqueArray(fc.tuple(claimNames, value), { maxLength: 5, selector: ([name]) => name })
  // Through JSON, as a token is: an assignment would lose `__proto__`.
  .map((entries) => JSON.parse(`{${entries.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join()}}`)) // biome-ignore format: a chain

const issuerOf = (name: string) => ({ type: 'oidc', issuer: `https://${name}.example`, audience: ['api'] })
const compile = (roles: Roles) =>
  accessOf({ version: 1, issuers: { idp: issuerOf('idp'), other: issuerOf('other') }, roles })

test('the index finds the roles that reading the manifest rule by rule finds', () => {
  const expiry = Date.parse('2027-01-01T00:00:00Z')
  const now = fc.constantFrom(expiry - 1000, expiry - 1, expiry, expiry + 1000)
  const issuer = fc.constantFrom('idp', 'idp', 'idp', 'other', 'constructor', '__proto__')
  fc.assert(
    fc.property(
      roles,
      fc.array(claims, { minLength: 1, maxLength: 10 }),
      issuer,
      now,
      (roles, sets, issuer, nowMs) => {
        const access = compile(roles)
        for (const claims of sets) {
          const found = rolesOf(access, issuer, claimsOf(claims), nowMs / 1000).map((role) => role.name)
          expect(found, JSON.stringify(claims)).toEqual(referenceRoles(roles, issuer, claims, nowMs))
        }
      },
    ),
    fuzzParameters(),
  )
})

test('among hundreds of rules that share a value, too, where the index chooses other places', () => {
  const many = fc.array(fc.tuple(text, fc.oneof(text, pattern)), { minLength: 40, maxLength: 120 })
  fc.assert(
    fc.property(many, claims, (pairs, extra) => {
      const roles = Object.fromEntries(
        pairs.map(([team, groups], at) => [
          `r${at}`,
          { trust: [{ issuer: 'idp', claims: { team: `${team.replaceAll('*', '\\*')}`, groups } }] },
        ]),
      )
      const access = compile(roles)
      for (const [team, groups] of pairs.slice(0, 10)) {
        const set = { ...extra, team, groups: [groups, 'ab'] }
        const found = rolesOf(access, 'idp', claimsOf(set), 0).map((role) => role.name)
        expect(found, JSON.stringify(set)).toEqual(referenceRoles(roles, 'idp', set, 0))
      }
    }),
    { ...fuzzParameters(), numRuns: Math.ceil((fuzzParameters().numRuns ?? 100) / 10) },
  )
})
