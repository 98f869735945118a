import { afterAll, beforeAll, expect, test } from 'vitest'
import { explain } from '../../cli/explain.ts'
import { createAuthorizer } from '../../functions/authorizer/authorize.ts'
import type { ClaimSet, SignOptions } from '../../local/issuer/issuer.ts'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import type { Access } from '../../shared/access/access.ts'
import { fetchJson } from '../../shared/http/fetch-json.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { ordersManifest } from './run.ts'

let issuers: LocalIssuers
let access: Access
beforeAll(async () => {
  const loaded = loadManifest(ordersManifest)
  issuers = await startIssuers({ access: compileManifest(loaded), port: 0 })
  access = compileManifest(loaded, { localIssuers: issuers.url })
})
afterAll(() => issuers.close())

const admin = { 'cognito:groups': ['orders-admins'] }
const tokens: readonly [string, ClaimSet, SignOptions?][] = [
  ['staff', {}],
  ['staff', admin],
  ['staff', { 'cognito:groups': ['orders'], email: 'a\nb' }],
  ['staff', { email: 'a\nb' }],
  ['staff', { ...admin, 'custom:tenant': 'x'.repeat(5000) }],
  ['staff', admin, { expiresInSeconds: 0 }],
  ['staff', admin, { algorithm: 'ES256' }],
  ['staff', admin, { kid: 'unheard-of' }],
  ['staff', admin, { shape: 'id' }],
  ['staff', admin, { header: { typ: 'dpop+jwt' } }],
  ['staff', admin, { header: { crit: ['b64'] } }],
  ['staff', { ...admin, cnf: { jkt: 'x' } }],
  ['staff', { ...admin, sub: 'a b' }],
  ['staff', { ...admin, nbf: 'soon', exp: 1 }],
  ['github', { repository_id: '7123', repository_owner_id: '9919', environment: 'production' }],
  ['partner', { sub: 'robot', scope: 'orders:read orders:list' }],
  ['partner', { sub: 'robot', aud: ['billing'] }],
]
const requests = [
  'GET /orders',
  'GET /orders/1/refunds',
  'DELETE /orders/1',
  'GET /exports/a/b',
  'GET /nowhere',
  'GET /orders//1',
]

test.each(tokens)(
  'what is explained is what the authorizer decides: %s %j %j',
  async (name, claims, options) => {
    const token = await issuers.sign(name, claims, options)
    for (const request of requests) {
      const [method = '', path = ''] = request.split(' ')
      const records: string[] = []
      const authorize = createAuthorizer(access, {
        fetchJson,
        nowMs: Date.now,
        emit: (line) => records.push(line),
      })
      await authorize({
        type: 'TOKEN',
        authorizationToken: `Bearer ${token}`,
        methodArn: `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/${method}${path}`,
      }).catch(() => undefined)
      const { effect, reason, message } = JSON.parse(records[0] ?? '{}')
      const explained = await explain({
        access,
        publicRoutes: () => [],
        token,
        request: { api: 'rest', method, path },
        nowMs: Date.now,
      })
      expect({
        request,
        effect: explained.effect,
        reason: explained.reason,
        message: explained.message,
      }).toEqual({ request, effect, reason, message })
    }
  },
)
