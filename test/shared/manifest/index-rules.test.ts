import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Positions, RuleIndex } from '../../../shared/access/access.ts'
import type { Claims } from '../../../shared/access/claims.ts'
import { holds, positionsIn, rolesOf } from '../../../shared/access/roles-of.ts'
import { numberVariable, variable } from '../../../shared/config.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { load } from './cases.ts'

const runs = {
  numRuns: numberVariable('POSTERN_FUZZ_RUNS', 100, 1, 1_000_000),
  ...(variable('POSTERN_FUZZ_SEED') === undefined ? {} : { seed: Number(variable('POSTERN_FUZZ_SEED')) }),
}

/** Where each rule stands: `claim=value`, `claim^prefix`, `scanned`. */
function placesOf(index: RuleIndex | undefined): ReadonlyMap<number, readonly string[]> {
  const places = new Map<number, string[]>()
  const add = (rules: Positions, place: string): void => {
    for (const rule of positionsIn(rules)) places.set(rule, [...(places.get(rule) ?? []), place])
  }
  for (const { claim, equals, prefixes } of index?.claims ?? []) {
    for (const [value, rules] of Object.entries(equals)) add(rules, `${claim.name}=${value}`)
    for (const [prefix, rules] of Object.entries(prefixes)) add(rules, `${claim.name}^${prefix}`)
  }
  add(index?.scanned ?? [], 'scanned')
  return places
}

function placesFor(...rules: readonly object[]): readonly (readonly string[] | undefined)[] {
  const trust = rules.map((claims) => ({ issuer: 'idp', claims }))
  const access = compileManifest(load(`roles: ${JSON.stringify({ r: { trust } })}`))
  const places = placesOf(access.index.idp)
  return rules.map((_, at) => places.get(at))
}

describe('where a rule is found', () => {
  test('never under what all rules share, but under what tells them apart', () => {
    const shared = { environment: 'production', owner: '9919' }
    expect(placesFor({ ...shared, id: '1' }, { ...shared, id: '2' }, { ...shared, id: '3' })).toEqual([
      ['id=1'],
      ['id=2'],
      ['id=3'],
    ])
  })

  test('a list of texts has an entry a value, and its commonest value is what it costs', () => {
    expect(placesFor({ id: ['1', '2'] })).toEqual([['id=1', 'id=2']])
    expect(placesFor({ id: ['1', '2'], x: 'a' }, { id: '1' }, { id: '1' })[0]).toEqual(['x=a'])
  })

  test('of all that must hold, one text is enough', () => {
    expect(placesFor({ groups: { all: ['a', 'b'] } }, { groups: 'a' })[0]).toEqual(['groups=b'])
  })

  test('an equality goes before any prefix, however long', () => {
    expect(placesFor({ ref: 'refs/heads/release/*', id: '1' })).toEqual([['id=1']])
  })

  test('a value that many rules share gives way to a prefix of their own', () => {
    const rules = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ environment: 'production', ref: `heads/${at}/*` }))
    expect(placesFor(...rules(17))[3]).toEqual(['ref^heads/3/'])
    expect(placesFor(...rules(16))[3]).toEqual(['environment=production'])
    const alike = Array.from({ length: 17 }, () => ({ environment: 'production', ref: 'heads/*' }))
    expect(placesFor(...alike)[3]).toEqual(['environment=production'])
  })

  test('the longest literal prefix, where nothing is equal', () => {
    expect(placesFor({ a: 'ab*', b: 'abc*', c: '*abcdef' })).toEqual([['b^abc']])
  })

  test('a list of patterns has an entry a prefix; what one prefix finds needs no longer one', () => {
    expect(placesFor({ ref: ['refs/heads/*', 'refs/tags/*'] })[0]).toEqual([
      'ref^refs/heads/',
      'ref^refs/tags/',
    ])
    expect(placesFor({ ref: ['refs/*', 'refs/tags/v1', 'main'] })[0]).toEqual(['ref^refs/', 'ref^main'])
    expect(placesFor({ ref: ['refs/*', '*'] })[0]).toEqual(['scanned'])
  })

  test('true, a number, presence and a leading star are scanned', () => {
    for (const matcher of [true, { number: 5 }, { present: true }, '*x', '**', ['a', true]])
      expect(placesFor({ c: matcher })).toEqual([['scanned']])
  })

  test('an exception is never an index, and any subject is scanned', () => {
    const access = compileManifest(
      load('roles: { r: { trust: [{ issuer: idp, anySubject: true, not: { a: b } }] } }'),
    )
    expect(access.index.idp).toEqual({ claims: [], scanned: [0] })
  })

  test('rules of one issuer are not found through another', () => {
    const access = compileManifest(
      load(`version: 1
issuers:
  a: { type: oidc, issuer: https://a.example, audience: [x] }
  b: { type: oidc, issuer: https://b.example, audience: [x] }
  c: { type: oidc, issuer: https://c.example, audience: [x] }
roles: { r: { trust: [{ issuer: b, claims: { s: x } }, { issuer: a, claims: { s: x } }] } }`),
    )
    expect([...placesOf(access.index.a)]).toEqual([[1, ['s=x']]])
    expect([...placesOf(access.index.b)]).toEqual([[0, ['s=x']]])
    expect(access.index.c).toEqual({ claims: [], scanned: [] })
  })

  test('prefix lengths are listed once each, the shortest first', () => {
    const trust = ['abc*', 'xyz*', 'a*'].map((ref) => ({ issuer: 'idp', claims: { ref } }))
    const access = compileManifest(load(`roles: ${JSON.stringify({ r: { trust } })}`))
    expect(access.index.idp?.claims[0]?.prefixLengths).toEqual([1, 3])
  })

  test('a value named as a member of every object is an ordinary value', () => {
    expect(placesFor({ s: 'constructor' }, { s: '__proto__' })).toEqual([['s=constructor'], ['s=__proto__']])
  })
})

