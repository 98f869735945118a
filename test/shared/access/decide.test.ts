import { describe, expect, test } from 'vitest'
import { decide, decideFor } from '../../../shared/access/decide.ts'
import { accessOf, appIn, claimsOf } from '../../support/access.ts'

// What is decided stands in test/cases/decisions; here is what else a decision says, and what it must not change.
const access = accessOf(`
version: 1
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
roles:
  left: { trust: [{ issuer: idp, claims: { groups: left } }], routes: ['GET /a/{x}', GET /a] }
  right: { trust: [{ issuer: idp, claims: { groups: right } }], routes: ['GET /{x}/b'] }
`)
const claims = claimsOf({ groups: ['left', 'right'] })
const ask = (api: 'rest' | 'http', method: string, path: string) =>
  decide(access, { issuer: 'idp', claims }, { api, method, path }, 0)

test.each([
  ['websocket', '/a'],
  ['websocket', ''],
  ['appsync', 'Query.a'],
] as const)('a %s API has no route "%s" here', (api, path) => {
  const decision = decide(access, { issuer: 'idp', claims }, { api, method: '', path }, 0)
  expect(decision).toMatchObject({ effect: 'deny', reason: 'route_unknown' })
})

describe('the route of a decision', () => {
  test('is the one the request resolved to, as it was written', () => {
    expect(ask('rest', 'GET', '/a/1')).toMatchObject({ effect: 'allow', route: 'GET /a/{x}' })
    expect(
      decideFor(appIn(access), access.roles.slice(1), claims, { api: 'rest', method: 'GET', path: '/a/1' }),
    ).toMatchObject({
      effect: 'deny',
      reason: 'route_not_granted',
      route: 'GET /a/{x}',
    })
  })

  test('is left out where AWS may take one of two', () => {
    expect(ask('http', 'GET', '/a/b')).toEqual({ effect: 'allow', reason: 'granted', roles: access.roles })
    expect(ask('rest', 'GET', '/a/b')).toMatchObject({ effect: 'allow', route: 'GET /a/{x}' })
  })

  test.each([
    ['no route', 'GET', '/nothing', 'route_unknown'],
    ['a path of two readings', 'GET', '/a/', 'path_not_canonical'],
  ])('is left out for %s', (_, method, path, reason) => {
    expect(ask('http', method, path)).toEqual({ effect: 'deny', reason, roles: access.roles })
  })
})

test('a caller without a role is refused before anything of the request is looked at', () => {
  const nobody = { issuer: 'idp', claims: claimsOf({}) }
  for (const path of ['/a', '/nothing', '//', '%'])
    expect(decide(access, nobody, { api: 'rest', method: 'GET', path }, 0)).toEqual({
      effect: 'deny',
      reason: 'role_none',
      roles: [],
    })
})

test('deciding changes nothing: the same question has the same answer', () => {
  const before = JSON.stringify(access)
  const first = ask('rest', 'GET', '/a/1')
  ask('rest', 'POST', '/a/1')
  ask('http', 'GET', '/a/b')
  expect(ask('rest', 'GET', '/a/1')).toEqual(first)
  expect(JSON.stringify(access)).toBe(before)
})

test('a prototype that somebody polluted grants nothing', () => {
  const polluted = ['GET', 'ANY', 'left', 'idp2', 'groups']
  const prototype = Object.prototype as Record<string, unknown>
  try {
    for (const name of polluted) prototype[name] = name === 'groups' ? 'left' : 'ANY /a'
    expect(
      decide(access, { issuer: 'idp2', claims }, { api: 'rest', method: 'GET', path: '/a' }, 0).effect,
    ).toBe('deny')
    expect(
      decide(access, { issuer: 'idp', claims: claimsOf({}) }, { api: 'rest', method: 'GET', path: '/a' }, 0)
        .reason,
    ).toBe('role_none')
    expect(ask('rest', 'POST', '/a').effect).toBe('deny')
    expect(ask('rest', 'GET', '/a').effect, 'the control').toBe('allow')
  } finally {
    for (const name of polluted) delete prototype[name]
  }
})
