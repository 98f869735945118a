import type { App } from '../../shared/access/access.ts'
import { PosternError } from '../../shared/error.ts'
import { type MethodArn, parseMethodArn } from '../../shared/gateway/arn.ts'
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'
import { fromCookies, fromHeader, fromQuery } from './token-place.ts'

/** An authorizer event of any kind, read: what is asked for, and every value at the place where the token belongs. */
export type Call = {
  readonly api: 'rest' | 'http'
  /** Whether API Gateway wants HTTP API's boolean answer rather than a policy. */
  readonly simple: boolean
  readonly arn: MethodArn
  readonly values: readonly string[]
  readonly requestId: string | undefined
  /** The route by which API Gateway serves the request, where the event says so: `GET /orders/{id}`. */
  readonly routed: string | undefined
}

/**
 * Reads REST TOKEN, REST REQUEST and HTTP API 2.0 events (facts A1), told apart by their members. Throws
 * `event_unknown` for any other shape, `event_invalid` for one that is broken, `token_place_unreachable` where the
 * manifest looks for the token in a place that such an event does not carry.
 */
export function readEvent(event: unknown, app: App): Call {
  if (!isJsonObject(event)) throw unknown()
  const { type, version } = event
  if (type === 'TOKEN' && version === undefined) return readToken(event, app)
  if (type !== 'REQUEST') throw unknown()
  if (version === '2.0') return readHttp2(event, app)
  if (version === undefined && typeof event.httpMethod === 'string') return readRequest(event, app)
  throw unknown()
}

function readToken(event: JsonObject, app: App): Call {
  const { authorizationToken } = event
  if (typeof authorizationToken !== 'string') throw invalid('authorizationToken')
  if (app.token.place !== 'header')
    throw new PosternError(
      'token_place_unreachable',
      `a TOKEN authorizer carries one header; the manifest's token is in a ${app.token.place}`,
    )
  return {
    api: 'rest',
    simple: false,
    arn: readArn(event, 'methodArn'),
    values: [authorizationToken],
    requestId: undefined,
    routed: undefined,
  }
}

function readRequest(event: JsonObject, app: App): Call {
  const headers = [readMap(event, 'headers'), readMap(event, 'multiValueHeaders')]
  const query = [readMap(event, 'queryStringParameters'), readMap(event, 'multiValueQueryStringParameters')]
  return {
    api: 'rest',
    simple: false,
    arn: readArn(event, 'methodArn'),
    values: valuesAt(app, headers, query, undefined),
    requestId: requestIdOf(event),
    routed: routedBy(event, 'resource', 'resourcePath'),
  }
}

function readHttp2(event: JsonObject, app: App): Call {
  const cookies = event.cookies ?? []
  if (!isStrings(cookies)) throw invalid('cookies')
  return {
    api: 'http',
    simple: app.response === 'simple',
    arn: readArn(event, 'routeArn'),
    values: valuesAt(app, [readMap(event, 'headers')], [readMap(event, 'queryStringParameters')], cookies),
    requestId: requestIdOf(event),
    routed: routedBy(event, 'routeKey', 'routeKey'),
  }
}

function valuesAt(
  app: App,
  headers: readonly JsonObject[],
  query: readonly JsonObject[],
  cookies: readonly string[] | undefined,
): readonly string[] {
  const { place, name } = app.token
  if (place === 'header') return fromHeader(headers, name)
  if (place === 'query') return fromQuery(query, name)
  return fromCookies(cookies ?? fromHeader(headers, 'cookie'), name)
}

/** Absent and `null` maps are empty ones: the console sends the one, real captures lack the other. */
function readMap(event: JsonObject, member: string): JsonObject {
  const map = event[member] ?? {}
  if (!isJsonObject(map)) throw invalid(member)
  return map
}

function readArn(event: JsonObject, member: string): MethodArn {
  const text = event[member]
  const arn = typeof text === 'string' ? parseMethodArn(text) : undefined
  if (!arn) throw invalid(member)
  return arn
}

/** API Gateway names the route twice, once in the context; an event that does not was made up, by the console say. */
function routedBy(event: JsonObject, member: string, inContext: string): string | undefined {
  const { [member]: route, requestContext } = event
  if (typeof route !== 'string' || !isJsonObject(requestContext)) return undefined
  return requestContext[inContext] === route ? route : undefined
}

/** A client may have a say in it, so only what looks like an id gets into the record. */
function requestIdOf(event: JsonObject): string | undefined {
  const context = event.requestContext
  if (!isJsonObject(context)) return undefined
  const { requestId } = context
  return typeof requestId === 'string' && requestIdShape.test(requestId) ? requestId : undefined
}

const requestIdShape = /^[\w+/=-]{1,64}$/

function isStrings(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function unknown(): PosternError {
  return new PosternError('event_unknown', 'not a REST TOKEN, REST REQUEST or HTTP API 2.0 authorizer event')
}

function invalid(member: string): PosternError {
  return new PosternError('event_invalid', `the event's "${member}" is missing or not of its type`, {
    member,
  })
}
