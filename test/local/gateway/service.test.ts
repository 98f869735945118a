import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildFunctions } from '../../../bundle/build.ts'
import { buildBackend } from '../../../bundle/package.ts'
import { createGateway, type Gateway } from '../../../local/gateway/gateway.ts'
import { listen } from '../../../local/gateway/server.ts'
import { functionsOf } from '../../../local/lambda/functions.ts'
import { createLambda, type Lambda } from '../../../local/lambda/lambda.ts'
import { exampleService } from '../../../local/world.ts'
import { type Answer, send } from './contract/stand.ts'

const manifest = `
version: 1
issuers:
  lab: { type: oidc, issuer: https://lab.example, audience: [orders], jwks: ./jwks.json }
api:
  routesFile: ./routes.json
  public: [GET /health]
roles:
  orders-reader:
    description: Read orders
    owner: team-orders@example.com
    trust: [{ issuer: lab, claims: { team: orders } }]
    routes: [GET /orders, 'GET /orders/{id}', 'GET /exports/{proxy+}']
`
const routes = [
  'GET /health',
  'GET /orders',
  'GET /orders/{id}',
  'DELETE /orders/{id}',
  'GET /exports/{proxy+}',
  'GET /admin',
]

let folder: string
let gateway: Gateway
let server: { url: string; close: () => Promise<void> }
let lambdas: Map<string, Lambda>
let sign: (claims?: object, expirationTime?: string) => Promise<string>
const records: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-service-'))
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }))
  writeFileSync(join(folder, 'routes.json'), JSON.stringify({ rest: routes, http: routes }))
  writeFileSync(join(folder, 'access.yml'), manifest)
  sign = (claims = { team: 'orders' }, expirationTime = '5m') =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer('https://lab.example')
      .setSubject('ana')
      .setAudience('orders')
      .setIssuedAt()
      .setExpirationTime(expirationTime)
      .sign(privateKey)

  const [authorizer] = await buildFunctions({ accessFile: join(folder, 'access.yml'), outDir: folder })
  const backend = await buildBackend(join(folder, 'orders/index.mjs'))
  const files = new Map([
    ['AuthorizerLambdaFunction', authorizer?.file ?? ''],
    ['OrdersLambdaFunction', backend],
  ])
  const template = await exampleService()
  lambdas = new Map(
    functionsOf(template).map(({ logicalId, name, ...declared }) => {
      const onLine = (line: string) => records.push(line)
      return [
        logicalId,
        createLambda({ file: files.get(logicalId) ?? '', functionName: name, ...declared, onLine }),
      ]
    }),
  )
  gateway = createGateway({
    template,
    invoke: async (logicalId, event, timeoutMs) =>
      lambdas.get(logicalId)?.invoke(event, timeoutMs) ?? {
        ok: false,
        errorType: 'none',
        errorMessage: 'none',
      },
  })
  server = await listen(gateway, 0)
})
afterAll(async () => {
  await server.close()
  await Promise.all([...lambdas.values()].map((lambda) => lambda.close()))
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  gateway.flushAuthorizerCache()
  records.length = 0
})

function call(type: 'rest' | 'http', request: string, token?: string): Promise<Answer> {
  const api = gateway.apis.find((each) => each.type === type)
  const [method = '', path = ''] = request.split(' ')
  const headers: [string, string][] = token === undefined ? [] : [['Authorization', `Bearer ${token}`]]
  return send(`${server.url}/${api?.apiId}/${api?.stage}`, path, { method, headers })
}

/** The built bundles, the packaged template and real tokens; only the clocks and the machines are ours. */
describe('the packaged service, run locally', () => {
  it('serves two APIs', () => {
    expect(gateway.apis.map(({ logicalId, type, stage }) => [logicalId, type, stage])).toEqual([
      ['ApiGatewayRestApi', 'rest', 'dev'],
      ['HttpApi', 'http', '$default'],
    ])
  })

  for (const type of ['rest', 'http'] as const) {
    it(`${type}: lets a reader read, and tells the backend who reads`, async () => {
      const answer = await call(type, 'GET /orders/1', await sign())
      expect(answer).toMatchObject({
        status: 200,
        json: { caller: { subject: 'ana', roles: 'orders-reader' } },
      })
      const record = records.map((line) => JSON.parse(line)).find(({ decisionId }) => decisionId)
      expect(record.decisionId).toBe(answer.json.caller.decisionId)
    })
    it(`${type}: leaves /health open`, async () => {
      expect(await call(type, 'GET /health')).toMatchObject({ status: 200, json: { status: 'ok' } })
      expect(records).toEqual([])
    })
    it(`${type}: asks nobody without a token: 401`, async () => {
      expect(await call(type, 'GET /orders')).toMatchObject({
        status: 401,
        json: { message: 'Unauthorized' },
      })
      expect(records).toEqual([])
    })
    it(`${type}: refuses another route by the cached document, without a second call`, async () => {
      const token = await sign()
      expect((await call(type, 'GET /orders', token)).status).toBe(200)
      expect((await call(type, 'GET /orders/1', token)).status).toBe(200)
      expect((await call(type, 'DELETE /orders/1', token)).status).toBe(403)
      expect((await call(type, 'GET /admin', token)).status).toBe(403)
      expect(records).toHaveLength(1)
    })
    it(`${type}: keeps the token out of everything it writes`, async () => {
      const token = await sign()
      const answer = await call(type, 'GET /orders', token)
      for (const part of token.split('.')) expect(records.join('') + answer.text).not.toContain(part)
    })
  }

  it('rest: says why, and where to look it up, in a 403', async () => {
    const answer = await call('rest', 'DELETE /orders/1', await sign())
    expect(answer).toMatchObject({ status: 403, json: { reason: 'route_not_granted' } })
    expect(answer.json.message).toMatch(/^User is not authorized to access this resource/)
    expect(JSON.parse(records[0] ?? '').decisionId).toBe(answer.json.decisionId)
  })

  it('rest: answers an expired token with 401 and the scheme it wants', async () => {
    const answer = await call('rest', 'GET /orders', await sign(undefined, '-1s'))
    expect(answer).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  })

  it('http: answers an expired token with 403, which is all an HTTP API can say', async () => {
    const answer = await call('http', 'GET /orders', await sign(undefined, '-1s'))
    expect(answer).toMatchObject({ status: 403, json: { message: 'Forbidden' } })
  })

  it('rest: guards /exports with the TOKEN authorizer', async () => {
    expect((await call('rest', 'GET /exports/2026/11', await sign())).status).toBe(200)
    expect((await call('rest', 'GET /exports/2026/11', await sign({ team: 'other' }))).status).toBe(403)
  })

  it('rest: a caller without a role gets nothing', async () => {
    expect((await call('rest', 'GET /orders', await sign({}))).status).toBe(403)
  })
})
