import { expect, test } from 'vitest'
import type { Claims } from '../../../shared/access/claims.ts'
import { decide } from '../../../shared/access/decide.ts'
import { rolesOf } from '../../../shared/access/roles-of.ts'
import { accessOf, claimsOf } from '../../support/access.ts'

const roles = Array.from(
  { length: 50 },
  (_, at) =>
    `  r${at}: { routes: [GET /a], trust: [{ issuer: p, claims: { groups: 'team-*-admin${at}' } }] }`,
)
const access = accessOf(`version: 1
issuers: { p: { type: oidc, issuer: 'https://p.example', audience: [a] } }
roles:
${roles.join('\n')}
`)

test('a rule is looked at once, however many elements of a claim lead to it', () => {
  // Counted, not timed: each look at the rule reads the claim. 50 rules and one look-up in the index.
  let reads = 0
  const groups = [...Array.from({ length: 300 }, (_, at) => `team-${at}`), 'team-x-admin7']
  const claims = {
    get groups() {
      reads++
      return groups
    },
  } as unknown as Claims
  expect(rolesOf(access, 'p', claims, 0).map(({ name }) => name)).toEqual(['r7'])
  expect(reads).toBeGreaterThan(0)
  expect(reads).toBeLessThanOrEqual(51)
})

test.each(['constructor', '__proto__', 'toString', 'q'])(
  '"%s" is no issuer, so its callers have no role',
  (issuer) => {
    const claims = claimsOf({ groups: 'team-x-admin7' })
    const request = { api: 'rest', method: 'GET', path: '/a' } as const
    expect(decide(access, { issuer: 'p', claims }, request, 0).effect).toBe('allow')
    expect(rolesOf(access, issuer, claims, 0)).toEqual([])
    const refused = { effect: 'deny', reason: 'role_none', roles: [] }
    expect(decide(access, { issuer, claims }, request, 0)).toEqual(refused)
  },
)