describe('every rule of any manifest is found in one place alone', () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'abc', 'x')
  const text = fc
    .array(fc.oneof(word, fc.constantFrom('*', '**', '/')), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join(''))
  const plain = fc.oneof(
    text,
    fc.boolean(),
    fc.record({ number: fc.integer() }),
    fc.constant({ present: true }),
  )
  const several = fc.uniqueArray(text, { minLength: 1, maxLength: 3 })
  const matcher = fc.oneof(
    plain,
    several,
    several.map((all) => ({ all })),
  )
  const rule = fc.dictionary(fc.constantFrom('c', 'd', 'e'), matcher, { minKeys: 1 })

  test('under one claim, by equality or by prefix, or scanned', () => {
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 8 }), (rules) => {
        for (const places of placesFor(...rules)) {
          const kinds = new Set((places ?? []).map((place) => /^(?:scanned|\w+[=^])/.exec(place)?.[0]))
          expect(kinds.size).toBe(1)
          expect(new Set(places).size).toBe(places?.length)
        }
      }),
      runs,
    )
  })

  test('and whoever meets it is found through it: the index and a look at every rule agree', () => {
    const value = fc.oneof(
      word,
      text,
      fc.boolean(),
      fc.integer(),
      fc.array(fc.oneof(word, text), { maxLength: 3 }),
    )
    const claims = fc.dictionary(fc.constantFrom('c', 'd', 'e'), value)
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 40 }), claims, (rules, sent) => {
        const roles = rules.map((each, at) => [`r${at}`, { trust: [{ issuer: 'idp', claims: each }] }])
        const access = compileManifest(load(`roles: ${JSON.stringify(Object.fromEntries(roles))}`))
        const verified = sent as unknown as Claims
        const each = access.rules
          .filter((one) => holds(one, verified, 0))
          .map((one) => access.roles[one.role])
        expect(rolesOf(access, 'idp', verified, 0)).toEqual(each)
      }),
      runs,
    )
  })
})
