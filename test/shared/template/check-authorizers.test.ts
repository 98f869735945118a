import { describe, expect, test } from 'vitest'
import { checked, found } from './checked.ts'
import { cdkSynth, codes, graph, http, type Resources, rest, socket } from './templates.ts'

describe('identity_source_missing: the token’s place is an identity source', () => {
  const restSource = (IdentitySource: string, more = {}) => rest({ authorizer: { IdentitySource, ...more } })
  const httpSource = (...IdentitySource: string[]) => http({ authorizer: { IdentitySource } })
  const socketSource = (...IdentitySource: string[]) => socket({ authorizer: { IdentitySource } })
  const guardOf = (template: Resources) =>
    ['HttpGuard', 'SocketGuard'].find((name) => name in template) ?? 'Guard'
  test.each<[object | undefined, Resources, boolean]>([
    [undefined, restSource('method.request.header.AUTHORIZATION'), true],
    [undefined, restSource('method.request.header.X-Token'), false],
    [undefined, restSource('method.request.querystring.Authorization'), false],
    [undefined, restSource('context.identity.sourceIp,method.request.header.Authorization'), true],
    [undefined, httpSource('$request.header.authorization'), true],
    [undefined, httpSource('$context.routeKey'), false],
    [{ header: 'X-Token' }, restSource('method.request.header.x-token'), true],
    [{ header: 'X-Token' }, restSource('method.request.header.Authorization'), false],
    [{ query: 'token' }, restSource('method.request.querystring.token'), true],
    [{ query: 'token' }, restSource('method.request.querystring.Token'), false],
    [{ query: 'token' }, httpSource('$request.querystring.token'), true],
    [{ query: 'token' }, httpSource('$request.querystring.TOKEN'), false],
    [{ cookie: 'session' }, restSource('method.request.header.Cookie'), true],
    [{ cookie: 'session' }, httpSource('$request.header.cookie'), true],
    [{ cookie: 'session' }, httpSource('$request.header.session'), false],
    [undefined, rest({ authorizer: { Type: 'TOKEN', IdentitySource: undefined } }), true],
    [{ header: 'X-Token' }, rest({ authorizer: { Type: 'TOKEN', IdentitySource: undefined } }), false],
    [{ header: 'X-Token' }, restSource('method.request.header.X-Token', { Type: 'TOKEN' }), true],
    [{ query: 'token' }, restSource('method.request.header.token', { Type: 'TOKEN' }), false],
    [{ cookie: 'session' }, restSource('method.request.header.Cookie', { Type: 'TOKEN' }), false],
    [undefined, socketSource('route.request.header.authorization'), true],
    [undefined, socketSource('route.request.querystring.Authorization'), false],
    [undefined, socketSource('route.request.header.X', 'route.request.header.Authorization'), true],
    [{ query: 'token' }, socketSource('route.request.querystring.token'), true],
    [{ query: 'token' }, socketSource('route.request.querystring.Token'), false],
    [{ cookie: 'session' }, socketSource('route.request.header.Cookie'), true],
    [{ cookie: 'session' }, socketSource('route.request.header.session'), false],
    // Not cached either: without the header X-Token, API Gateway answers 401 to a good token.
    [undefined, restSource('method.request.header.X-Token', { AuthorizerResultTtlInSeconds: 0 }), false],
  ])('%j: %#', (token, template, holds) => {
    const routes = ['Socket' in template ? '$connect' : 'GET /orders']
    const setting = token === undefined ? { routes } : { api: { token }, routes }
    expect(found(template, setting)).toEqual(holds ? [] : [`identity_source_missing ${guardOf(template)}`])
  })

  test('the mend is the source as the API writes it', () => {
    const mend = (template: Resources, token: object) =>
      checked(template, { api: { token } }).problems[0]?.mend
    expect(mend(rest(), { cookie: 'session' })).toContain(
      'add method.request.header.Cookie to IdentitySource',
    )
    expect(mend(http(), { query: 't' })).toContain('add $request.querystring.t to IdentitySource')
    expect(mend(socket(), { query: 't' })).toContain('add route.request.querystring.t to IdentitySource')
  })

  test('without sources and without a cache the function sees every request, so it is a warning', () => {
    const authorizer = { IdentitySource: undefined, AuthorizerResultTtlInSeconds: 0 }
    expect(found(rest({ authorizer }))).toEqual(['~identity_source_missing Guard'])
    expect(found(http({ authorizer }))).toEqual(['~identity_source_missing HttpGuard'])
    const unnamed = socket({ authorizer: { IdentitySource: undefined } })
    expect(found(unnamed, { routes: ['$connect'] })).toEqual(['~identity_source_missing SocketGuard'])
    expect(found(rest({ authorizer: { IdentitySource: undefined } }))).toEqual([
      'identity_source_missing Guard',
    ])
  })

  test.each([
    [undefined, true],
    [{ header: 'AUTHORIZATION' }, true],
    [{ header: 'X-Token' }, false],
    [{ query: 'token' }, false],
    [{ cookie: 'session' }, false],
  ])('AppSync carries the header Authorization, and nothing else: %j', (token, holds) => {
    const setting = { api: token === undefined ? {} : { token }, routes: ['Query.orders'] }
    expect(found(graph(), setting)).toEqual(holds ? [] : ['identity_source_missing Graph'])
  })
})

