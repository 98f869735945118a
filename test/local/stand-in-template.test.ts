import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway } from '../../local/gateway/gateway.ts'
import { listen } from '../../local/gateway/server.ts'
import { standInTemplate } from '../../local/stand-in-template.ts'
import type { Access } from '../../shared/access/access.ts'
import { accessOf } from '../support/access.ts'
import { withKeys } from '../support/attacks.ts'
import { type Stand, standOf } from '../support/calls.ts'
import { setOf } from '../support/issuers.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter } from '../support/token.ts'
import { type Answer, send } from './gateway/contract/stand.ts'

const iss = 'https://id.partner.example'
const key = makeKey('Ed25519', 'k1')
const token = minter(key, 'EdDSA', baseClaims(iss))()

function simpleAccess(api: object): Access {
  const access = accessOf(
    {
      version: 1,
      issuers: { partner: { type: 'oidc', issuer: iss, audience: ['orders'], algorithms: ['EdDSA'] } },
      api: { routesFile: './routes.json', ...api },
      roles: { reader: { trust: [{ issuer: 'partner', anySubject: true }], routes: ['GET /orders/{id}'] } },
    },
    { rest: ['GET /orders/{id}', 'DELETE /orders/{id}'], http: ['GET /orders/{id}', 'DELETE /orders/{id}'] },
  )
  return withKeys(access, () => ({ jwks: setOf(key) as never }))
}

function sourcesOf(access: Access, authorizer: 'RestAuthorizer' | 'HttpAuthorizer'): unknown {
  const { Resources } = standInTemplate(access, () => false) as {
    Resources: Record<string, { Properties: { IdentitySource: unknown } }>
  }
  return Resources[authorizer]?.Properties.IdentitySource
}

test.each([
  ['simple', 300, ['$request.header.authorization', '$context.routeKey']],
  ['simple', 1, ['$request.header.authorization', '$context.routeKey']],
  ['simple', 0, ['$request.header.authorization']],
  ['policy', 300, ['$request.header.authorization']],
])('response: %s, cacheSeconds: %i: the HTTP API’s identity sources', (response, cacheSeconds, sources) => {
  const access = simpleAccess({ response, cacheSeconds })
  expect(sourcesOf(access, 'HttpAuthorizer')).toEqual(sources)
  expect(sourcesOf(access, 'RestAuthorizer')).toBe('method.request.header.authorization')
})

describe('a cached simple response, in front of a real authorizer', () => {
  let stand: Stand
  let server: { url: string; close: () => Promise<void> }
  let base: string
  const reasons: unknown[] = []

  beforeAll(async () => {
    const access = simpleAccess({ response: 'simple', cacheSeconds: 300 })
    stand = standOf(access)
    const gateway = createGateway({
      template: standInTemplate(access, () => false),
      async invoke(logicalId, event) {
        if (logicalId !== 'AuthorizerLambdaFunction')
          return { ok: true, value: { statusCode: 200, body: '' } }
        const { answer, record } = await stand.call(JSON.parse(JSON.stringify(event)))
        reasons.push(record.reason)
        return { ok: true, value: answer }
      },
    })
    server = await listen(gateway, 0)
    base = `${server.url}/${gateway.apis.find(({ type }) => type === 'http')?.apiId}`
  })
  afterAll(() => server.close())

  const call = (method: string): Promise<Answer> =>
    send(base, '/orders/1', { method, headers: [['Authorization', `Bearer ${token}`]] })

  test('the yes for one route is no yes for another, and each is asked for once', async () => {
    for (const [method, status] of [['GET', 200], ['DELETE', 403], ['GET', 200], ['DELETE', 403]] as const) // biome-ignore format: a table
      expect([method, (await call(method)).status]).toEqual([method, status])
    expect(reasons).toEqual(['granted', 'route_not_granted'])
  })
})
