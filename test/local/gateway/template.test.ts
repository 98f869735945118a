import { describe, expect, it } from 'vitest'
import { createGateway } from '../../../local/gateway/gateway.ts'
import { TemplateError } from '../../../local/gateway/resources.ts'
import {
  httpAuthorizer,
  httpAuthorizer1,
  httpTemplate,
  requestAuthorizer,
  restTemplate,
  tokenAuthorizer,
} from './contract/templates.ts'

const invoke = async () => ({ ok: true as const, value: null })
const read = (template: unknown) => createGateway({ template, invoke })

const rest = (authorizer: object, resources: Record<string, object> = {}) =>
  restTemplate({ routes: [{ route: 'GET /a', authorizer: 'A' }], authorizers: { A: authorizer }, resources })
const http = (authorizer: object, resources: Record<string, object> = {}) =>
  httpTemplate({ routes: [{ route: 'GET /a', authorizer: 'A' }], authorizers: { A: authorizer }, resources })
const method = (properties: object) => ({
  Type: 'AWS::ApiGateway::Method',
  Properties: {
    RestApiId: { Ref: 'Rest' },
    HttpMethod: 'GET',
    ResourceId: { 'Fn::GetAtt': ['Rest', 'RootResourceId'] },
    AuthorizationType: 'NONE',
    Integration: { Type: 'AWS_PROXY', Uri: { 'Fn::GetAtt': ['Backend', 'Arn'] } },
    ...properties,
  },
})
const route = (properties: object) => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: { ApiId: { Ref: 'Http' }, RouteKey: 'GET /b', Target: 'integrations/x', ...properties },
})
const restApi = (properties: object) => ({
  Type: 'AWS::ApiGateway::RestApi',
  Properties: { Name: 'a', ...properties },
})
const httpApi = (properties: object) => ({
  Type: 'AWS::ApiGatewayV2::Api',
  Properties: { Name: 'a', ProtocolType: 'HTTP', ...properties },
})
const mapping = {
  Type: 'AWS::ApiGatewayV2::Integration',
  Properties: {
    ApiId: { Ref: 'Http' },
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: { 'Fn::GetAtt': ['Backend', 'Arn'] },
    PayloadFormatVersion: '2.0',
    RequestParameters: { 'overwrite:path': '/admin' },
  },
}
const response = (properties: object) => ({
  Type: 'AWS::ApiGateway::GatewayResponse',
  Properties: { RestApiId: { Ref: 'Rest' }, ResponseType: 'ACCESS_DENIED', ...properties },
})

describe('a template the gateway emulates', () => {
  it('is accepted: the control for every refusal below', () => {
    expect(read(rest(requestAuthorizer, { M: method({}) })).apis).toHaveLength(1)
    expect(read(http(httpAuthorizer)).apis).toHaveLength(1)
  })
  it('gives each API an id of ten letters and digits, the same on every run', () => {
    const [api] = read(rest(tokenAuthorizer)).apis
    expect(api).toEqual({ logicalId: 'Rest', name: 'Rest', apiId: api?.apiId, type: 'rest', stage: 'dev' })
    expect(api?.apiId).toMatch(/^[a-z0-9]{10}$/)
    expect(read(rest(requestAuthorizer)).apis[0]?.apiId).toBe(api?.apiId)
  })
})

