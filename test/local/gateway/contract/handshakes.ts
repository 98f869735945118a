import { describe, expect, it } from 'vitest'
import { allow, type Event, policy, timeout } from './stand.ts'
import { echo, type Suite } from './suite.ts'
import { connect, connected, withToken } from './websocket-client.ts'
import { webSocketAuthorizer } from './websocket-template.ts'

const everything = () => allow('*')
const keys = (value: object) => Object.keys(value).sort()
const throws = (message: string) => () => {
  throw new Error(message)
}
/** Answers `$connect` with `answer`, and echoes whatever else comes. */
const onConnect = (answer: unknown) => (event: Event) =>
  event.requestContext.eventType === 'CONNECT' ? answer : echo(event, 0)

export function describeHandshakes({ webSocket }: Suite): void {
  describe('A1 WebSocket $connect event', () => {
    it('A1: has the documented keys: no path, no httpMethod, no pathParameters', async () => {
      const stand = await webSocket(everything, { stageVariables: { color: 'blue' } })
      const headers = { Authorization: 'Bearer a', 'User-Agent': 'probe' }
      await connected(stand.url('Ws'), { path: '?a=1&a=2&b=%20', headers })
      const [event] = stand.calls('Authorize')
      expect(keys(event)).toEqual([
        'headers',
        'methodArn',
        'multiValueHeaders',
        'multiValueQueryStringParameters',
        'queryStringParameters',
        'requestContext',
        'stageVariables',
        'type',
      ])
      expect(event).toMatchObject({
        type: 'REQUEST',
        headers: { Authorization: 'Bearer a', Upgrade: 'websocket' },
        multiValueHeaders: { Authorization: ['Bearer a'] },
        queryStringParameters: { a: '2', b: ' ' },
        multiValueQueryStringParameters: { a: ['1', '2'], b: [' '] },
        stageVariables: { color: 'blue' },
      })
      expect(event.methodArn).toMatch(/^arn:aws:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]{10}\/live\/\$connect$/)
    })
    it('A1: the context of the request tells the connection and no path', async () => {
      const stand = await webSocket(everything)
      await connected(stand.url('Ws'), withToken)
      const { requestContext } = stand.calls('Authorize')[0]
      expect(keys(requestContext)).toEqual([
        'apiId',
        'connectedAt',
        'connectionId',
        'domainName',
        'eventType',
        'extendedRequestId',
        'identity',
        'messageDirection',
        'requestId',
        'requestTime',
        'requestTimeEpoch',
        'routeKey',
        'stage',
      ])
      expect(requestContext).toMatchObject({
        routeKey: '$connect',
        eventType: 'CONNECT',
        messageDirection: 'IN',
        stage: 'live',
        identity: { sourceIp: '127.0.0.1' },
      })
      expect(requestContext.connectionId).toMatch(/^[\w-]{15}=$/)
      expect(stand.calls('Backend')[0].requestContext.connectionId).toBe(requestContext.connectionId)
    })
  })

  describe('A5 handshakes that are refused', () => {
    for (const headers of [{}, { Authorization: '' }] as Record<string, string>[])
      it(`A5: header ${'Authorization' in headers ? 'empty' : 'missing'}: 401, nobody is asked`, async () => {
        const stand = await webSocket(everything)
        expect(await connect(stand.url('Ws'), { headers })).toMatchObject({
          status: 401,
          json: { message: 'Unauthorized' },
        })
        expect([...stand.calls('Authorize'), ...stand.calls('Backend')]).toEqual([])
      })
    it('A5: one of several sources missing: 401; a query name keeps its case, a header name does not', async () => {
      const IdentitySource = ['route.request.header.authorization', 'route.request.querystring.Key']
      const stand = await webSocket(everything, { authorizer: { ...webSocketAuthorizer, IdentitySource } })
      for (const path of ['', '?key=k', '?Key='])
        expect((await connect(stand.url('Ws'), { ...withToken, path })).status, path).toBe(401)
      expect(stand.calls('Authorize')).toEqual([])
      expect((await connect(stand.url('Ws'), { ...withToken, path: '?Key=k' })).status).toBe(101)
    })
    for (const [message, status] of [
      ['Unauthorized', 401],
      ['Unauthorized: expired', 500],
      ['unauthorized', 500],
      ['', 500],
    ] as const)
      it(`A5: throws "${message}": ${status}, $connect is not reached`, async () => {
        const stand = await webSocket(throws(message))
        expect((await connect(stand.url('Ws'))).status).toBe(status)
        expect(stand.calls('Backend')).toEqual([])
      })
    for (const [what, answer] of [
      ['an explicit deny', policy([{ Effect: 'Deny', Action: '*', Resource: '*' }])],
      ['another route allowed', allow('arn:aws:execute-api:*:*:*/live/$default')],
      ['another stage allowed', allow('arn:aws:execute-api:*:*:*/prod/$connect')],
      ['a path of REST allowed', allow('arn:aws:execute-api:*:*:*/live/GET/$connect')],
    ] as const)
      it(`A5: ${what}: 403`, async () => {
        const stand = await webSocket(() => answer)
        expect(await connect(stand.url('Ws'))).toMatchObject({ status: 403, json: { message: 'Forbidden' } })
        expect(stand.calls('Backend')).toEqual([])
      })
    it('A5: the ARN of $connect allowed and no more: 101', async () => {
      const stand = await webSocket((event) => allow(event.methodArn))
      expect((await connect(stand.url('Ws'))).status).toBe(101)
    })
    for (const [what, answer] of [
      ['the simple form', { isAuthorized: true }],
      ['no principalId', { ...allow('*'), principalId: undefined }],
      ['a list in the context', allow('*', { roles: ['a'] })],
      ['nothing', null],
    ] as const)
      it(`A4: ${what}: 500`, async () => {
        const stand = await webSocket(() => answer)
        expect((await connect(stand.url('Ws'))).status).toBe(500)
        expect(stand.calls('Backend')).toEqual([])
      })
    it('A5, A7: no answer in time: 500, after no more than 29 seconds', async () => {
      const stand = await webSocket(() => timeout)
      expect((await connect(stand.url('Ws'))).status).toBe(500)
      expect(stand.timeouts('Authorize')).toEqual([29_000])
    })
    it('A5, A2: no permission for the authorizer: 500, not invoked', async () => {
      const stand = await webSocket(everything, {
        resources: { AuthorizePermission: { Type: 'AWS::SNS::Topic' } },
      })
      expect((await connect(stand.url('Ws'))).status).toBe(500)
      expect(stand.calls('Authorize')).toEqual([])
    })
  })

  describe('A6 nothing is cached at a handshake', () => {
    it('A6: an allow is not: the next handshake is asked about, and may be refused', async () => {
      let asked = 0
      const stand = await webSocket(() =>
        ++asked === 1 ? allow('*') : policy([{ Effect: 'Deny', Action: '*', Resource: '*' }]),
      )
      const statuses = [await connect(stand.url('Ws')), await connect(stand.url('Ws'))].map(
        ({ status }) => status,
      )
      expect([statuses, asked]).toEqual([[101, 403], 2])
    })
  })

  describe('what $connect answers', () => {
    for (const [what, answer, status] of [
      ['403', { statusCode: 403, body: 'internal reason' }, 403],
      ['400', { statusCode: 400 }, 400],
      ['399', { statusCode: 399 }, 101],
      ['nothing', null, 502],
      ['no answer in time', timeout, 504],
    ] as const)
      it(`${what}: ${status}`, async () => {
        const stand = await webSocket(everything, {}, onConnect(answer))
        const client = await connect(stand.url('Ws'))
        expect(client.status).toBe(status)
        expect(JSON.stringify(client)).not.toContain('internal')
      })
    it('throws: 502, its message not handed on', async () => {
      const stand = await webSocket(everything, {}, throws('backend secret'))
      const client = await connect(stand.url('Ws'))
      expect(client.status).toBe(502)
      expect(JSON.stringify(client)).not.toContain('secret')
    })
    it('no permission: 500, not invoked', async () => {
      const stand = await webSocket(everything, {
        resources: { BackendPermission: { Type: 'AWS::SNS::Topic' } },
      })
      expect((await connect(stand.url('Ws'))).status).toBe(500)
      expect(stand.calls('Backend')).toEqual([])
    })
    it('without an integration the authorizer alone decides; without the route anybody connects', async () => {
      const bare = await webSocket(everything, { routes: { $connect: false } })
      expect((await connect(bare.url('Ws'), {})).status).toBe(401)
      expect((await connect(bare.url('Ws'))).status).toBe(101)
      const none = await webSocket(everything, { routes: { $default: true } })
      expect((await connect(none.url('Ws'), {})).status).toBe(101)
      expect([...none.calls('Authorize'), ...none.calls('Backend')]).toEqual([])
    })
    it('chooses the subprotocol, of those offered and no other; without it there is none', async () => {
      const choose = (value: string) =>
        onConnect({ statusCode: 200, headers: { 'sec-websocket-protocol': value } })
      const protocols = ['bearer', 'token-in-a-protocol']
      const stand = await webSocket(everything, {}, choose('bearer'))
      expect((await connected(stand.url('Ws'), { ...withToken, protocols })).protocol).toBe('bearer')
      const [event] = stand.calls('Authorize')
      expect(event.headers['Sec-WebSocket-Protocol']).toBe(protocols.join(','))
      for (const value of ['other', 'bearer\r\nX-Injected: 1', '']) {
        const none = await webSocket(everything, {}, choose(value))
        const refused = connect(none.url('Ws'), { ...withToken, protocols })
        await expect(refused, value).rejects.toThrow('Server sent no subprotocol')
      }
    })
  })
}
