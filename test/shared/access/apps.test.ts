import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createAuthorizer } from '../../../functions/authorizer/authorize.ts'
import type { PolicyAnswer } from '../../../functions/authorizer/render.ts'
import type { Access } from '../../../shared/access/access.ts'
import { decide, rolesOf } from '../../../shared/access/decide.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { loadManifest } from '../../../shared/manifest/load.ts'
import { claimsOf } from '../../support/access.ts'
import { contextOf } from '../../support/answers.ts'
import { withKeys } from '../../support/attacks.ts'
import { setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { evaluate } from '../../support/policy-evaluator.ts'
import { baseClaims, minter, nowMs } from '../../support/token.ts'

const iss = 'https://idp.example'
const key = makeKey('Ed25519', 'k1')
const mint = minter(key, 'EdDSA', { ...baseClaims(iss), aud: 'api' })

const folder = mkdtempSync(join(tmpdir(), 'postern-apps-'))
const files: Readonly<Record<string, string>> = {
  'access.yml': `version: 1
vars: { one: aaaaaaaaaa, two: bbbbbbbbbb, own: cccccccccc }
issuers: { idp: { type: oidc, issuer: ${iss}, audience: [api], algorithms: [EdDSA] } }
api: { apiIds: ['@{own}'] }
roles:
  admin: { trust: [{ issuer: idp, claims: { groups: admins } }], routes: [GET /status, GET /one] }
apps:
  one: { manifest: one.yml, apiIds: ['@{one}'], allow: { issuers: [idp], routes: [ANY /one, 'ANY /one/{x}'] } }
  left: { manifest: left.yml, apiIds: ['@{two}'], allow: { issuers: [idp], routes: ['ANY /left/{proxy+}'] } }
  '7': { manifest: seven.yml, allow: { issuers: [idp] } }
  right: { manifest: right.yml, apiIds: ['@{two}', dddddddddd], allow: { issuers: [idp], routes: [$default] } }
`.replaceAll('@', '$'),
  'one.yml': `version: 1
roles:
  reader: { trust: [{ issuer: idp, claims: { groups: readers } }], routes: [GET /one] }
  editor: { includes: [reader], trust: [{ issuer: idp, claims: { groups: editors } }], routes: ['PUT /one/{x}'] }
  owner: { includes: [editor], trust: [{ issuer: idp, claims: { groups: owners } }] }
`,
  'seven.yml': 'version: 1\n',
  'left.yml': `version: 1
roles: { reader: { trust: [{ issuer: idp, claims: { groups: readers } }], routes: ['GET /left/{x}'] } }
`,
  'right.yml': `version: 1
roles: { reader: { trust: [{ issuer: idp, claims: { groups: readers } }], routes: ['GET /right/{x}'] } }
`,
}
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
const access: Access = withKeys(
  JSON.parse(JSON.stringify(compileManifest(loadManifest(join(folder, 'access.yml'))))),
  () => ({ jwks: setOf(key) as never }),
)

const ask = (groups: string[], method: string, path: string, called: { apiId?: string; alias?: string }) =>
  decide(access, { issuer: 'idp', claims: claimsOf({ groups }) }, { api: 'rest', method, path, ...called }, 0)
const at = (apiId: string) => ({ apiId })

describe('the app of a call', () => {
  test.each([
    ['the API’s', { apiId: 'aaaaaaaaaa' }, 'one.reader'],
    ['the alias’s', { alias: 'one' }, 'one.reader'],
    ['the alias’s, before the API’s', { alias: 'one', apiId: 'dddddddddd' }, 'one.reader'],
    ['the API’s, where the alias is no app’s', { alias: 'live', apiId: 'aaaaaaaaaa' }, 'one.reader'],
    ['of the API of one of two that share another', { apiId: 'dddddddddd' }, 'right.reader'],
    ['both apps’ where they share the API', { apiId: 'bbbbbbbbbb' }, 'left.reader,right.reader'],
  ])('is %s', (_, called, roles) => {
    expect(
      ask(['readers'], 'GET', '/', called)
        .roles.map(({ name }) => name)
        .join(),
    ).toBe(roles)
  })

  test.each([
    ['of an API that no app has', { apiId: 'zzzzzzzzzz' }],
    ['by no API at all', {}],
    ['by the name of what every object has', { alias: 'constructor', apiId: '__proto__' }],
    ['by the joint name of two', { alias: 'left,right' }],
  ])('is unknown %s', (_, called) => {
    expect(ask(['readers'], 'GET', '/one', called)).toEqual({
      effect: 'deny',
      reason: 'app_unknown',
      roles: [],
    })
  })

  test('is one that a role of another app means nothing to, whatever its routes', () => {
    expect(ask(['admins'], 'GET', '/one', at('aaaaaaaaaa')).reason).toBe('role_none')
    expect(ask(['admins'], 'GET', '/status', at('cccccccccc')).effect).toBe('allow')
    expect(ask(['admins'], 'GET', '/status', { alias: 'api' }).effect).toBe('allow')
    expect(ask(['readers'], 'GET', '/left/1', at('dddddddddd')).reason).toBe('route_unknown')
  })
})

describe('roles', () => {
  test('of an included manifest are named after their app', () => {
    const names = access.roles.map(({ name }) => name)
    expect(names).toEqual(['admin', 'one.reader', 'one.editor', 'one.owner', 'left.reader', 'right.reader'])
    const found = rolesOf(access, 'idp', claimsOf({ groups: ['readers'] }), 0)
    expect(found.map(({ name }) => name)).toEqual(['one.reader', 'left.reader', 'right.reader'])
  })

  test('bring along the routes of those they include, and of those these include', () => {
    for (const group of ['owners', 'editors']) {
      expect(ask([group], 'GET', '/one', at('aaaaaaaaaa')).effect).toBe('allow')
      expect(ask([group], 'PUT', '/one/1', at('aaaaaaaaaa')).effect).toBe('allow')
    }
    expect(ask(['readers'], 'PUT', '/one/1', at('aaaaaaaaaa')).reason).toBe('route_not_granted')
  })
})

describe('the authorizer', () => {
  const lambda = 'arn:aws:lambda:eu-west-1:123456789012:function:authorizer'
  async function call(apiId: string, method: string, path: string, invokedFunctionArn?: string) {
    const records: string[] = []
    const authorize = createAuthorizer(access, {
      nowMs: () => nowMs,
      fetchJson: () => Promise.reject(new Error('offline')),
      emit: (line) => records.push(line),
    })
    const event = {
      type: 'TOKEN',
      authorizationToken: `Bearer ${mint({ claims: { groups: ['readers'] } })}`,
      methodArn: `arn:aws:execute-api:eu-west-1:123456789012:${apiId}/prod/${method}${path}`,
    }
    let answer: PolicyAnswer | undefined
    let thrown: Error | undefined
    try {
      answer = (await authorize(event, { invokedFunctionArn })) as PolicyAnswer
    } catch (error) {
      thrown = error as Error
    }
    return { answer, thrown, record: JSON.parse(records[0] ?? '{}') }
  }

  test('renders one document over the roles of all apps that share an API', async () => {
    const { answer, record } = await call('bbbbbbbbbb', 'GET', '/left/1')
    const arn = 'arn:aws:execute-api:eu-west-1:123456789012:bbbbbbbbbb/prod'
    for (const path of ['/left/1', '/right/1'])
      expect(evaluate(answer?.policyDocument as never, `${arn}/GET${path}`)).toBe('allow')
    expect(evaluate(answer?.policyDocument as never, `${arn}/GET/one`)).toBe('deny')
    expect(record).toMatchObject({ app: 'left,right', roles: 'left.reader,right.reader' })
    expect(contextOf({ answer })).toMatchObject({ app: 'left,right', roles: 'left.reader,right.reader' })
  })

  test.each([
    ['an alias', `${lambda}:one`, 'one'],
    ['no alias', lambda, 'left,right'],
    ['a version', `${lambda}:7`, 'left,right'],
    ['$LATEST', `${lambda}:$LATEST`, 'left,right'],
    ['text that is no ARN', 'one', 'left,right'],
    ['nothing', undefined, 'left,right'],
  ])('invoked by %s', async (_, arn, app) => {
    expect((await call('bbbbbbbbbb', 'GET', '/left/1', arn)).record.app).toBe(app)
  })

  test('throws for an API that no app has: a fault of the setup, never a cached deny', async () => {
    const { answer, thrown, record } = await call('zzzzzzzzzz', 'GET', '/left/1')
    expect([answer, thrown?.message]).toEqual([undefined, 'app_unknown'])
    expect(record).toMatchObject({ effect: 'deny', reason: 'app_unknown', app: '-' })
    expect(record.message).toContain('"zzzzzzzzzz"')
  })
})
