import type { IncomingMessage } from 'node:http'
import type { ApiSummary } from './gateway.ts'
import type { GatewayRequest } from './model.ts'

/** An API's stage, and what of the target is behind it. */
export type Target = Pick<GatewayRequest, 'apiId' | 'stage' | 'path' | 'query'> & Pick<ApiSummary, 'type'>

/** Cuts the target as it stands on the wire; a URL parser would already have folded `..` and `//`. */
export function splitTarget(url: string, apis: readonly ApiSummary[]): Target | undefined {
  const mark = url.indexOf('?')
  const whole = mark === -1 ? url : url.slice(0, mark)
  const query = mark === -1 ? '' : url.slice(mark + 1)
  const [, apiId, rest = ''] = /^\/([a-z0-9]+)(\/.*)?$/.exec(whole) ?? []
  const api = apis.find((each) => each.apiId === apiId)
  if (api === undefined) return undefined
  const [, stage, path = ''] = /^\/([^/]*)(\/.*)?$/.exec(rest) ?? []
  const named = stage === api.stage || (api.stage === '$default' && stage === '%24default')
  const found = { apiId: api.apiId, stage: api.stage, query, type: api.type }
  if (named) return { ...found, path: path || '/' }
  return api.stage === '$default' ? { ...found, path: rest || '/' } : undefined
}

/** A request to a target, whose body was read before. */
export function gatewayRequest(
  request: IncomingMessage,
  { type: _, ...target }: Target,
  body: Uint8Array,
): GatewayRequest {
  return {
    ...target,
    method: request.method ?? 'GET',
    headers: pairs(request.rawHeaders),
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
  }
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  const headers: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  return headers
}
