import { describe, expect, test } from 'vitest'
import type { AppSyncAnswer } from '../../../functions/authorizer/appsync.ts'
import type { PolicyAnswer } from '../../../functions/authorizer/render.ts'
import { accessOf, withApp } from '../../support/access.ts'
import { contextOf, expectRefused, lets } from '../../support/answers.ts'
import { withKeys } from '../../support/attacks.ts'
import { standOf } from '../../support/calls.ts'
import { appSync, http1, prefix, webSocket } from '../../support/events.ts'
import { setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter, nowSeconds } from '../../support/token.ts'

const iss = 'https://id.partner.example'
const key = makeKey('Ed25519', 'k1')
const mint = minter(key, 'EdDSA', baseClaims(iss))
const manifest = {
  version: 1,
  issuers: { partner: { type: 'oidc', issuer: iss, audience: ['orders'], algorithms: ['EdDSA'] } },
  api: { routesFile: './routes.json' },
  roles: {
    reader: {
      trust: [{ issuer: 'partner', claims: { groups: 'readers' } }],
      routes: ['GET /orders', 'Query.orders', 'Query.order'],
    },
    talker: { trust: [{ issuer: 'partner', claims: { groups: 'talkers' } }], routes: ['$connect'] },
    payer: { trust: [{ issuer: 'partner', claims: { groups: 'payers' } }], routes: ['Mutation.pay'] },
  },
}
const fields = ['Query.orders', 'Query.order', 'Query.secrets', 'Mutation.pay', 'Mutation.cancel']
const access = withKeys(accessOf(manifest, { rest: ['GET /orders'], appsync: fields }), () => ({
  jwks: setOf(key) as never,
}))
const tokenOf = (...groups: string[]) => mint({ claims: { groups } })

describe('the handshake of a WebSocket API', () => {
  test('is let in by a role that lists $connect, and by nothing else', async () => {
    const value = tokenOf('talkers')
    const outcome = await standOf(access).call(webSocket.event(`Bearer ${value}`))
    expect((outcome.answer as PolicyAnswer).policyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: [`${prefix}/$connect`] },
    ])
    expect(outcome.record).toMatchObject({
      api: 'websocket',
      method: '',
      path: '$connect',
      route: '$connect',
    })
  })

  test('a role with routes alone does not connect', async () => {
    const outcome = await standOf(access).call(webSocket.event(`Bearer ${tokenOf('readers')}`))
    expect(outcome.record).toMatchObject({ effect: 'deny', reason: 'route_not_granted' })
    expect(lets(outcome, webSocket.arn())).toBe(false)
    expect((outcome.answer as PolicyAnswer).policyDocument.Statement).toEqual([
      { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: [`${prefix}/*`] },
    ])
  })

  test.each([
    ['a path for the handshake', `${prefix}/GET/orders`],
    ['another route', `${prefix}/$default`],
    ['more behind it', `${prefix}/$connect/x`],
    ['a wildcard for the API', 'arn:aws:execute-api:eu-west-1:123456789012:*/prod/$connect'],
  ])('an event whose ARN has %s is broken', async (_, methodArn) => {
    const event = { ...webSocket.event(`Bearer ${tokenOf('talkers')}`), methodArn }
    expect((await standOf(access).call(event)).record).toMatchObject({ reason: 'event_invalid' })
  })

  test.each(['$disconnect', '$default', 'orders'])(
    'an event for %s is none that is asked about',
    async (routeKey) => {
      const event = { ...webSocket.event(`Bearer ${tokenOf('talkers')}`), requestContext: { routeKey } }
      expect((await standOf(access).call(event)).record).toMatchObject({ reason: 'event_unknown' })
    },
  )
})