describe('property_of_http_apis: what AWS takes on HTTP APIs alone is a warning on a WebSocket API', () => {
  const routes = ['$connect']
  test.each([
    { AuthorizerResultTtlInSeconds: 300 },
    { AuthorizerPayloadFormatVersion: '2.0' },
    { EnableSimpleResponses: true },
    { AuthorizerResultTtlInSeconds: { 'Fn::ImportValue': 'x' } },
  ])('%j', (authorizer) => {
    expect(found(socket({ authorizer }), { routes })).toEqual(['~property_of_http_apis SocketGuard'])
  })

  test('0 and false ask for nothing', () => {
    const authorizer = { AuthorizerResultTtlInSeconds: 0, EnableSimpleResponses: 'false' }
    expect(found(socket({ authorizer }), { routes })).toEqual([])
  })

  test('nothing of a WebSocket API is cached, and its answer has one form, whatever the manifest says', () => {
    for (const api of [{ cacheSeconds: 0 }, { response: 'simple', cacheSeconds: 0 }])
      expect(found(socket(), { api, routes })).toEqual([])
  })
})

describe('authorizer_ttl_too_long: API Gateway caches no longer than the manifest says', () => {
  const ttl = (AuthorizerResultTtlInSeconds: number | undefined) => ({
    authorizer: { AuthorizerResultTtlInSeconds },
  })
  test.each<[number | undefined, Resources, boolean]>([
    [undefined, rest(), true],
    [undefined, rest(ttl(300)), true],
    [undefined, rest(ttl(301)), false],
    [299, rest(), false],
    [0, rest(ttl(0)), true],
    [0, rest(ttl(1)), false],
    [3600, rest(ttl(3600)), true],
    [0, http(ttl(undefined)), true],
    [0, http(ttl(1)), false],
    // Postern's own answer says how long.
    [0, graph({ lambda: { AuthorizerResultTtlInSeconds: 3600 } }), true],
  ])('cacheSeconds %s: %#', (cacheSeconds, template, holds) => {
    const setting = cacheSeconds === undefined ? {} : { api: { cacheSeconds } }
    const resource = 'Http' in template ? 'HttpGuard' : 'Guard'
    expect(found(template, setting)).toEqual(holds ? [] : [`authorizer_ttl_too_long ${resource}`])
  })
})

