import { describe, expect, it } from 'vitest'
import { allow, bearer, policy, send } from './stand.ts'
import type { Suite } from './suite.ts'
import { httpAuthorizer1 } from './templates.ts'

const everything = () => allow('*')
const serverError = { status: 500, json: { message: 'Internal Server Error' } }
const both: [string, string][] = [
  ['Authorization', 'user1'],
  ['X-Key', '123'],
]

export function describePayload1({ http }: Suite): void {
  const http1: Suite['http'] = (authorize, properties = {}, spec = {}, backend) =>
    http(authorize, { ...httpAuthorizer1, ...properties }, { payload: '1.0', ...spec }, backend)

  describe('A1 HTTP API payload 1.0 event', () => {
    it('A1: has the documented keys; the sources joined by commas, twice', async () => {
      const IdentitySource = ['$request.header.Authorization', '$request.header.X-Key']
      const stand = await http1(everything, { IdentitySource }, { stageVariables: { color: 'blue' } })
      await send(stand.url('Http'), '/pets/a%20b?a=1&a=2', { headers: both })
      const [event] = stand.calls('Authorize')
      expect(Object.keys(event).sort()).toEqual([
        'authorizationToken',
        'headers',
        'httpMethod',
        'identitySource',
        'methodArn',
        'multiValueHeaders',
        'multiValueQueryStringParameters',
        'path',
        'pathParameters',
        'queryStringParameters',
        'requestContext',
        'resource',
        'stageVariables',
        'type',
        'version',
      ])
      expect(event).toMatchObject({
        version: '1.0',
        type: 'REQUEST',
        identitySource: 'user1,123',
        authorizationToken: 'user1,123',
        resource: '/pets/{id}',
        path: '/pets/a%20b',
        httpMethod: 'GET',
        pathParameters: { id: 'a b' },
        multiValueQueryStringParameters: { a: ['1', '2'] },
        stageVariables: { color: 'blue' },
        requestContext: {
          path: '/pets/a%20b',
          resourcePath: '/pets/{id}',
          resourceId: 'GET /pets/{id}',
          httpMethod: 'GET',
          stage: '$default',
          identity: { sourceIp: '127.0.0.1' },
        },
      })
      expect(event.methodArn).toMatch(/^arn:aws:execute-api:[^/]+:[a-z0-9]{10}\/\$default\/GET\/pets\/a%20b$/)
    })
    it('A1: a named stage stands in the paths, not in the resource, and in the ARN as its stage only', async () => {
      const stand = await http1(everything, {}, { stage: 'dev' })
      await send(stand.url('Http'), '/pets', bearer)
      const [event] = stand.calls('Authorize')
      expect([event.path, event.requestContext.path]).toEqual(['/dev/pets', '/dev/pets'])
      expect([event.resource, event.requestContext.resourcePath]).toEqual(['/pets', '/pets'])
      expect(event.methodArn).toMatch(/[a-z0-9]{10}\/dev\/GET\/pets$/)
    })
    it('A1: the resource of $default is $default', async () => {
      const stand = await http1(everything, {}, { routes: [{ route: '$default', authorizer: 'A' }] })
      await send(stand.url('Http'), '/any/where', bearer)
      const { resource, requestContext } = stand.calls('Authorize')[0]
      expect([resource, requestContext.resourcePath, requestContext.resourceId]).toEqual(
        Array(3).fill('$default'),
      )
    })
    it('A1 [U]: both are null where no source is configured', async () => {
      const stand = await http1(everything, { IdentitySource: undefined })
      await send(stand.url('Http'), '/pets')
      expect(stand.calls('Authorize')[0]).toMatchObject({ identitySource: null, authorizationToken: null })
    })
  })

  describe('A4, A5 HTTP API payload 1.0 answers', () => {
    it('A5: source missing: 401, not invoked', async () => {
      const stand = await http1(everything)
      expect(await send(stand.url('Http'), '/pets')).toMatchObject({
        status: 401,
        json: { message: 'Unauthorized' },
      })
      expect(stand.calls('Authorize')).toEqual([])
    })
    for (const [what, answer] of [
      ['the simple form', { isAuthorized: true }],
      ['a list in the context', allow('*', { roles: ['a'] })],
      ['a map in the context', allow('*', { claims: { a: 1 } })],
    ] as const)
      it(`A4: ${what}: 500`, async () => {
        const stand = await http1(() => answer)
        expect(await send(stand.url('Http'), '/pets', bearer)).toMatchObject(serverError)
        expect(stand.calls('Backend')).toEqual([])
      })
    it('A5: a deny is 403 Forbidden; "Unauthorized" thrown is a 500, as with 2.0', async () => {
      const denying = await http1(() => policy([{ Effect: 'Deny', Action: '*', Resource: '*' }]))
      expect(await send(denying.url('Http'), '/pets', bearer)).toMatchObject({
        status: 403,
        json: { message: 'Forbidden' },
      })
      const throwing = await http1(() => {
        throw new Error('Unauthorized')
      })
      expect(await send(throwing.url('Http'), '/pets', bearer)).toMatchObject(serverError)
    })
    it('A6: a cached policy is evaluated again for the next route', async () => {
      const stand = await http1((event) => allow(event.methodArn), { AuthorizerResultTtlInSeconds: 60 })
      expect((await send(stand.url('Http'), '/pets', bearer)).status).toBe(200)
      expect((await send(stand.url('Http'), '/pets/1', bearer)).status).toBe(403)
      expect(stand.calls('Authorize')).toHaveLength(1)
    })
  })

  describe('HTTP API integrations with payload 1.0', () => {
    it('A4 [U]: the context flat and as text, beside claims and scopes, which it cannot set', async () => {
      const context = { text: 'a', number: 1.5, yes: true, claims: 'admin', scopes: 'all' }
      const stand = await http1(() => allow('*', context))
      const { json } = await send(stand.url('Http'), '/pets', bearer)
      expect(json.requestContext.authorizer).toEqual({
        text: 'a',
        number: '1.5',
        yes: 'true',
        claims: null,
        scopes: null,
      })
    })
    it('[U]: lists and maps that an authorizer with 2.0 may give arrive in JSON', async () => {
      const version = { AuthorizerPayloadFormatVersion: '2.0' }
      const stand = await http1(() => allow('*', { list: [1], map: { a: 1 } }), version)
      const { json } = await send(stand.url('Http'), '/pets', bearer)
      expect(json.requestContext.authorizer).toMatchObject({ list: '[1]', map: '{"a":1}' })
    })
    it('A4: an authorizer with 1.0 and an integration with 2.0: the context under lambda', async () => {
      const stand = await http1(() => allow('*', { a: 1 }), {}, { payload: '2.0' })
      const { json } = await send(stand.url('Http'), '/pets', bearer)
      expect([json.version, json.requestContext.authorizer]).toEqual(['2.0', { lambda: { a: 1 } }])
    })
    it('maps that are empty are null, and a public route has no authorizer', async () => {
      const stand = await http1(everything, {}, { routes: [{ route: 'GET /open' }] })
      const { json } = await send(stand.url('Http'), '/open')
      expect(json).toMatchObject({
        version: '1.0',
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        pathParameters: null,
        stageVariables: null,
        body: null,
        isBase64Encoded: false,
      })
      expect(json.requestContext).not.toHaveProperty('authorizer')
    })
    it('base64 for a body that is no text', async () => {
      const stand = await http1(everything)
      const headers: [string, string][] = [...both, ['Content-Type', 'application/octet-stream']]
      const sent = { method: 'POST', headers, body: new Uint8Array([0, 255]) }
      expect((await send(stand.url('Http'), '/pets', sent)).json).toMatchObject({
        body: 'AP8=',
        isBase64Encoded: true,
      })
    })
    it('nothing is inferred of an answer: without a status it is a 500, with 2.0 a 200', async () => {
      const backend = () => ({ say: 'hello' })
      const [one, two] = [
        await http1(everything, {}, {}, backend),
        await http1(everything, {}, { payload: '2.0' }, backend),
      ]
      expect(await send(one.url('Http'), '/pets', bearer)).toMatchObject(serverError)
      expect(await send(two.url('Http'), '/pets', bearer)).toMatchObject({
        status: 200,
        json: { say: 'hello' },
      })
    })
    it('the status, and several values of a header, come through', async () => {
      const multiValueHeaders = { 'set-cookie': ['a=1', 'b=2'] }
      const backend = () => ({
        statusCode: 418,
        headers: { 'x-pot': 'tea' },
        multiValueHeaders,
        body: 'short',
      })
      const stand = await http1(everything, {}, {}, backend)
      const answer = await send(stand.url('Http'), '/pets', bearer)
      expect(answer).toMatchObject({ status: 418, text: 'short' })
      expect(answer.headers).toMatchObject({ 'x-pot': 'tea', 'set-cookie': ['a=1', 'b=2'] })
    })
  })
}
