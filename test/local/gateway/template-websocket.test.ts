import { describe, expect, it } from 'vitest'
import { createGateway } from '../../../local/gateway/gateway.ts'
import { TemplateError } from '../../../local/gateway/resources.ts'
import { type WebSocketSpec, webSocketAuthorizer, webSocketTemplate } from './contract/websocket-template.ts'

const read = (template: unknown) =>
  createGateway({ template, invoke: async () => ({ ok: true as const, value: null }) })
const part = (type: string, properties: object) => ({
  Type: `AWS::ApiGatewayV2::${type}`,
  Properties: { ApiId: { Ref: 'Ws' }, ...properties },
})
const route = (properties: object) => ({
  X: part('Route', {
    RouteKey: 'x',
    Target: { 'Fn::Sub': `integrations/\${WsIntegration}` },
    ...properties,
  }),
})
const integration = (properties: object) => ({
  WsIntegration: part('Integration', {
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: { 'Fn::GetAtt': ['Backend', 'Arn'] },
    ...properties,
  }),
})
const answers = (type: string, properties: object) => ({
  Y: part(type, { IntegrationId: 'i', RouteId: 'r', ...properties }),
})

describe('a WebSocket API the gateway emulates', () => {
  it('is accepted: the control for every refusal below', () => {
    const resources = {
      ...route({ RouteResponseSelectionExpression: '$default' }),
      ...integration({ PayloadFormatVersion: '1.0', TimeoutInMillis: 1000 }),
      RouteResponse: part('RouteResponse', { RouteId: { Ref: 'X' }, RouteResponseKey: '$default' }),
      IntegrationResponse: part('IntegrationResponse', {
        IntegrationId: { Ref: 'WsIntegration' },
        IntegrationResponseKey: '$default',
      }),
    }
    expect(read(webSocketTemplate({ resources })).apis).toEqual([
      { logicalId: 'Ws', name: 'Ws', apiId: expect.any(String), type: 'websocket', stage: 'live' },
    ])
  })
})

const refused: [string, WebSocketSpec, RegExp][] = [
  [
    'an authorizer on another route than $connect, which AWS would not ask',
    { resources: route({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'A' } }) },
    /X: of a WebSocket API only \$connect can have an authorizer, not x/,
  ],
  [
    'an authorizer on $default',
    {
      routes: { $connect: true },
      resources: route({
        RouteKey: '$default',
        AuthorizationType: 'CUSTOM',
        AuthorizerId: { Ref: 'A' },
      }),
    },
    /X: of a WebSocket API only \$connect/,
  ],
  [
    'AWS_IAM on $connect, which would look open',
    { routes: {}, resources: route({ RouteKey: '$connect', AuthorizationType: 'AWS_IAM' }) },
    /X: AuthorizationType AWS_IAM is not emulated/,
  ],
  [
    'an authorizer that is not there',
    {
      routes: {},
      resources: route({ RouteKey: '$connect', AuthorizationType: 'CUSTOM', AuthorizerId: 'gone' }),
    },
    /X: AuthorizerId names no authorizer of this API/,
  ],
  [
    'a second $connect, which would take the authorizer of the first away',
    { resources: route({ RouteKey: '$connect' }) },
    /X: is a second route "\$connect"/,
  ],
  ['an API key', { resources: route({ ApiKeyRequired: true }) }, /X: ApiKeyRequired is not emulated/],
  ['a route that goes nowhere', { resources: route({ Target: undefined }) }, /X: Target is missing/],
  [
    'a route to an integration that is not there',
    { resources: route({ Target: 'integrations/gone' }) },
    /X: Target names no integration/,
  ],
  ['a JWT authorizer', { authorizer: { AuthorizerType: 'JWT' } }, /A: authorizers of type JWT/],
  [
    'a cache',
    { authorizer: { ...webSocketAuthorizer, AuthorizerResultTtlInSeconds: 1 } },
    /A: AuthorizerResultTtlInSeconds is of HTTP APIs/,
  ],
  [
    'simple responses',
    { authorizer: { ...webSocketAuthorizer, EnableSimpleResponses: true } },
    /A: EnableSimpleResponses is of HTTP APIs/,
  ],
  [
    'a payload format of an authorizer',
    { authorizer: { ...webSocketAuthorizer, AuthorizerPayloadFormatVersion: '1.0' } },
    /A: AuthorizerPayloadFormatVersion is of HTTP APIs/,
  ],
  [
    "an identity source in another API type's syntax",
    { authorizer: { ...webSocketAuthorizer, IdentitySource: ['method.request.header.Authorization'] } },
    /A: the identity source "method.request.header.Authorization" is not one/,
  ],
  [
    'a path parameter as identity source',
    { authorizer: { ...webSocketAuthorizer, IdentitySource: ['route.request.path.id'] } },
    /A: the identity source/,
  ],
  ['a selection by a header', { selection: '$request.header.x' }, /Ws: the RouteSelectionExpression/],
  ['a selection of two parts', { selection: `$request.body.a$request.body.b` }, /RouteSelectionExpression/],
  [
    'an integration that is no function',
    { resources: integration({ IntegrationType: 'MOCK' }) },
    /type MOCK/,
  ],
  [
    'an integration with payload 2.0',
    { resources: integration({ PayloadFormatVersion: '2.0' }) },
    /"1.0" alone/,
  ],
  [
    'an integration with a mapping',
    { resources: integration({ RequestTemplates: { $default: '{}' } }) },
    /WsIntegration: RequestTemplates is not emulated/,
  ],
  [
    'an integration over 29 seconds',
    { resources: integration({ TimeoutInMillis: 29_001 }) },
    /TimeoutInMillis is not a whole number from 50 to 29000/,
  ],
  [
    'an integration response that shapes answers',
    { resources: answers('IntegrationResponse', { ResponseTemplates: { a: 'b' } }) },
    /Y: ResponseTemplates is not emulated/,
  ],
  [
    'a route response that chooses a model',
    { resources: answers('RouteResponse', { ModelSelectionExpression: '$request.body.a' }) },
    /Y: ModelSelectionExpression is not emulated/,
  ],
  ['two stages', { resources: { S: part('Stage', { StageName: 'b' }) } }, /Ws: has 2 stages/],
  [
    'a model',
    { resources: { M: part('Model', { Name: 'm' }) } },
    /M: the local gateway does not emulate AWS::ApiGatewayV2::Model/,
  ],
]

describe('a WebSocket API the gateway cannot emulate is refused, never approximated', () => {
  for (const [what, spec, message] of refused)
    it(what, () => {
      expect(() => read(webSocketTemplate(spec))).toThrow(TemplateError)
      expect(() => read(webSocketTemplate(spec))).toThrow(message)
    })
})
