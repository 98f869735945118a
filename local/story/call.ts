import type { App } from '../../shared/access/access.ts'
import type { ApiSummary } from '../gateway/gateway.ts'
import type { World } from '../world.ts'

export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
export type ApiType = 'rest' | 'http'

/** Calls a route of one of the APIs over HTTP as a client would, with the token where the manifest wants it. */
export async function call(world: World, type: ApiType, route: string, token?: string): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ')
  const url = new URL(baseUrl(world, type) + concrete(template))
  const response = await fetch(url + queryOf(world.access.app, token), {
    method: method === 'ANY' ? 'GET' : method,
    headers: headersOf(world.access.app, token),
    ...(method === 'POST' || method === 'PUT' ? { body: '{"item":"compass"}' } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: parse(text) }
}

/** `http://127.0.0.1:8600/{apiId}/{stage}`, or `ws://…`, without the stage where it is `$default`. */
export function baseUrl(world: World, type: ApiSummary['type']): string {
  const api = world.apis.find((one) => one.type === type)
  if (!api) throw new Error(`the template has no ${type} API`)
  const origin = type === 'websocket' ? world.url.replace(/^http/, 'ws') : world.url
  return `${origin}/${api.apiId}${api.stage === '$default' ? '' : `/${api.stage}`}`
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
