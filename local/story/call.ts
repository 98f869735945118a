import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { App } from '../../shared/access/access.ts'
import type { ApiSummary } from '../gateway/gateway.ts'
import type { World } from '../world.ts'

export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
export type ApiType = 'rest' | 'http'

/** Calls a route of an app's API over HTTP as a client would, with the token where the manifest wants it. */
export async function call(
  world: World,
  app: App,
  type: ApiType,
  route: string,
  token?: string,
): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ')
  const url = new URL(baseUrl(world, app, type) + concrete(template))
  const response = await fetch(url + queryOf(app, token), {
    method: method === 'ANY' ? 'GET' : method,
    headers: headersOf(app, token),
    ...(method === 'POST' || method === 'PUT' ? { body: '{"item":"compass"}' } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: parse(text) }
}

/** `http://127.0.0.1:8600/{apiId}/{stage}`, or `ws://…`, without the stage where it is `$default`. */
export function baseUrl(world: Pick<World, 'url' | 'apis'>, app: App, type: ApiSummary['type']): string {
  const api = world.apis.find((one) => one.type === type && one.app.name === app.name)
  if (!api) throw new Error(`the template has no ${type} API of the app ${app.name}`)
  const origin = type === 'websocket' ? world.url.replace(/^http/, 'ws') : world.url
  return `${origin}/${api.apiId}${api.stage === '$default' ? '' : `/${api.stage}`}`
}

/** Opens a WebSocket, and closes it again: 101 for a handshake that was let through. */
export function handshake(world: World, app: App, token?: string): Promise<Answer> {
  const url = baseUrl(world, app, 'websocket').replace(/^ws/, 'http') + queryOf(app, token)
  const headers = {
    ...headersOf(app, token),
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers })
    asked.once('upgrade', (_, socket) => {
      socket.destroy()
      resolve({ status: 101, body: {} })
    })
    asked.once('response', (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, body: {} })
    })
    asked.once('error', reject)
    asked.end()
  })
}

/** `/orders/{id}` -> `/orders/1`, `/exports/{proxy+}` -> `/exports/2026/november`. */
export function concrete(template: string): string {
  return template.replace(/\{[^}]*\+\}/, '2026/november').replace(/\{[^}]*\}/g, '1')
}

export function headersOf(
  { token: { place, name } }: App,
  token: string | undefined,
): Record<string, string> {
  if (token === undefined || place === 'query') return {}
  return place === 'header' ? { [name]: `Bearer ${token}` } : { cookie: `${name}=${token}` }
}

export function queryOf({ token: { place, name } }: App, token: string | undefined): string {
  return token !== undefined && place === 'query' ? `?${new URLSearchParams({ [name]: token })}` : ''
}

function parse(text: string): Answer['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Answer['body']) : {}
  } catch {
    return {}
  }
}
