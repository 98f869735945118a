import { expect, test } from 'vitest'
import { accessOf, rowsOf, rowsText, textsOf } from '../../../shared/access/rows.ts'
import { accessOf as compiledOf } from '../../support/access.ts'

test('rows come back as they went in, whatever they hold', () => {
  const values = [{ a: 'tab\t line\n nul\u0000 \u2028 "q" \\t é' }, [], 'text', 5, { __proto__x: {} }]
  const rows = rowsOf(rowsText(values))
  expect(rows.length).toBe(values.length)
  expect(values.map((_, at) => rows.at(at))).toEqual(values)
})

test('a row is one frozen value, however often it is asked for', () => {
  const rows = rowsOf<{ list: number[] }>(rowsText([{ list: [1] }]))
  expect(rows.at(0)).toBe(rows.at(0))
  expect(Object.isFrozen(rows.at(0)?.list)).toBe(true)
})

test.each([-1, 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('there is no row at %d of one', (at) => {
  expect(rowsOf(rowsText(['x'])).at(at)).toBeUndefined()
  expect(rowsOf('').at(at)).toBeUndefined()
})

test('a row that is never asked for is never parsed', () => {
  const rows = rowsOf('{"a":1}\tno JSON at all\t{"b":2}\t')
  expect([rows.at(0), rows.at(2)]).toEqual([{ a: 1 }, { b: 2 }])
  expect(() => rows.at(1)).toThrow(SyntaxError)
})

test('an access value survives its texts', () => {
  const access = compiledOf(`version: 1
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
roles:
  r: { trust: [{ issuer: idp, claims: { a: b } }, { issuer: idp, claims: { a: [b, 'c*'] } }], routes: [GET /a] }
`)
  const { apps, roles, rules, ...rest } = accessOf(textsOf(access))
  expect(rest).toEqual(expect.objectContaining({ issuers: access.issuers, index: access.index }))
  expect([apps.at(0), roles.at(0), rules.at(1)]).toEqual([access.apps[0], access.roles[0], access.rules[1]])
  expect([apps.length, roles.length, rules.length]).toEqual([1, 1, 2])
})
