import { readHttpAuthorizer } from './authorizers.ts'
import type { Authorizer, HttpApi, HttpRoute } from './model.ts'
import { TemplateError } from './resources.ts'
import {
  only,
  optionalText,
  ownParts,
  type Part,
  payloadFormat,
  refuse,
  stageVariables,
  type Template,
  text,
  wholeNumber,
} from './template.ts'

/** Facts A7 and MODEL apigatewayv2: the default and the most of an integration. */
const integrationTimeoutMs = 30_000

/** The HTTP APIs of a template: what of API Gateway V2 is not one is a WebSocket API. */
export function readHttpApis(template: Template): readonly HttpApi[] {
  const apis = template
    .parts('AWS::ApiGatewayV2::Api')
    .filter((api) => text(api, 'ProtocolType') !== 'WEBSOCKET')
  return apis.map((api) => {
    const protocol = text(api, 'ProtocolType')
    if (protocol !== 'HTTP') throw new TemplateError(api.logicalId, `a ${protocol} API is not emulated`)
    refuse(api, ['Body', 'BodyS3Location', 'CorsConfiguration'])
    const own = ownParts(template, api)
    const stage = only(own('Stage'), api.logicalId, 'stages')
    const authorizers = new Map(
      own('Authorizer').map((part) => [part.id, readHttpAuthorizer(part, template)]),
    )
    const integrations = new Map(own('Integration').map((part) => [part.id, readIntegration(part, template)]))
    return {
      type: 'http',
      logicalId: api.logicalId,
      name: text(api, 'Name'),
      apiId: api.id,
      stage: text(stage, 'StageName'),
      stageVariables: stageVariables(stage, 'StageVariables'),
      routes: own('Route').map((part) => readRoute(part, authorizers, integrations)),
    }
  })
}

type Integration = HttpRoute['integration']

function readIntegration(part: Part, template: Template): Integration {
  const type = text(part, 'IntegrationType')
  if (type !== 'AWS_PROXY')
    throw new TemplateError(part.logicalId, `an integration of type ${type} is not emulated; AWS_PROXY is`)
  refuse(part, ['RequestParameters', 'ResponseParameters', 'ConnectionType'])
  return {
    payload: payloadFormat(part, 'PayloadFormatVersion'),
    ...template.functionOf(text(part, 'IntegrationUri'), part.logicalId),
    timeoutMs: wholeNumber(part, 'TimeoutInMillis', integrationTimeoutMs, 50, integrationTimeoutMs),
  }
}

function readRoute(
  part: Part,
  authorizers: ReadonlyMap<string, Authorizer>,
  integrations: ReadonlyMap<string, Integration>,
): HttpRoute {
  const key = text(part, 'RouteKey')
  const space = key.indexOf(' ')
  if (space === -1 && key !== '$default')
    throw new TemplateError(part.logicalId, `"${key}" is no route of an HTTP API`)
  const type = optionalText(part, 'AuthorizationType') ?? 'NONE'
  // AWS_IAM or JWT taken for NONE would open the route.
  if (type !== 'NONE' && type !== 'CUSTOM')
    throw new TemplateError(part.logicalId, `AuthorizationType ${type} is not emulated; NONE and CUSTOM are`)
  const authorizer = type === 'CUSTOM' ? authorizers.get(text(part, 'AuthorizerId')) : undefined
  if (type === 'CUSTOM' && authorizer === undefined)
    throw new TemplateError(part.logicalId, 'AuthorizerId names no authorizer of this API')
  const integration = integrations.get(text(part, 'Target').replace(/^integrations\//, ''))
  if (integration === undefined)
    throw new TemplateError(part.logicalId, 'Target names no integration of this API')
  return {
    key,
    method: space === -1 ? 'ANY' : key.slice(0, space),
    segments: space === -1 ? undefined : key.slice(space + 2).split('/'),
    authorizer,
    integration,
  }
}
