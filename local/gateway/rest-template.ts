import { readRestAuthorizer } from './authorizers.ts'
import { readGatewayResponse } from './gateway-responses.ts'
import { rootResourceId } from './ids.ts'
import type { Authorizer, RestApi, RestIntegration, RestMethod, RestResource } from './model.ts'
import { isRecord, TemplateError } from './resources.ts'
import {
  only,
  optionalText,
  type Part,
  record,
  refuse,
  stageVariables,
  type Template,
  text,
  wholeNumber,
} from './template.ts'

/** Facts A7: the integration's cap, and its default. */
const integrationTimeoutMs = 29_000

/** The REST APIs of a template, each with its tree of resources. */
export function readRestApis(template: Template): readonly RestApi[] {
  const authorizers = new Map(
    template
      .parts('AWS::ApiGateway::Authorizer')
      .map((part) => [part.id, { part, authorizer: undefined as Authorizer | undefined }]),
  )
  const authorizerOf = (id: string, owner: string): Authorizer => {
    const entry = authorizers.get(id)
    if (entry === undefined)
      throw new TemplateError(owner, 'AuthorizerId names no authorizer of this template')
    entry.authorizer ??= readRestAuthorizer(entry.part, template)
    return entry.authorizer
  }
  return template.parts('AWS::ApiGateway::RestApi').map((part) => {
    refuse(part, ['Body', 'BodyS3Location', 'Policy', 'BinaryMediaTypes'])
    return readRestApi(part, template, authorizerOf)
  })
}

type AuthorizerOf = (id: string, owner: string) => Authorizer

function readRestApi(api: Part, template: Template, authorizerOf: AuthorizerOf): RestApi {
  const apiId = api.id
  const own = (part: Part) => part.properties.RestApiId === apiId
  const stages = template.parts('AWS::ApiGateway::Stage').filter(own)
  const deployments = template.parts('AWS::ApiGateway::Deployment').filter(own)
  const named = [...stages, ...deployments].filter((part) => part.properties.StageName !== undefined)
  const resources = template.parts('AWS::ApiGateway::Resource').filter(own)
  const methods = template.parts('AWS::ApiGateway::Method').filter(own)
  const responses = template.parts('AWS::ApiGateway::GatewayResponse').filter(own)
  return {
    type: 'rest',
    logicalId: api.logicalId,
    name: text(api, 'Name'),
    apiId,
    stage: text(only(named, api.logicalId, 'stages'), 'StageName'),
    stageVariables: stageVariables(stages[0], 'Variables'),
    root: readResource(
      rootResourceId(api.logicalId),
      '',
      '',
      resources,
      methodsById(methods, template, authorizerOf),
    ),
    gatewayResponses: new Map(
      responses.map((part) => [text(part, 'ResponseType'), readGatewayResponse(part)]),
    ),
  }
}

type MethodsById = ReadonlyMap<string, ReadonlyMap<string, RestMethod>>

function readResource(
  id: string,
  path: string,
  part: string,
  resources: readonly Part[],
  methods: MethodsById,
): RestResource {
  const children = resources
    .filter((child) => child.properties.ParentId === id)
    .map((child) => {
      const childPart = text(child, 'PathPart')
      return readResource(child.id, `${path}/${childPart}`, childPart, resources, methods)
    })
  return { id, path: path || '/', part, children, methods: methods.get(id) ?? new Map() }
}

function methodsById(methods: readonly Part[], template: Template, authorizerOf: AuthorizerOf): MethodsById {
  const byId = new Map<string, Map<string, RestMethod>>()
  for (const part of methods) {
    const id = text(part, 'ResourceId')
    const ofResource = byId.get(id) ?? new Map<string, RestMethod>()
    byId.set(id, ofResource.set(text(part, 'HttpMethod'), readMethod(part, template, authorizerOf)))
  }
  return byId
}

function readMethod(part: Part, template: Template, authorizerOf: AuthorizerOf): RestMethod {
  const type = optionalText(part, 'AuthorizationType') ?? 'NONE'
  // AWS_IAM or Cognito taken for NONE would open the route.
  if (type !== 'NONE' && type !== 'CUSTOM')
    throw new TemplateError(part.logicalId, `AuthorizationType ${type} is not emulated; NONE and CUSTOM are`)
  refuse(part, ['ApiKeyRequired', 'RequestValidatorId', 'RequestModels', 'AuthorizationScopes'])
  return {
    authorizer: type === 'CUSTOM' ? authorizerOf(text(part, 'AuthorizerId'), part.logicalId) : undefined,
    integration: readIntegration(part, template),
  }
}

function readIntegration(method: Part, template: Template): RestIntegration {
  const properties = method.properties.Integration
  const integration = { ...method, properties: isRecord(properties) ? properties : {} }
  const type = text(integration, 'Type')
  if (type === 'MOCK') return readMock(integration)
  if (type !== 'AWS_PROXY')
    throw new TemplateError(
      method.logicalId,
      `an integration of type ${type} is not emulated; AWS_PROXY and MOCK are`,
    )
  refuse(integration, ['RequestParameters', 'ConnectionType'])
  return {
    type: 'function',
    ...template.functionOf(text(integration, 'Uri'), method.logicalId),
    timeoutMs: wholeNumber(integration, 'TimeoutInMillis', integrationTimeoutMs, 50, integrationTimeoutMs),
  }
}

/** As osls emits it for `cors: true`: one response of quoted headers, and a template that reflects the origin. */
function readMock(integration: Part): RestIntegration {
  const responses = integration.properties.IntegrationResponses
  const listed: unknown = only(
    Array.isArray(responses) ? responses : [],
    integration.logicalId,
    'mock responses',
  )
  const response = { ...integration, properties: isRecord(listed) ? listed : {} }
  const headers = Object.entries(record(response, 'ResponseParameters')).map(
    ([name, value]): [string, string] => {
      const quoted = /^'(.*)'$/s.exec(String(value))
      if (!name.startsWith('method.response.header.') || quoted === null)
        throw new TemplateError(
          integration.logicalId,
          `the mock's ${name} is not a quoted text; no other is emulated`,
        )
      return [name.slice('method.response.header.'.length), quoted[1] ?? '']
    },
  )
  const template = String(record(response, 'ResponseTemplates')['application/json'] ?? '')
  if (template !== '' && !template.startsWith('#set($origin = $input.params("Origin"))'))
    throw new TemplateError(
      integration.logicalId,
      'a mock integration with a response template is not emulated',
    )
  const origins = Array.from(
    template.matchAll(/\$origin\.matches\("([^"]*)"\)/g),
    ([, pattern]) => `^(?:${pattern})$`,
  )
  const status = wholeNumber(response, 'StatusCode', 200, 100, 599)
  return { type: 'mock', status, headers, reflectedOrigins: origins.map((pattern) => new RegExp(pattern)) }
}