describe('AppSync', () => {
  const call = async (token: string, cacheSeconds = 300) => {
    const outcome = await standOf(withApp(access, { cacheSeconds })).call(appSync.event(token))
    return { ...outcome, answer: outcome.answer as AppSyncAnswer }
  }

  test('is told every field of the routes file that no role of the caller lists', async () => {
    const { answer, record } = await call(`Bearer ${tokenOf('readers')}`)
    expect(answer).toMatchObject({
      isAuthorized: true,
      deniedFields: ['Query.secrets', 'Mutation.pay', 'Mutation.cancel'],
    })
    expect(contextOf({ answer })).toMatchObject({ roles: 'reader', subject: 'bot-1', issuer: 'partner' })
    expect(record).toMatchObject({ api: 'appsync', apiId: 'a1b2c3d4e5', effect: 'allow' })
  })

  test('two roles of a caller are one grant', async () => {
    const { answer } = await call(tokenOf('readers', 'payers'))
    expect(answer.deniedFields).toEqual(['Query.secrets', 'Mutation.cancel'])
  })

  test('a field that only the manifest names is refused to the others, though the list lacks it', async () => {
    const older = withKeys(accessOf(manifest, { appsync: ['Query.orders'] }), () => ({
      jwks: setOf(key) as never,
    }))
    const reader = await standOf(older).call(appSync.event(tokenOf('readers')))
    expect(reader.answer).toMatchObject({ isAuthorized: true, deniedFields: ['Mutation.pay'] })
    const payer = await standOf(older).call(appSync.event(tokenOf('payers')))
    expect(payer.answer).toMatchObject({ isAuthorized: true, deniedFields: ['Query.orders', 'Query.order'] })
  })

  test('a caller without any field is refused whole', async () => {
    const { answer, record } = await call(tokenOf('talkers'))
    expect(answer).toEqual({ isAuthorized: false, ttlOverride: 300 })
    expect(record).toMatchObject({ effect: 'deny', reason: 'route_not_granted' })
  })

  test('without a list of fields nothing can be denied, so nobody is let in', async () => {
    const outcome = await standOf(withApp(access, { fields: [] })).call(appSync.event(tokenOf('readers')))
    expect(outcome.answer).toMatchObject({ isAuthorized: false })
    expect(outcome.record).toMatchObject({ effect: 'deny', reason: 'route_unknown' })
  })

  test.each([
    [100, 300, 100],
    [100.9, 300, 100],
    [0.5, 300, 0],
    [1000, 300, 300],
    [1000, 0, 0],
  ])('an answer ends with its token: %d s left, cacheSeconds %i', async (left, cacheSeconds, ttlOverride) => {
    const token = mint({ claims: { groups: ['readers'], exp: nowSeconds + left } })
    expect((await call(token, cacheSeconds)).answer.ttlOverride).toBe(ttlOverride)
  })

  test('what time may cure is not kept, what is final is', async () => {
    const early = await call(mint({ claims: { nbf: nowSeconds + 60 } }))
    expect(early.answer).toEqual({ isAuthorized: false, ttlOverride: 0 })
    const expired = await call(mint({ claims: { exp: nowSeconds } }))
    expect(expired.answer).toEqual({ isAuthorized: false, ttlOverride: 300 })
  })

  test.each([
    [{ place: 'query', name: 'token' }],
    [{ place: 'cookie', name: 'token' }],
    [{ place: 'header', name: 'x-token' }],
  ] as const)(
    'keeps answers by the header authorization, so a token in %j is a fault of the setup',
    async (token) => {
      const outcome = await standOf(withApp(access, { token })).call(appSync.event(tokenOf('readers')))
      expectRefused(appSync, outcome, 'token_place_unreachable', '')
    },
  )
})

describe('HTTP API 1.0', () => {
  test('gets a policy where the app says simple responses, since AWS takes nothing else there', async () => {
    const simple = withApp(access, { response: 'simple' })
    const outcome = await standOf(simple).call(http1.event(`Bearer ${tokenOf('readers')}`))
    expect(lets(outcome, http1.arn())).toBe(true)
    expect(outcome.answer).toHaveProperty('policyDocument')
  })

  test('a version that is neither is no event', async () => {
    const event = { ...http1.event(`Bearer ${tokenOf('readers')}`), version: '3.0' }
    expect((await standOf(access).call(event)).record.reason).toBe('event_unknown')
  })
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['test-invoke-source-ip', undefined],
  ['192.0.2.1\r\nx: y', undefined],
  ['abc', undefined],
])('the source address %j is recorded as %j', async (sourceIp, recorded) => {
  const event = http1.event(`Bearer ${tokenOf('readers')}`)
  const requestContext = { ...(event.requestContext as object), identity: { sourceIp } }
  const { record } = await standOf(access).call({ ...event, requestContext })
  expect(record.sourceIp).toBe(recorded)
})
