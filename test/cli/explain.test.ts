import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Explanation } from '../../cli/explanation.ts'
import type { ClaimSet } from '../../local/issuer/issuer.ts'
import type { LocalIssuers } from '../../local/issuer/server.ts'
import { type Explainer, failedCheck, secret, silent, startExplainer } from './explainer.ts'
import { ordersManifest, postern } from './run.ts'

let issuers: LocalIssuers
let explain: Explainer['explain']
let explainJson: Explainer['explainJson']
let staff: Explainer['staff']
let reader: Explainer['reader']
beforeAll(async () => {
  ;({ issuers, explain, explainJson, staff, reader } = await startExplainer())
})
afterAll(() => issuers.close())

/** Whatever the reason, what stands before the failed check passed, and nothing after it was reached. */
function expectOrder({ checks }: Explanation, ok: readonly string[], notReached: readonly string[]): void {
  const results = checks.map(({ result }) => result)
  const at = results.indexOf('failed')
  expect(new Set(results.slice(0, at))).toEqual(new Set(['ok']))
  expect(results.slice(at + 1).every((result) => result === 'not_reached')).toBe(true)
  const idsOf = (result: string) => checks.filter((check) => check.result === result).map(({ id }) => id)
  expect(idsOf('ok')).toEqual(expect.arrayContaining([...ok]))
  expect(idsOf('not_reached')).toEqual(expect.arrayContaining([...notReached]))
}

