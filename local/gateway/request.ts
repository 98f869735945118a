import type { GatewayRequest, IdentitySource, StageVariables } from './model.ts'

/** A request while the gateway works on it. */
export type Call = {
  readonly request: GatewayRequest
  readonly requestId: string
  readonly nowMs: number
  readonly region: string
  readonly accountId: string
  readonly stageVariables: StageVariables
  /** `$context` values by name, as far as an identity source may name them. */
  readonly context: Readonly<Record<string, string>>
}

/** All values of a header, its name compared without regard to case. */
export function headerValues(request: GatewayRequest, name: string): readonly string[] {
  const lower = name.toLowerCase()
  return request.headers.filter(([each]) => each.toLowerCase() === lower).map(([, value]) => value)
}

/** All values of a query parameter, decoded; its name keeps its case. */
export function queryValues(request: GatewayRequest, name: string): readonly string[] {
  return new URLSearchParams(request.query).getAll(name)
}

/** Several values of one source are joined, so that every one of them stands in the cache's key ([U] on AWS). */
export function identityValue(source: IdentitySource, call: Call): string {
  if (source.from === 'header') return headerValues(call.request, source.name).join(',')
  if (source.from === 'query') return queryValues(call.request, source.name).join(',')
  const values = source.from === 'context' ? call.context : call.stageVariables
  return Object.hasOwn(values, source.name) ? (values[source.name] ?? '') : ''
}

/** The concrete ARN: the path as it was sent, undecoded, a trailing slash kept ([U], facts A2). */
export function methodArn(call: Call): string {
  const { apiId, stage, method, path } = call.request
  return `arn:aws:execute-api:${call.region}:${call.accountId}:${apiId}/${stage}/${method}${path}`
}

export function domainName(call: Call): string {
  return `${call.request.apiId}.execute-api.${call.region}.amazonaws.com`
}

export function userAgent(request: GatewayRequest): string {
  return headerValues(request, 'user-agent').at(-1) ?? ''
}

/** `12/Mar/2020:19:03:58 +0000`. */
export function requestTime(nowMs: number): string {
  const date = new Date(nowMs)
  const two = (value: number) => String(value).padStart(2, '0')
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
    date.getUTCMonth()
  ]
  const day = `${two(date.getUTCDate())}/${month}/${date.getUTCFullYear()}`
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

/** Name to all its values, in the order and case in which they came. */
export function group(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const grouped: Record<string, string[]> = Object.create(null)
  for (const [name, value] of pairs) {
    const values = grouped[name] ?? []
    values.push(value)
    grouped[name] = values
  }
  return grouped
}

export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
