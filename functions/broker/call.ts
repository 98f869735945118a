import type { DecisionRecord } from '../../shared/audit/record.ts'
import type { JsonObject } from '../../shared/json.ts'
import type { Visit } from '../../shared/token/verify.ts'

/** An HTTP request to the broker, read, and what its handling leaves behind. */
export type Call = HttpRequest & {
  readonly record: DecisionRecord
  readonly visit: Visit
}

export type HttpRequest = {
  /** By these two names middy's router finds the route. */
  readonly httpMethod: string
  /** Begins with `/`, without the stage, not decoded. */
  readonly path: string
  /** The router's. */
  readonly pathParameters?: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: readonly JsonObject[]
  readonly body: string
  readonly requestId: string | undefined
  readonly sourceIp: string | undefined
  readonly apiId: string | undefined
  readonly stage: string | undefined
}

/** What Lambda hands back to API Gateway or a function's URL; the same for both payloads. */
export type HttpAnswer = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Nothing that the broker says is for a cache. */
export function jsonAnswer(
  statusCode: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const always = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { statusCode, headers: { ...always, ...headers }, body: JSON.stringify(body) }
}
