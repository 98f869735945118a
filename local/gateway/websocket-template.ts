import { readWebSocketAuthorizer } from './authorizers.ts'
import type { Authorizer, FunctionIntegration, WebSocketApi, WebSocketRoute } from './model.ts'
import { TemplateError } from './resources.ts'
import {
  only,
  optionalText,
  ownParts,
  type Part,
  refuse,
  stageVariables,
  type Template,
  text,
  wholeNumber,
} from './template.ts'

/** Facts A7: the integration's cap, and its default. */
const integrationTimeoutMs = 29_000

/** The WebSocket APIs of a template. Deployments say nothing that is of use here: there is one stage. */
export function readWebSocketApis(template: Template): readonly WebSocketApi[] {
  const apis = template.parts('AWS::ApiGatewayV2::Api')
  return apis
    .filter((api) => api.properties.ProtocolType === 'WEBSOCKET')
    .map((api) => readApi(api, template))
}

function readApi(api: Part, template: Template): WebSocketApi {
  const own = ownParts(template, api)
  const stage = only(own('Stage'), api.logicalId, 'stages')
  const authorizers = new Map(
    own('Authorizer').map((part) => [part.id, readWebSocketAuthorizer(part, template)]),
  )
  const integrations = new Map(own('Integration').map((part) => [part.id, readIntegration(part, template)]))
  for (const part of own('IntegrationResponse'))
    refuse(part, ['ResponseTemplates', 'ResponseParameters', 'TemplateSelectionExpression'])
  for (const part of own('RouteResponse')) refuse(part, ['ModelSelectionExpression', 'ResponseParameters'])
  const routes = new Map<string, WebSocketRoute>()
  for (const part of own('Route')) {
    const route = readRoute(part, authorizers, integrations)
    // The later of two would take the authorizer of the earlier with it.
    if (routes.has(route.key)) throw new TemplateError(part.logicalId, `is a second route "${route.key}"`)
    routes.set(route.key, route)
  }
  return {
    type: 'websocket',
    logicalId: api.logicalId,
    name: text(api, 'Name'),
    apiId: api.id,
    stage: text(stage, 'StageName'),
    stageVariables: stageVariables(stage, 'StageVariables'),
    selection: readSelection(api),
    routes,
  }
}

function readSelection(api: Part): readonly string[] {
  const expression = text(api, 'RouteSelectionExpression')
  const members = /^\$request\.body\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)$/.exec(expression)?.[1]
  if (members === undefined)
    throw new TemplateError(
      api.logicalId,
      `the RouteSelectionExpression "${expression}" is not emulated; $request.body.NAME is`,
    )
  return members.split('.')
}

function readIntegration(part: Part, template: Template): FunctionIntegration {
  const type = text(part, 'IntegrationType')
  if (type !== 'AWS_PROXY')
    throw new TemplateError(part.logicalId, `an integration of type ${type} is not emulated; AWS_PROXY is`)
  refuse(part, ['RequestTemplates', 'RequestParameters', 'ResponseParameters', 'ConnectionType'])
  if ((optionalText(part, 'PayloadFormatVersion') ?? '1.0') !== '1.0')
    throw new TemplateError(part.logicalId, 'PayloadFormatVersion of a WebSocket API is "1.0" alone')
  return {
    ...template.functionOf(text(part, 'IntegrationUri'), part.logicalId),
    timeoutMs: wholeNumber(part, 'TimeoutInMillis', integrationTimeoutMs, 50, integrationTimeoutMs),
  }
}

function readRoute(
  part: Part,
  authorizers: ReadonlyMap<string, Authorizer>,
  integrations: ReadonlyMap<string, FunctionIntegration>,
): WebSocketRoute {
  const key = text(part, 'RouteKey')
  refuse(part, ['ApiKeyRequired', 'RequestModels', 'RequestParameters', 'ModelSelectionExpression'])
  const type = optionalText(part, 'AuthorizationType') ?? 'NONE'
  // AWS_IAM taken for NONE would open the route.
  if (type !== 'NONE' && type !== 'CUSTOM')
    throw new TemplateError(part.logicalId, `AuthorizationType ${type} is not emulated; NONE and CUSTOM are`)
  if (type === 'CUSTOM' && key !== '$connect')
    throw new TemplateError(
      part.logicalId,
      `of a WebSocket API only $connect can have an authorizer, not ${key}`,
    )
  const authorizer = type === 'CUSTOM' ? authorizers.get(text(part, 'AuthorizerId')) : undefined
  if (type === 'CUSTOM' && authorizer === undefined)
    throw new TemplateError(part.logicalId, 'AuthorizerId names no authorizer of this API')
  return { key, authorizer, integration: integrationOf(part, integrations) }
}

function integrationOf(
  part: Part,
  integrations: ReadonlyMap<string, FunctionIntegration>,
): FunctionIntegration | undefined {
  // Opening and closing need no function; a message that none takes would be lost.
  const optional = ['$connect', '$disconnect'].includes(text(part, 'RouteKey'))
  const target = optional ? optionalText(part, 'Target') : text(part, 'Target')
  if (target === undefined) return undefined
  const integration = integrations.get(target.replace(/^integrations\//, ''))
  if (integration === undefined)
    throw new TemplateError(part.logicalId, 'Target names no integration of this API')
  return integration
}
