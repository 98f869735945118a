import { requestIdOf, sourceIpOf } from '../../shared/audit/event-text.ts'
import { PosternError } from '../../shared/error.ts'
import { stageName } from '../../shared/gateway/arn.ts'
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'
import type { HttpRequest } from './call.ts'

/** A token has 8 KiB, and all that STS's action takes besides is less than this. */
export const maxBodyBytes = 65_536

/**
 * Reads the event of a proxy integration: payload 2.0 of HTTP APIs and function URLs, or 1.0 of REST and HTTP APIs,
 * told apart by their members. Throws `event_unknown`, `event_invalid`, and `request_invalid` for a body too large.
 */
export function readRequest(event: unknown): HttpRequest {
  if (!isJsonObject(event)) throw unknown()
  const context = event.requestContext
  if (!isJsonObject(context)) throw unknown()
  if (event.version === '2.0' && isJsonObject(context.http)) return readPayload2(event, context, context.http)
  if (typeof event.httpMethod === 'string') return readPayload1(event, context)
  throw unknown()
}

function readPayload2(event: JsonObject, context: JsonObject, http: JsonObject): HttpRequest {
  const stage = optionalText(context.stage, 'stage')
  return {
    httpMethod: text(http.method, 'method'),
    path: withoutStage(text(event.rawPath, 'rawPath'), stage),
    query: new URLSearchParams(optionalText(event.rawQueryString, 'rawQueryString')),
    headers: [map(event.headers, 'headers')],
    body: bodyOf(event),
    sourceIp: sourceIpOf(event, 'http'),
    ...common(event, context, stage),
  }
}

function readPayload1(event: JsonObject, context: JsonObject): HttpRequest {
  return {
    httpMethod: text(event.httpMethod, 'httpMethod'),
    path: text(event.path, 'path'),
    query: queryOf(event),
    headers: [map(event.headers, 'headers'), map(event.multiValueHeaders, 'multiValueHeaders')],
    body: bodyOf(event),
    sourceIp: sourceIpOf(event, 'identity'),
    ...common(event, context, optionalText(context.stage, 'stage')),
  }
}

/** For the record: only what looks like what it is to be. */
function common(event: JsonObject, { apiId }: JsonObject, stage: string | undefined) {
  return {
    requestId: requestIdOf(event),
    apiId: typeof apiId === 'string' && apiIdShape.test(apiId) ? apiId : undefined,
    stage: stage !== undefined && stageName.test(stage) ? stage : undefined,
  }
}

const apiIdShape = /^[a-z0-9]{1,64}$/

/** Payload 2.0 has a named stage in its path (facts A1). */
function withoutStage(path: string, stage: string | undefined): string {
  if (stage === undefined || stage === '$default' || !`${path}/`.startsWith(`/${stage}/`)) return path
  return path.slice(stage.length + 1) || '/'
}

/** Payload 1.0 has every value in one map, and the last of each in another. */
function queryOf(event: JsonObject): URLSearchParams {
  const query = new URLSearchParams()
  const values = isJsonObject(event.multiValueQueryStringParameters)
    ? event.multiValueQueryStringParameters
    : map(event.queryStringParameters, 'queryStringParameters')
  for (const [name, value] of Object.entries(values))
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, text(one, name))
  return query
}

function bodyOf({ body, isBase64Encoded }: JsonObject): string {
  const raw = optionalText(body, 'body') ?? ''
  const decoded = isBase64Encoded === true ? Buffer.from(raw, 'base64').toString() : raw
  if (Buffer.byteLength(decoded) <= maxBodyBytes) return decoded
  throw new PosternError('request_invalid', `the body is over ${maxBodyBytes} bytes`)
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === 'string') return value
  throw new PosternError('event_invalid', `the event's "${name}" is not text`)
}

function optionalText(value: Json | undefined, name: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, name)
}

function map(value: Json | undefined, name: string): JsonObject {
  if (value === undefined || value === null) return {}
  if (isJsonObject(value)) return value
  throw new PosternError('event_invalid', `the event's "${name}" is not a map`)
}

function unknown(): PosternError {
  return new PosternError('event_unknown', 'not an event of a proxy integration or a function URL')
}
