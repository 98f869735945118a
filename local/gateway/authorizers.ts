import type { Authorizer, IdentitySource, PayloadFormat } from './model.ts'
import { TemplateError } from './resources.ts'
import { optionalText, type Part, payloadFormat, type Template, text, wholeNumber } from './template.ts'

/** Facts A7. */
const httpTimeoutMs = 10_000
/** No limit of its own is documented for REST and WebSocket; the integration's holds (facts A7). */
const defaultTimeoutMs = 29_000
const maxCacheSeconds = 3600

/** AWS::ApiGateway::Authorizer, of the types TOKEN and REQUEST. */
export function readRestAuthorizer(part: Part, template: Template): Authorizer {
  const type = text(part, 'Type')
  if (type !== 'TOKEN' && type !== 'REQUEST')
    throw new TemplateError(
      part.logicalId,
      `authorizers of type ${type} are not emulated; TOKEN and REQUEST are`,
    )
  const cacheSeconds = wholeNumber(part, 'AuthorizerResultTtlInSeconds', 300, 0, maxCacheSeconds)
  const expression = optionalText(part, 'IdentityValidationExpression')
  const texts = (optionalText(part, 'IdentitySource') ?? '').split(',').map((each) => each.trim())
  const sources = texts.filter((each) => each !== '').map((each) => readSource(each, part, restSource))
  if (sources.length === 0 && (type === 'TOKEN' || cacheSeconds > 0))
    throw new TemplateError(
      part.logicalId,
      'IdentitySource is missing: a TOKEN authorizer, and any cache, needs one',
    )
  if (type === 'TOKEN' && (sources.length > 1 || sources[0]?.from !== 'header'))
    throw new TemplateError(part.logicalId, 'IdentitySource of a TOKEN authorizer is one header')
  return {
    ...called(part, template),
    kind: type === 'TOKEN' ? 'token' : 'request',
    form: 'policy',
    sources,
    cacheSeconds,
    timeoutMs: defaultTimeoutMs,
    // The examples of the documentation match the whole value (facts A6).
    validation: type === 'TOKEN' && expression !== undefined ? new RegExp(`^(?:${expression})$`) : undefined,
  }
}

/** AWS::ApiGatewayV2::Authorizer of an HTTP API, of the type REQUEST. */
export function readHttpAuthorizer(part: Part, template: Template): Authorizer {
  requireRequest(part)
  const payload = payloadFormat(part, 'AuthorizerPayloadFormatVersion')
  // What an unset lifetime means is not documented; no cache is the reading here (facts A6, J4).
  const cacheSeconds = wholeNumber(part, 'AuthorizerResultTtlInSeconds', 0, 0, maxCacheSeconds)
  const sources = listedSources(part, httpSource)
  if (sources.length === 0 && cacheSeconds > 0)
    throw new TemplateError(part.logicalId, 'IdentitySource is empty: a cache needs at least one')
  return {
    ...called(part, template),
    kind: `http-${payload}`,
    form: readForm(part, payload),
    sources,
    cacheSeconds,
    timeoutMs: httpTimeoutMs,
    validation: undefined,
  }
}

function readForm(part: Part, payload: PayloadFormat): 'policy' | 'simple' {
  if (String(part.properties.EnableSimpleResponses) !== 'true') return 'policy'
  if (payload === '2.0') return 'simple'
  throw new TemplateError(
    part.logicalId,
    'EnableSimpleResponses needs AuthorizerPayloadFormatVersion "2.0"; with "1.0" AWS takes policies alone',
  )
}

/** AWS::ApiGatewayV2::Authorizer of a WebSocket API. A cache, simple responses and payload formats are of HTTP APIs. */
export function readWebSocketAuthorizer(part: Part, template: Template): Authorizer {
  requireRequest(part)
  const ofHttp = ['AuthorizerResultTtlInSeconds', 'EnableSimpleResponses', 'AuthorizerPayloadFormatVersion']
  const unset: readonly unknown[] = [undefined, 0, '0', false, 'false']
  const name = ofHttp.find((each) => !unset.includes(part.properties[each]))
  if (name !== undefined)
    throw new TemplateError(part.logicalId, `${name} is of HTTP APIs; a WebSocket API has no such thing`)
  return {
    ...called(part, template),
    kind: 'websocket',
    form: 'policy',
    sources: listedSources(part, webSocketSource),
    cacheSeconds: 0,
    timeoutMs: defaultTimeoutMs,
    validation: undefined,
  }
}

function called(part: Part, template: Template) {
  const { id, logicalId } = part
  return { id, logicalId, ...template.functionOf(text(part, 'AuthorizerUri'), logicalId) }
}

function requireRequest(part: Part): void {
  const type = text(part, 'AuthorizerType')
  if (type !== 'REQUEST')
    throw new TemplateError(part.logicalId, `authorizers of type ${type} are not emulated; REQUEST is`)
}

function listedSources(part: Part, syntax: RegExp): readonly IdentitySource[] {
  const listed = part.properties.IdentitySource ?? []
  return [listed].flat().map((each) => readSource(String(each), part, syntax))
}

const restSource =
  /^(?:method\.request\.(?<kind>header|querystring)\.|(?<other>stageVariables|context)\.)(?<name>.+)$/
const httpSource =
  /^\$(?:request\.(?<kind>header|querystring)\.|(?<other>stageVariables|context)\.)(?<name>.+)$/
const webSocketSource = /^route\.request\.(?<kind>header|querystring)\.(?<name>.+)$/
const froms = {
  header: 'header',
  querystring: 'query',
  stageVariables: 'stageVariable',
  context: 'context',
} as const

/** The `$context` values that may be identity sources here. */
export const contextNames = [
  'httpMethod',
  'path',
  'resourcePath',
  'routeKey',
  'stage',
  'apiId',
  'identity.sourceIp',
]

function readSource(source: string, part: Part, syntax: RegExp): IdentitySource {
  const groups = syntax.exec(source)?.groups
  const kind = (groups?.kind ?? groups?.other) as keyof typeof froms | undefined
  const name = groups?.name
  if (kind === undefined || name === undefined)
    throw new TemplateError(
      part.logicalId,
      `the identity source "${source}" is not one that API Gateway takes`,
    )
  const from = froms[kind]
  if (from === 'context' && !contextNames.includes(name))
    throw new TemplateError(part.logicalId, `the identity source "${source}" is not emulated`)
  return { from, name }
}
