import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { roleMisses } from '../../cli/role-misses.ts'
import type { Claims } from '../../shared/access/claims.ts'
import { rolesOf } from '../../shared/access/roles-of.ts'
import type { Json } from '../../shared/json.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'

const file = join(mkdtempSync(join(tmpdir(), 'postern-misses-')), 'access.yml')
writeFileSync(
  file,
  `version: 1
issuers:
  idp: { type: oidc, issuer: https://idp.example, audience: [api] }
  other: { type: oidc, issuer: https://other.example, audience: [api] }
roles:
  pattern: { trust: [{ issuer: idp, claims: { ref: 'refs/heads/*', path: 'a/**/\\*' } }] }
  several: { trust: [{ issuer: idp, claims: { team: [red, blue], groups: { all: [x, y] }, seat: { present: true } } }] }
  number: { trust: [{ issuer: idp, claims: { level: { number: 5 }, admin: true } }] }
  over: { trust: [{ issuer: idp, claims: { team: green }, expiresAt: 2027-03-31T00:00:00Z }] }
  nearest:
    trust:
      - { issuer: idp, claims: { team: red, groups: x } }
      - { issuer: idp, claims: { team: green, groups: x } }
      - { issuer: other, claims: { team: green } }
  foreign: { trust: [{ issuer: other, claims: { team: green } }] }
  nobody: { routes: [GET /x] }
  anybody: { trust: [{ issuer: idp, anySubject: true }] }
`,
)
const access = compileManifest(loadManifest(file))
const expiry = Date.parse('2027-03-31T00:00:00Z') / 1000

function missesOf(role: string, claims: Record<string, Json>, nowSeconds = expiry - 1) {
  const verified = claims as unknown as Claims
  const roles = rolesOf(access, 'idp', verified, nowSeconds)
  return roleMisses(access, access.roles, 'idp', verified, roles, nowSeconds).find((one) => one.role === role)
    ?.misses
}

test('what is expected is written as the manifest has it', () => {
  expect(missesOf('pattern', { ref: 'refs/tags/v1', path: 7 })).toEqual([
    { claim: 'ref', expected: 'the pattern "refs/heads/*"', actual: 'differs' },
    { claim: 'path', expected: 'the pattern "a/**/\\\\*"', actual: 'type' },
  ])
  expect(missesOf('several', { team: 'green', groups: ['x'], seat: null })).toEqual([
    { claim: 'team', expected: 'one of "red", "blue"', actual: 'differs' },
    { claim: 'groups', expected: 'all of "x", "y"', actual: 'differs' },
    { claim: 'seat', expected: 'to be there', actual: 'differs' },
  ])
})

test('"5" is no number and "true" is no true', () => {
  expect(missesOf('number', { level: '5', admin: 'true' })).toEqual([
    { claim: 'level', expected: '5', actual: 'type' },
    { claim: 'admin', expected: 'true', actual: 'type' },
  ])
  expect(missesOf('number', { level: 4, admin: false })?.map(({ actual }) => actual)).toEqual([
    'differs',
    'differs',
  ])
})

test('a rule is over on the second itself, and says so beside what else it lacks', () => {
  expect(missesOf('over', { team: 'green' }, expiry - 1)).toBeUndefined()
  const over = { claim: 'expiresAt', expected: '2027-03-31T00:00:00Z', actual: 'expired' }
  expect(missesOf('over', { team: 'green' }, expiry)).toEqual([over])
  expect(missesOf('over', {}, expiry)).toEqual([
    over,
    { claim: 'team', expected: '"green"', actual: 'missing' },
  ])
})

test('of several rules the nearest speaks, and never one of another issuer', () => {
  expect(missesOf('nearest', { team: 'green' })).toEqual([
    { claim: 'groups', expected: '"x"', actual: 'missing' },
  ])
  expect(missesOf('foreign', { team: 'green' })).toEqual([])
  expect(missesOf('nobody', { team: 'green' })).toEqual([])
})

test('a role the caller has is not among them', () => {
  expect(missesOf('anybody', {})).toBeUndefined()
})
