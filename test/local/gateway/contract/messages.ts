import { describe, expect, it } from 'vitest'
import { allow, type Event, type Stand } from './stand.ts'
import { echo, type Suite } from './suite.ts'
import { calls, connected } from './websocket-client.ts'

const everything = () => allow('*', { text: 'a', number: 1.5, yes: true, principalId: 'root' })
const authorizer = { text: 'a', number: '1.5', yes: 'true', principalId: 'bot' }
/** Long enough for a message that should not have come. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 50))

export function describeMessages({ webSocket }: Suite): void {
  async function routeOf(stand: Stand, message: string): Promise<string> {
    const client = await connected(stand.url('Ws'))
    client.send(message)
    return (await client.next()).requestContext.routeKey
  }

  describe('WebSocket messages', () => {
    it('A4: have the context of the handshake as text, and its principal; the authorizer is not asked again', async () => {
      const stand = await webSocket(everything, { stageVariables: { color: 'blue' } })
      const client = await connected(stand.url('Ws'))
      client.send('{"action":"orders","id":1}')
      const event = await client.next()
      expect(Object.keys(event).sort()).toEqual([
        'body',
        'isBase64Encoded',
        'requestContext',
        'stageVariables',
      ])
      expect(event).toMatchObject({ body: '{"action":"orders","id":1}', isBase64Encoded: false })
      expect(event.requestContext).toMatchObject({ eventType: 'MESSAGE', routeKey: 'orders', authorizer })
      expect(event.requestContext.messageId).toBe(event.requestContext.requestId)
      const [open] = stand.calls('Backend')
      expect(open.requestContext).toMatchObject({ routeKey: '$connect', authorizer })
      expect(event.requestContext.connectionId).toBe(open.requestContext.connectionId)
      expect(stand.calls('Authorize')).toHaveLength(1)
    })
    it('without an authorizer have none in their events', async () => {
      const stand = await webSocket(everything, { authorizer: null })
      const client = await connected(stand.url('Ws'))
      client.send('{}')
      expect((await client.next()).requestContext).not.toHaveProperty('authorizer')
    })
    for (const [message, key] of [
      ['{"action":"orders"}', 'orders'],
      ['{"action":"unknown"}', '$default'],
      ['{"action":["orders"]}', '$default'],
      ['{"Action":"orders"}', '$default'],
      ['"orders"', '$default'],
      ['[]', '$default'],
      ['orders', '$default'],
      ['', '$default'],
    ])
      it(`'${message}' goes to ${key}`, async () => {
        expect(await routeOf(await webSocket(everything), message ?? '')).toBe(key)
      })
    for (const name of ['$connect', '$disconnect', '$default', '__proto__', 'constructor'])
      it(`attack: a message that names the route ${name} opens and ends nothing`, async () => {
        const stand = await webSocket(everything)
        expect(await routeOf(stand, JSON.stringify({ action: name }))).toBe('$default')
        expect(await routeOf(stand, `{"__proto__":{"action":"${name}"}}`)).toBe('$default')
      })
    it('attack: nothing in a message gets into the context of its event', async () => {
      const stand = await webSocket(everything)
      const client = await connected(stand.url('Ws'))
      client.send('{"action":"orders","requestContext":{"authorizer":{"principalId":"root"}}}')
      expect((await client.next()).requestContext.authorizer).toEqual(authorizer)
    })
    it('the selection may lead through members', async () => {
      const stand = await webSocket(everything, { selection: '$request.body.meta.route' })
      expect(await routeOf(stand, '{"meta":{"route":"orders"}}')).toBe('orders')
      expect(await routeOf(stand, '{"meta":"orders","route":"orders"}')).toBe('$default')
    })
    it('without a route are answered with Forbidden, and the connection stays', async () => {
      const stand = await webSocket(everything, { routes: { $connect: true, orders: true } })
      const client = await connected(stand.url('Ws'))
      client.send('{"action":"users"}')
      const { connectionId } = stand.calls('Backend')[0].requestContext
      expect(await client.next()).toEqual({
        message: 'Forbidden',
        connectionId,
        requestId: expect.any(String),
      })
      client.send('{"action":"orders"}')
      expect((await client.next()).requestContext.routeKey).toBe('orders')
    })
    it('whose function fails, or that no permission opens, are answered without a word of why', async () => {
      const failing = (event: Event) => {
        if (event.requestContext.eventType === 'MESSAGE') throw new Error('backend secret')
        return echo(event, 0)
      }
      const onlyConnect = {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'Backend' },
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
          SourceArn: { 'Fn::Sub': `arn:aws:execute-api:*:*:\${Ws}/*/$connect` },
        },
      }
      const stands = [
        await webSocket(everything, {}, failing),
        await webSocket(everything, { resources: { BackendPermission: onlyConnect } }),
      ]
      for (const stand of stands) {
        const client = await connected(stand.url('Ws'))
        client.send('{"action":"orders"}')
        const answer = await client.next()
        expect(answer.message).toBe('Internal server error')
        expect(Object.keys(answer).sort()).toEqual(['connectionId', 'message', 'requestId'])
      }
      expect(stands[1]?.calls('Backend')).toHaveLength(1)
    })
    it('that get no text back get no message back', async () => {
      const quiet = (event: Event) => (event.body === 'quiet' ? { statusCode: 200 } : echo(event, 0))
      const stand = await webSocket(everything, {}, quiet)
      const client = await connected(stand.url('Ws'))
      client.send('quiet')
      await calls(stand, 'Backend', 2)
      client.send('loud')
      expect((await client.next()).body).toBe('loud')
    })
    it('of 128 KB are taken; one byte more ends the connection and reaches no function', async () => {
      const stand = await webSocket(everything, {}, (event) =>
        event.body ? { statusCode: 200, body: String(event.body.length) } : { statusCode: 200 },
      )
      const client = await connected(stand.url('Ws'))
      client.send('a'.repeat(128 * 1024))
      expect(await client.next()).toBe(128 * 1024)
      client.send('a'.repeat(128 * 1024 + 1))
      expect(await client.closed).toBe(1009)
      const events = (await calls(stand, 'Backend', 3)).map((event) => event.requestContext.eventType)
      expect(events).toEqual(['CONNECT', 'MESSAGE', 'DISCONNECT'])
    })
    it('that are binary end the connection with 1003 and reach no function', async () => {
      const stand = await webSocket(everything)
      const client = await connected(stand.url('Ws'))
      client.send(new Uint8Array([1]))
      expect(await client.closed).toBe(1003)
      const events = (await calls(stand, 'Backend', 2)).map((event) => event.requestContext.eventType)
      expect(events).toEqual(['CONNECT', 'DISCONNECT'])
    })
  })

  describe('WebSocket $disconnect', () => {
    it('is told once, with the code, the reason and the context', async () => {
      const stand = await webSocket(everything)
      const client = await connected(stand.url('Ws'))
      client.close(4001, 'done')
      const [open, end] = await calls(stand, 'Backend', 2)
      expect(end).not.toHaveProperty('body')
      expect(end.requestContext).toMatchObject({
        routeKey: '$disconnect',
        eventType: 'DISCONNECT',
        disconnectStatusCode: 4001,
        disconnectReason: 'done',
        authorizer,
        connectionId: open.requestContext.connectionId,
        connectedAt: open.requestContext.connectedAt,
      })
      await aWhile()
      expect(stand.calls('Backend')).toHaveLength(2)
    })
    it('is told to nobody where there is no such route', async () => {
      const stand = await webSocket(everything, { routes: { $connect: true } })
      const client = await connected(stand.url('Ws'))
      client.close()
      await client.closed
      await aWhile()
      expect(stand.calls('Backend')).toHaveLength(1)
    })
  })
}