describe('the form of the answer on HTTP APIs', () => {
  const simple = { response: 'simple', cacheSeconds: 300 }
  const form = (authorizer: Readonly<Record<string, unknown>>, routes = {}) => http({ authorizer, ...routes })

  test('payload_unsupported: AWS makes no authorizer without a version; 1.0 is one of two', () => {
    const withVersion = (AuthorizerPayloadFormatVersion: unknown) =>
      found(form({ AuthorizerPayloadFormatVersion }))
    expect(withVersion(undefined)).toEqual(['payload_unsupported HttpGuard'])
    for (const version of ['1.0', 1, '2.0', 2]) expect(withVersion(version)).toEqual([])
  })

  test.each([
    ['the manifest', { EnableSimpleResponses: false }, simple, '"2.0" and EnableSimpleResponses to true'],
    ['the manifest and the template', { EnableSimpleResponses: true }, simple, '"2.0"'],
    ['the template', { EnableSimpleResponses: true }, {}, 'take EnableSimpleResponses out'],
  ])('response_mismatch: payload 1.0, and %s wants simple responses', (_, authorizer, api, mend) => {
    const template = form({ AuthorizerPayloadFormatVersion: '1.0', ...authorizer })
    const { problems } = checked(template, { api })
    expect(codes(problems)).toEqual(['response_mismatch HttpGuard'])
    expect(problems[0]?.message).toContain('with payload 1.0 an HTTP API takes policies alone')
    expect(problems[0]?.mend).toContain(mend)
  })

  test('response_mismatch: the wrong form is a 500', () => {
    const uncached = { AuthorizerResultTtlInSeconds: 0 }
    expect(found(form({ EnableSimpleResponses: true }))).toEqual(['response_mismatch HttpGuard'])
    expect(found(form({}), { api: simple })).toEqual(['response_mismatch HttpGuard'])
    expect(found(form({ EnableSimpleResponses: true, ...uncached }), { api: simple })).toEqual([])
    // REST APIs know one form.
    expect(found(rest(), { api: simple })).toEqual([])
  })

  const keyed = {
    EnableSimpleResponses: true,
    IdentitySource: ['$request.header.Authorization', '$context.routeKey'],
  }
  test('simple_response_cached: by the token alone, one answer would be that of every route', () => {
    expect(found(form({ EnableSimpleResponses: true }), { api: simple })).toEqual([
      'simple_response_cached HttpGuard',
    ])
    expect(found(form(keyed), { api: simple })).toEqual([])
    const cdk = { api: { ...simple, public: ['GET /health'] }, routes: ['$default', 'GET /orders/{id}'] }
    expect(found(cdkSynth, cdk)).toEqual([])
  })

  test.each([
    ['GET /orders', 'GET /orders', false],
    ['ANY /orders', 'ANY /orders', false],
    ['GET /orders/{id}', 'GET /orders/{name}', false],
    // Nobody reaches it, so nothing is cached for it.
    ['GET /orders', 'GET /invoices', false],
    ['GET /orders', 'ANY /orders', false],
    ['GET /orders', 'GET /{proxy+}', false],
    ['GET /orders', '$default', false],
    // POST /orders would be answered as GET /orders was.
    ['ANY /orders', 'GET /orders', true],
    ['GET /files/{proxy+}', 'GET /files/a', true],
    ['ANY /{proxy+}', 'GET /health', true],
    ['$default', 'ANY /orders', true],
    ['GET /orders/{id}', 'GET /orders/mine', true],
    // Which of the two API Gateway takes is not sure.
    ['GET /a/{x}', 'GET /{x}/b', true],
  ])('simple_response_cached: the API has %s and the manifest %s: %s', (RouteKey, route, isFiner) => {
    const template = form(keyed, { read: { RouteKey }, list: { RouteKey: 'GET /other' } })
    const expected = isFiner ? ['simple_response_cached HttpGuard'] : []
    expect(found(template, { api: simple, routes: [route] })).toEqual(expected)
  })

  test('simple_response_cached: a public route may be finer too', () => {
    const template = form(keyed, { read: { RouteKey: 'ANY /{proxy+}' } })
    const { problems } = checked(template, { api: { ...simple, public: ['GET /health'] } })
    expect(codes(problems)).toEqual(['simple_response_cached HttpGuard'])
    expect(problems[0]?.message).toContain('GET /health')
  })
})
