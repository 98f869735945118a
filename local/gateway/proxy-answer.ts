import type { GatewayAnswer } from './model.ts'
import { isRecord } from './resources.ts'

/** What a proxied function returned, as an HTTP answer; `undefined` where it is none. */
export function readRestProxyAnswer(value: unknown): GatewayAnswer | undefined {
  if (!isRecord(value) || !isStatus(value.statusCode)) return undefined
  const known = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']
  if (Object.keys(value).some((key) => !known.includes(key))) return undefined
  const headers = [...pairs(value.headers), ...pairs(value.multiValueHeaders)].map(
    ([name, each]): [string, string] =>
      // api-gateway-known-issues.md; facts A5.
      name.toLowerCase() === 'www-authenticate' ? [`x-amzn-Remapped-${name}`, each] : [name, each],
  )
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type')
  return {
    status: Number(value.statusCode),
    headers: typed ? headers : [['content-type', 'application/json'], ...headers],
    // Without binary media types, which no API here has, REST leaves base64 as it is.
    body: Buffer.from(bodyText(value.body)),
  }
}

/** As for REST, but anything without a statusCode is a 200 whose body is the value itself. */
export function readHttpProxyAnswer(value: unknown): GatewayAnswer | undefined {
  if (!isRecord(value) || value.statusCode === undefined)
    return {
      status: 200,
      headers: [['content-type', 'application/json']],
      body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value ?? null)),
    }
  const cookies = Array.isArray(value.cookies) ? value.cookies : []
  return httpAnswer(value, [
    ...pairs(value.headers),
    ...cookies.map((cookie): [string, string] => ['set-cookie', String(cookie)]),
  ])
}

/** Payload 1.0: nothing is inferred, and several values of a header stand in `multiValueHeaders`. */
export function readHttpProxyAnswer1(value: unknown): GatewayAnswer | undefined {
  if (!isRecord(value)) return undefined
  return httpAnswer(value, [...pairs(value.headers), ...pairs(value.multiValueHeaders)])
}

function httpAnswer(
  value: Readonly<Record<string, unknown>>,
  headers: readonly (readonly [string, string])[],
): GatewayAnswer | undefined {
  if (!isStatus(value.statusCode)) return undefined
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type')
  return {
    status: Number(value.statusCode),
    headers: typed ? headers : [['content-type', 'text/plain;charset=utf-8'], ...headers],
    body: Buffer.from(bodyText(value.body), value.isBase64Encoded === true ? 'base64' : 'utf8'),
  }
}

/** What a function behind a WebSocket route returned: its status, headers and the text for the client. */
export function readWebSocketAnswer(value: unknown): WebSocketAnswer | undefined {
  if (!isRecord(value) || !isStatus(value.statusCode)) return undefined
  return { status: Number(value.statusCode), headers: pairs(value.headers), text: bodyText(value.body) }
}

export type WebSocketAnswer = {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly text: string
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(Number(value)) && Number(value) >= 200 && Number(value) <= 599
}

function bodyText(body: unknown): string {
  if (body === undefined || body === null) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function pairs(headers: unknown): [string, string][] {
  if (!isRecord(headers)) return []
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string] => [name, String(each)]),
  )
}
