import type { AccessRows, App } from '../../shared/access/access.ts'
import { appOf } from '../../shared/access/app-of.ts'
import { requestIdOf, sourceIpOf } from '../../shared/audit/event-text.ts'
import { PosternError } from '../../shared/error.ts'
import { type MethodArn, parseConnectArn, parseMethodArn } from '../../shared/gateway/arn.ts'
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'
import { valuesAt } from '../../shared/token/token-place.ts'

/** An authorizer event of any kind, read: what is asked for, and every value at the place where the token belongs. */
export type Call = GatewayCall | AppSyncCall

type Common = {
  readonly app: App
  readonly values: readonly string[]
  readonly requestId: string | undefined
  readonly sourceIp: string | undefined
}

export type GatewayCall = Common & {
  readonly api: 'rest' | 'http' | 'websocket'
  /** Whether API Gateway wants HTTP API's boolean answer rather than a policy. */
  readonly simple: boolean
  readonly arn: MethodArn
  /** The route by which API Gateway serves the request, where the event says so: `GET /orders/{id}`. */
  readonly routed: string | undefined
}

export type AppSyncCall = Common & { readonly api: 'appsync'; readonly apiId: string }

/**
 * Reads the events of facts A1 and A8: REST TOKEN and REQUEST, HTTP API 1.0 and 2.0, WebSocket `$connect`, AppSync,
 * told apart by their members. `alias` is that of the function's invocation, if any. Throws `event_unknown` for any
 * other shape, `event_invalid` for one that is broken, `app_unknown` for an API that no app has, and
 * `token_place_unreachable` where the manifest looks for the token in a place that such an event does not carry.
 */
export function readEvent(event: unknown, access: AccessRows, alias: string | undefined): Call {
  if (!isJsonObject(event)) throw unknown()
  const { type, version } = event
  if (type === 'REQUEST') {
    if (version === '2.0') return readHttp2(event, access, alias)
    if (version === '1.0') return readRequest('http', event, access, alias)
    if (version === undefined && typeof event.httpMethod === 'string')
      return readRequest('rest', event, access, alias)
    if (version === undefined && isHandshake(event)) return readRequest('websocket', event, access, alias)
  }
  if (type === 'TOKEN' && version === undefined) return readToken(event, access, alias)
  if (type === undefined && version === undefined && isGraphql(event))
    return readAppSync(event, access, alias)
  throw unknown()
}

function readToken(event: JsonObject, access: AccessRows, alias: string | undefined): GatewayCall {
  const { authorizationToken } = event
  if (typeof authorizationToken !== 'string') throw invalid('authorizationToken')
  const arn = readArn(event, 'methodArn')
  const app = appFor(access, arn.apiId, alias)
  if (app.token.place !== 'header')
    throw new PosternError(
      'token_place_unreachable',
      `a TOKEN authorizer carries one header; the manifest's token is in a ${app.token.place}`,
    )
  const values = [authorizationToken]
  return { api: 'rest', app, simple: false, arn, values, ...nothingMore }
}

/** A TOKEN event has three members and no more. */
const nothingMore = { requestId: undefined, sourceIp: undefined, routed: undefined } as const

/** One shape for three types of API. An HTTP API takes policies alone for payload 1.0. */
function readRequest(
  api: GatewayCall['api'],
  event: JsonObject,
  access: AccessRows,
  alias: string | undefined,
): GatewayCall {
  const arn = readArn(event, 'methodArn', api === 'websocket' ? parseConnectArn : parseMethodArn)
  const app = appFor(access, arn.apiId, alias)
  const headers = [readMap(event, 'headers'), readMap(event, 'multiValueHeaders')]
  const query = [readMap(event, 'queryStringParameters'), readMap(event, 'multiValueQueryStringParameters')]
  return {
    api,
    app,
    simple: false,
    arn,
    values: valuesAt(app.token, headers, query, undefined),
    requestId: requestIdOf(event),
    sourceIp: sourceIpOf(event, 'identity'),
    routed: api === 'websocket' ? undefined : routedBy(event, 'resource', 'resourcePath'),
  }
}

function readHttp2(event: JsonObject, access: AccessRows, alias: string | undefined): GatewayCall {
  const cookies = event.cookies ?? []
  if (!isStrings(cookies)) throw invalid('cookies')
  const arn = readArn(event, 'routeArn')
  const app = appFor(access, arn.apiId, alias)
  const query = [readMap(event, 'queryStringParameters')]
  return {
    api: 'http',
    app,
    simple: app.response === 'simple',
    arn,
    values: valuesAt(app.token, [readMap(event, 'headers')], query, cookies),
    requestId: requestIdOf(event),
    sourceIp: sourceIpOf(event, 'http'),
    routed: routedBy(event, 'routeKey', 'routeKey'),
  }
}

function readAppSync(event: JsonObject, access: AccessRows, alias: string | undefined): AppSyncCall {
  const { authorizationToken, requestContext } = event
  const { apiId } = requestContext as JsonObject
  if (typeof apiId !== 'string' || !idShape.test(apiId)) throw invalid('apiId')
  const app = appFor(access, apiId, alias)
  // AppSync keeps answers by this header, so that a token anywhere else would be answered for by another's.
  if (app.token.place !== 'header' || app.token.name !== 'authorization')
    throw new PosternError(
      'token_place_unreachable',
      "AppSync carries the header authorization; the manifest's token is elsewhere",
    )
  const values = [authorizationToken as string]
  return { api: 'appsync', app, apiId, values, requestId: requestIdOf(event), sourceIp: undefined }
}

/** Only `$connect` is ever asked about (facts A1). */
function isHandshake({ requestContext }: JsonObject): boolean {
  return isJsonObject(requestContext) && requestContext.routeKey === '$connect'
}

function isGraphql({ authorizationToken, requestContext }: JsonObject): boolean {
  if (typeof authorizationToken !== 'string' || !isJsonObject(requestContext)) return false
  return Object.hasOwn(requestContext, 'queryString')
}

function appFor(access: AccessRows, apiId: string, alias: string | undefined): App {
  const app = appOf(access, { alias, apiId })
  if (app === undefined)
    throw new PosternError('app_unknown', `no app of the manifest answers for the API "${apiId}"`, { apiId })
  return app
}

/** Absent and `null` maps are empty ones: the console sends the one, real captures lack the other. */
function readMap(event: JsonObject, member: string): JsonObject {
  const map = event[member] ?? {}
  if (!isJsonObject(map)) throw invalid(member)
  return map
}

function readArn(event: JsonObject, member: string, parse = parseMethodArn): MethodArn {
  const text = event[member]
  const arn = typeof text === 'string' ? parse(text) : undefined
  if (!arn) throw invalid(member)
  return arn
}

/** API Gateway names the route twice, once in the context; an event that does not was made up, by the console say. */
function routedBy(event: JsonObject, member: string, inContext: string): string | undefined {
  const { [member]: route, requestContext } = event
  if (typeof route !== 'string' || !isJsonObject(requestContext)) return undefined
  return requestContext[inContext] === route ? route : undefined
}

const idShape = /^[a-z0-9]{1,64}$/
function isStrings(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function unknown(): PosternError {
  return new PosternError('event_unknown', 'not an authorizer event of API Gateway or AppSync')
}

function invalid(member: string): PosternError {
  return new PosternError('event_invalid', `the event's "${member}" is missing or not of its type`, {
    member,
  })
}