const refused: [string, unknown, RegExp][] = [
  ['no template', { Parameters: {} }, /no Resources/],
  [
    'an authorizer whose payload is unset, for which AWS has no default',
    http({ ...httpAuthorizer, AuthorizerPayloadFormatVersion: undefined }),
    /A: AuthorizerPayloadFormatVersion is not "1\.0" or "2\.0"/,
  ],
  [
    'simple responses with payload 1.0, which AWS refuses',
    http({ ...httpAuthorizer1, EnableSimpleResponses: true }),
    /A: EnableSimpleResponses needs AuthorizerPayloadFormatVersion "2\.0"/,
  ],
  [
    'an integration whose payload is unset',
    http(httpAuthorizer, {
      HttpIntegrationBackend: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: { ApiId: { Ref: 'Http' }, IntegrationType: 'AWS_PROXY' },
      },
    }),
    /HttpIntegrationBackend: PayloadFormatVersion is not "1\.0" or "2\.0"/,
  ],
  [
    'an API that is neither HTTP nor WebSocket',
    http(httpAuthorizer, { Http: httpApi({ ProtocolType: 'GRPC' }) }),
    /Http: a GRPC API is not emulated/,
  ],
  [
    'a resource type of API Gateway it does not know',
    rest(requestAuthorizer, { P: { Type: 'AWS::ApiGateway::UsagePlan' } }),
    /P: .*UsagePlan/,
  ],
  [
    'a Cognito authorizer',
    rest({ ...requestAuthorizer, Type: 'COGNITO_USER_POOLS' }),
    /COGNITO_USER_POOLS are not emulated/,
  ],
  ['a JWT authorizer', http({ ...httpAuthorizer, AuthorizerType: 'JWT' }), /JWT are not emulated/],
  [
    'an AWS_IAM method, which would look open',
    rest(requestAuthorizer, { M: method({ AuthorizationType: 'AWS_IAM' }) }),
    /M: AuthorizationType AWS_IAM/,
  ],
  [
    'an AWS_IAM route, which would look open',
    http(httpAuthorizer, { R: route({ AuthorizationType: 'AWS_IAM' }) }),
    /R: AuthorizationType AWS_IAM/,
  ],
  [
    'an API key, which would look open',
    rest(requestAuthorizer, { M: method({ ApiKeyRequired: true }) }),
    /ApiKeyRequired/,
  ],
  [
    'an authorizer of an HTTP API that is not there, which would look open',
    http(httpAuthorizer, { R: route({ AuthorizationType: 'CUSTOM', AuthorizerId: 'gone' }) }),
    /R: AuthorizerId names no authorizer/,
  ],
  [
    'an authorizer that is not there',
    rest(requestAuthorizer, { M: method({ AuthorizationType: 'CUSTOM', AuthorizerId: 'gone' }) }),
    /M: AuthorizerId names no authorizer/,
  ],
  ['a REST cache without identity source', rest({ Type: 'REQUEST' }), /A: IdentitySource is missing/],
  [
    'a TOKEN authorizer without identity source',
    rest({ Type: 'TOKEN', AuthorizerResultTtlInSeconds: 0 }),
    /IdentitySource is missing/,
  ],
  [
    'a TOKEN authorizer on a query',
    rest({ Type: 'TOKEN', IdentitySource: 'method.request.querystring.t' }),
    /is one header/,
  ],
  [
    'an HTTP cache without identity source',
    http({ ...httpAuthorizer, IdentitySource: [], AuthorizerResultTtlInSeconds: 300 }),
    /IdentitySource is empty/,
  ],
  [
    'a path parameter as identity source',
    rest({ ...requestAuthorizer, IdentitySource: 'method.request.path.id' }),
    /"method.request.path.id" is not one/,
  ],
  [
    "a source in the other API type's syntax",
    http({ ...httpAuthorizer, IdentitySource: ['method.request.header.A'] }),
    /is not one that API Gateway takes/,
  ],
  [
    'a lifetime over an hour',
    rest({ ...requestAuthorizer, AuthorizerResultTtlInSeconds: 3601 }),
    /from 0 to 3600/,
  ],
  ['a lifetime below 0', rest({ ...requestAuthorizer, AuthorizerResultTtlInSeconds: -1 }), /from 0 to 3600/],
  [
    'an integration other than a proxied function',
    rest(requestAuthorizer, { M: method({ Integration: { Type: 'HTTP_PROXY' } }) }),
    /HTTP_PROXY is not emulated/,
  ],
  [
    'a function of another stack',
    rest(requestAuthorizer, {
      M: method({ Integration: { Type: 'AWS_PROXY', Uri: 'arn:aws:lambda:eu-west-1:1:function:x' } }),
    }),
    /is no function of this template/,
  ],
  [
    'a parameter',
    rest(requestAuthorizer, { M: method({ ResourceId: { Ref: 'Parameter' } }) }),
    /refers to "Parameter"/,
  ],
  [
    'a function of CloudFormation it does not know',
    rest(requestAuthorizer, { M: method({ ResourceId: { 'Fn::If': ['a', 'b', 'c'] } }) }),
    /Fn::If is not emulated/,
  ],
  [
    'an OpenAPI body',
    rest(requestAuthorizer, {
      Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'a', Body: { openapi: '3.0.1' } } },
    }),
    /Rest: Body is not emulated/,
  ],
  [
    'a resource policy, which would look open',
    rest(requestAuthorizer, { Rest: restApi({ Policy: { Statement: [] } }) }),
    /Rest: Policy is not emulated/,
  ],
  [
    'binary media types',
    rest(requestAuthorizer, { Rest: restApi({ BinaryMediaTypes: ['*/*'] }) }),
    /BinaryMediaTypes/,
  ],
  [
    'a request validator',
    rest(requestAuthorizer, { M: method({ RequestValidatorId: 'v' }) }),
    /M: RequestValidatorId/,
  ],
  [
    'CORS of an HTTP API',
    http(httpAuthorizer, { Http: httpApi({ CorsConfiguration: { AllowOrigins: ['*'] } }) }),
    /Http: CorsConfiguration/,
  ],
  [
    'parameter mapping of an HTTP API, which can overwrite the path',
    http(httpAuthorizer, { HttpIntegrationBackend: mapping }),
    /RequestParameters/,
  ],
  [
    'a resource under a condition',
    rest(requestAuthorizer, { M: { ...method({}), Condition: 'Prod' } }),
    /M: Condition/,
  ],
  [
    'two stages',
    http(httpAuthorizer, {
      S: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Http' }, StageName: 'b' } },
    }),
    /has 2 stages/,
  ],
  [
    'a gateway response with logic',
    rest(requestAuthorizer, { R: response({ ResponseTemplates: { 'application/json': '#set($a = 1)' } }) }),
    /more than \$context/,
  ],
  [
    'a gateway response with $input',
    rest(requestAuthorizer, { R: response({ ResponseTemplates: { 'application/json': '$input.body' } }) }),
    /more than \$context/,
  ],
  [
    'a gateway response with an unknown value',
    rest(requestAuthorizer, {
      R: response({ ResponseTemplates: { 'application/json': '$context.wafResponseCode' } }),
    }),
    /\$context\.wafResponseCode/,
  ],
  [
    'a gateway response header that is no text',
    rest(requestAuthorizer, {
      R: response({ ResponseParameters: { 'gatewayresponse.header.X': 'method.request.header.Y' } }),
    }),
    /'quoted'/,
  ],
]

describe('a template the gateway cannot emulate is refused, never approximated', () => {
  for (const [what, template, message] of refused)
    it(what, () => {
      expect(() => read(template)).toThrow(TemplateError)
      expect(() => read(template)).toThrow(message)
    })
})
