import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { allow, bearer, type Event, type Stand, send } from './contract/stand.ts'
import { echo } from './contract/suite.ts'
import { requestAuthorizer, restTemplate } from './contract/templates.ts'
import { calls, connect, connected, withToken } from './contract/websocket-client.ts'
import { type WebSocketSpec, webSocketTemplate } from './contract/websocket-template.ts'
import { startLocalGateway } from './local-stand.ts'

const rest = restTemplate({
  routes: [{ route: 'GET /{proxy+}', authorizer: 'R' }],
  authorizers: { R: requestAuthorizer },
})

let stand: Stand
afterEach(() => stand.close())

async function start(authorize: () => unknown = () => allow('*'), spec: WebSocketSpec = {}): Promise<string> {
  const { Resources } = webSocketTemplate(spec)
  const template = { Resources: { ...rest.Resources, ...Resources } }
  stand = await startLocalGateway(template, { Authorize: authorize, Backend: echo })
  return stand.url('Ws')
}

/** Long enough for a socket to be closed on both ends. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 50))

const asked = () => [...stand.calls('Authorize'), ...stand.calls('Backend')]
const upgrade = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
}
const upgradeWith = (changed: object) => ({
  ...bearer,
  headers: [...(bearer.headers ?? []), ...Object.entries({ ...upgrade, ...changed })] as [string, string][],
})

describe('WebSocket APIs on the gateway of the others', () => {
  it("answers Node's own client, which is a browser's", async () => {
    const url = await start(undefined, { authorizer: null })
    const client = new WebSocket(url.replace(/^http/, 'ws'))
    const message = new Promise<Event>((resolve) => {
      client.onmessage = ({ data }) => resolve(JSON.parse(data))
    })
    await new Promise((resolve) => {
      client.onopen = resolve
    })
    client.send('{"action":"orders"}')
    expect((await message).requestContext.routeKey).toBe('orders')
    client.close()
    await calls(stand, 'Backend', 3)
  })

  it('takes the address with a slash at its end, and no path behind it', async () => {
    const url = await start()
    expect((await connect(url, { ...withToken, path: '/' })).status).toBe(101)
    const before = asked().length
    for (const path of ['/x', '/$connect', '//', '/../live'])
      expect((await send(url, path, upgradeWith({}))).status, path).toBe(403)
    for (const other of [
      url.replace(/live$/, 'prod'),
      url.replace(/\/live$/, ''),
      url.replace(/[a-z0-9]{10}/, 'a'),
    ])
      expect((await send(other, '', upgradeWith({}))).status, other).toBe(403)
    expect(asked()).toHaveLength(before)
  })

  it('a plain request to one is 426, and asks nobody', async () => {
    const url = await start()
    expect((await send(url, '', bearer)).status).toBe(426)
    expect(asked()).toEqual([])
  })

  it('attack: an Upgrade header takes no request to a REST API past its authorizer', async () => {
    await start(() => {
      throw new Error('Unauthorized')
    })
    for (const Upgrade of ['websocket', 'h2c']) {
      const answer = await send(stand.url('Rest'), '/pets', upgradeWith({ Upgrade }))
      expect(answer).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
    }
    expect(stand.calls('Authorize')).toHaveLength(2)
    expect(stand.calls('Backend')).toEqual([])
  })

  it('a handshake that is none is 400, and asks nobody', async () => {
    const url = await start()
    for (const changed of [
      { Upgrade: 'h2c' },
      { 'Sec-WebSocket-Version': '12' },
      { 'Sec-WebSocket-Key': 'short' },
      { 'Sec-WebSocket-Key': '' },
    ])
      expect((await send(url, '', upgradeWith(changed))).status).toBe(400)
    expect((await send(url, '', { ...upgradeWith({}), method: 'POST' })).status).toBe(400)
    expect(asked()).toEqual([])
  })

  it('headers over ten kilobytes are refused before anybody is asked', async () => {
    const url = await start()
    expect((await connect(url, { headers: { Authorization: 'a'.repeat(10_240) } })).status).toBe(431)
    expect(asked()).toEqual([])
  })

  it('a client that leaves during its handshake has its end told', async () => {
    let release: (answer: object) => void = () => {}
    const url = await start(() => new Promise((resolve) => (release = resolve)))
    const { hostname, port, pathname } = new URL(url)
    const leaving = request({ hostname, port, path: pathname, headers: { ...upgrade, Authorization: 'a' } })
    leaving.on('error', () => {})
    leaving.end()
    await calls(stand, 'Authorize', 1)
    leaving.destroy()
    await aWhile()
    release(allow('*'))
    const events = (await calls(stand, 'Backend', 2)).map(({ requestContext }) => requestContext)
    expect(events.map(({ eventType }) => eventType)).toEqual(['CONNECT', 'DISCONNECT'])
    expect(events[1]?.disconnectStatusCode).toBe(1006)
  })

  it('ends open connections with the server, and resolves when the last $disconnect has been told', async () => {
    const url = await start()
    const clients = [await connected(url), await connected(url)]
    await stand.close()
    expect(stand.calls('Backend').map((event) => event.requestContext.eventType)).toEqual([
      'CONNECT',
      'CONNECT',
      'DISCONNECT',
      'DISCONNECT',
    ])
    expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual([1006, 1006])
    await expect(connect(url)).rejects.toThrow('ECONNREFUSED')
  })

  it('a handshake that is under way when the server ends opens nothing, and has its end told', async () => {
    let release: (answer: object) => void = () => {}
    const url = await start(() => new Promise((resolve) => (release = resolve)))
    const client = connect(url)
    client.catch(() => {})
    await calls(stand, 'Authorize', 1)
    const closing = stand.close()
    await expect(client).rejects.toThrow('socket hang up')
    await aWhile()
    release(allow('*'))
    await closing
    const types = stand.calls('Backend').map(({ requestContext }) => requestContext.eventType)
    expect(types).toEqual(['CONNECT', 'DISCONNECT'])
  })
})