test('a granted request: every check passed, exit code 0', async () => {
  const { code, stdout, stderr } = await explain(await reader())
  expect(stderr).toBe('')
  expect(stdout).not.toMatch(/FAILED|not reached/)
  expect(stdout).toMatch(/^ {2}ok {11}the signature is that key's$/m)
  expect(stdout).toMatch(/^caller {5}subject "[0-9a-f-]{36}" of the issuer "staff"$/m)
  expect(stdout).toMatch(/^roles {6}orders-reader$/m)
  expect(stdout).toMatch(/^route {6}GET \/orders\/\{id\}$/m)
  expect(stdout).toMatch(/^listed by {2}orders-reader, orders-writer$/m)
  expect(stdout).toMatch(/^decision {3}ALLOW granted:/m)
  expect(stdout).toMatch(/^mend: {6}/m)
  expect(code).toBe(0)
})

describe('a token after Bearer and one on standard input are the same', () => {
  test('Bearer', async () => expect((await explain(`Bearer ${await reader()}`)).code).toBe(0))
  test('standard input, with a line end', async () => {
    const token = await reader()
    const args = [
      '--access',
      ordersManifest,
      '--token',
      '-',
      '--route',
      'GET /orders/1',
      '--local',
      issuers.url,
    ]
    expect(silent(token, await postern(['explain', ...args], { input: `${token}\r\n` })).code).toBe(0)
    expect((await postern(['explain', ...args], { input: '' })).stdout).toContain('token_missing')
  })
})

test('an HTTP API request is decided by the routes of that API', async () => {
  const found = await explainJson(await reader(), '--api', 'http')
  expect(found).toMatchObject({ code: 0, request: { api: 'http' }, route: 'GET /orders/{id}' })
})

test('an expired token', async () => {
  const found = await explainJson(await staff({ 'cognito:groups': ['orders'] }, { expiresInSeconds: -1 }))
  expect(found).toMatchObject({ code: 1, effect: 'deny', reason: 'token_expired', issuer: 'staff' })
  expect(failedCheck(found)).toBe('exp')
  expectOrder(found, ['issuer', 'signature'], ['audience', 'role', 'grant'])
  expect(found.caller).toBeUndefined()
  expect(found.mend).toMatch(/Get a new token/)
})

test('--at moves the clock: a token is good within its hour and neither before nor after', async () => {
  const token = await reader()
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
  expect(await explainJson(token, '--at', at(3500))).toMatchObject({ code: 0, reason: 'granted' })
  expect(await explainJson(token, '--at', at(3605))).toMatchObject({ code: 1, reason: 'token_expired' })
  expect(await explainJson(token, '--at', at(-600))).toMatchObject({ code: 1, reason: 'token_not_yet_valid' })
})

test('a token of a foreign issuer is refused before any key is fetched', async () => {
  const before = issuers.requests('staff')
  const found = await explainJson(await staff({ iss: 'https://elsewhere.example' }))
  expect(found).toMatchObject({ code: 1, reason: 'issuer_unknown' })
  expect(found.issuer).toBeUndefined()
  expectOrder(found, ['typ'], ['algorithm', 'key', 'signature'])
  expect(issuers.requests('staff')).toBe(before)
})

test('a token for another client of the pool: its use was looked at first, and is said to be right', async () => {
  const found = await explainJson(await staff({ client_id: 'another-client' }))
  expect(found).toMatchObject({ code: 1, reason: 'audience_not_allowed', facts: { allowed: ['3n4b5c6d7e'] } })
  expect(failedCheck(found)).toBe('audience')
  expectOrder(found, ['signature', 'exp', 'token_use'], ['required_claims', 'role'])
})

test('a token for another audience of an OIDC issuer: its use is not said to be right', async () => {
  const found = await explainJson(await issuers.sign('partner', { sub: 'robot', aud: 'billing' }))
  expect(found).toMatchObject({ code: 1, reason: 'audience_not_allowed', issuer: 'partner' })
  expectOrder(found, ['signature'], ['token_use'])
})

test('an ID token where an access token is due', async () => {
  const found = await explainJson(await staff({}, { shape: 'id' }))
  expect(found).toMatchObject({ code: 1, reason: 'token_use_not_allowed' })
  expectOrder(found, ['signature'], ['audience'])
})

test('a forged token: the payload of one with the signature of another', async () => {
  const [good, other] = [await reader(), await staff({ 'cognito:groups': ['orders-admins'] })]
  const forged = [...other.split('.').slice(0, 2), good.split('.')[2]].join('.')
  const { code, stdout } = await explain(forged)
  expect(code).toBe(1)
  expect(stdout).toMatch(/^ {2}FAILED {7}the signature is that key's: .*signature is not/m)
  expect(stdout).toMatch(/^ {2}not reached {2}exp is a date still to come$/m)
  expect(stdout).toMatch(/^caller {5}unknown; the token says it is from the issuer "staff"$/m)
  expect(stdout).toMatch(/^decision {3}DENY signature_invalid:/m)
})

test.each([
  ['an empty file', '', 'token_missing', 'token'],
  ['too long', 'x'.repeat(8193), 'token_too_large', 'size'],
  ['two parts', 'aaaaaaaa.bbbbbbbb', 'token_malformed', 'encoding'],
  ['five parts', 'aaaaaaaa.bbbbbbbb.cccccccc.dddddddd.eeeeeeee', 'token_encrypted', 'encoding'],
  ['a header that is no JSON', 'aaaaaaaa.bbbbbbbb.cccccccc', 'header_invalid', 'header'],
])('%s', async (_name, token, reason, check) => {
  const found = await explainJson(token)
  expect(found).toMatchObject({ code: 1, reason })
  expect(failedCheck(found)).toBe(check)
})

describe('no role: which condition of the nearest rule failed', () => {
  test.each<[string, ClaimSet, string]>([
    ['missing', {}, 'missing'],
    ['differs', { 'cognito:groups': [secret] }, 'differs'],
    ['an empty list differs', { 'cognito:groups': [] }, 'differs'],
    ['of another type', { 'cognito:groups': 5 }, 'type'],
  ])('%s', async (_name, claims, actual) => {
    const found = await explainJson(await staff(claims))
    expect(found).toMatchObject({ code: 1, reason: 'role_none', caller: { issuer: 'staff', roles: [] } })
    expect(failedCheck(found)).toBe('role')
    expectOrder(found, ['signature', 'proof'], ['path', 'grant'])
    expect(found.rolesMissed.filter(({ role }) => role.startsWith('orders-'))).toEqual([
      { role: 'orders-reader', misses: [{ claim: 'cognito:groups', expected: '"orders"', actual }] },
      { role: 'orders-writer', misses: [{ claim: 'cognito:groups', expected: '"orders-admins"', actual }] },
      { role: 'orders-exporter', misses: [] },
    ])
    expect(found.route).toBe('GET /orders/{id}')
  })

  test('in words, roles that would grant the request first', async () => {
    const { stdout } = await explain(await staff({}), '--route', 'DELETE /orders/1')
    expect(stdout).toMatch(
      /orders-writer \(would grant this request\)\n {4}the claim "cognito:groups" is missing; expected "orders-admins"\n {2}orders-reader\n/,
    )
    expect(stdout).toContain('roles that trust nobody of the issuer "staff": orders-exporter')
    expect(stdout).toContain('DENY role_none')
  })

  test('excluded by `not`, and one claim of three that differs', async () => {
    const job = {
      sub: 'repo:sample',
      repository_id: '7123',
      repository_owner_id: '9919',
      environment: 'production',
    }
    const missesOf = async (claims: ClaimSet, reason: string) => {
      const found = await explainJson(await issuers.sign('github', claims), '--route', 'GET /exports/a/b')
      expect(found).toMatchObject({ code: 1, reason, grantedBy: ['orders-exporter'] })
      return found.rolesMissed.find(({ role }) => role === 'orders-exporter')?.misses
    }
    expect(await missesOf({ ...job, event_name: 'pull_request_target' }, 'role_none')).toEqual([
      { claim: 'event_name', expected: 'not "pull_request_target"', actual: 'excluded' },
    ])
    expect(await missesOf({ ...job, environment: secret }, 'route_not_granted')).toEqual([
      { claim: 'environment', expected: '"production"', actual: 'differs' },
    ])
  })
})

test.each([
  ['DELETE /orders/1', 'route_not_granted', 'grant', 'DELETE /orders/{id}', ['orders-writer']],
  ['GET /nowhere', 'route_unknown', 'route', undefined, []],
  ['GET /orders/', 'path_not_canonical', 'path', undefined, []],
  ['GET /orders/%2e%2e/admin', 'path_not_canonical', 'path', undefined, []],
])('%s is %s', async (request, reason, check, route, grantedBy) => {
  const found = await explainJson(await reader(), '--route', request)
  expect(found).toMatchObject({
    code: 1,
    effect: 'deny',
    reason,
    grantedBy,
    caller: { roles: ['orders-reader'] },
  })
  expect(failedCheck(found)).toBe(check)
  expect(found.route).toBe(route)
})

describe('the route in words', () => {
  const forked = join(mkdtempSync(join(tmpdir(), 'postern-forked-')), 'access.yml')
  writeFileSync(
    forked,
    `version: 1
issuers: { robots: { type: oidc, issuer: https://id.example, audience: [api] } }
roles:
  robot:
    trust: [{ issuer: robots, claims: { sub: robot } }]
    routes: ["GET /{shop}/open", "GET /nearest/{detail}"]
`,
  )
  test.each([
    [ordersManifest, 'DELETE /orders/1', /^route {6}DELETE \/orders\/\{id\}\nlisted by {2}orders-writer$/m],
    [ordersManifest, 'GET /odrers', /^route {6}none\nlisted by {2}no role$/m],
    [ordersManifest, 'GET /orders/', /^route {6}none\nlisted by {2}no role$/m],
    [forked, 'GET /nearest/open', /^route {6}one of several whose order AWS does not document\n/m],
  ])('%s: %s', async (access, route, lines) => {
    const args = ['explain', '--access', access, '--token', '-', '--route', route, '--api', 'http']
    const { code, stdout } = await postern(args)
    expect(code).toBe(1)
    expect(stdout).toMatch(lines)
    const { severalRoutes } = JSON.parse((await postern([...args, '--json'])).stdout)
    expect(severalRoutes).toBe(access === forked ? true : undefined)
  })
})

test('a public route is said to be one: the authorizer, if it is asked all the same, refuses it', async () => {
  const found = await explainJson(await reader(), '--route', 'GET /health')
  expect(found).toMatchObject({ code: 1, reason: 'route_not_granted', route: 'GET /health', public: true })
  expect((await explain(await reader(), '--route', 'GET /health')).stdout).toContain(
    'the manifest calls it public',
  )
  expect(found.mend).toMatch(/^Take the authorizer off this route/)
  const expired = await explainJson(await staff({}, { expiresInSeconds: -1 }), '--route', 'GET /health')
  expect(expired).toMatchObject({ reason: 'token_expired', mend: found.mend })
  expect(await explainJson(await reader())).not.toHaveProperty('public')
})

test('a claim for the backend with a line break in it is refused, whatever roles its caller has', async () => {
  for (const groups of [['orders'], []]) {
    const found = await explainJson(await staff({ 'cognito:groups': groups, email: `a\r\nx: ${secret}` }))
    expect(found).toMatchObject({
      code: 1,
      reason: 'claim_unsafe',
      caller: { roles: groups.map(() => 'orders-reader') },
    })
    expect(found.message).toContain('"email"')
    expect(failedCheck(found)).toBe('answer')
    expectOrder(found, ['proof'], ['role', 'grant'])
  }
})
