import type { App } from '../shared/access/access.ts'
import type { RouteNode } from '../shared/gateway/route.ts'

/**
 * A template for a manifest whose own service is not here: a REST and an HTTP API with every route that the manifest
 * and its routes file name, wired as the manifest says, in front of a backend that echoes its caller. In the shape
 * that osls packages; it is read by the local gateway and never deployed.
 */
export function standInTemplate(app: App, isPublic: (route: string) => boolean): object {
  const resources: Resources = { ...functions, ...restApi(app), ...httpApi(app) }
  // `$default` is a route of HTTP APIs alone.
  for (const route of walk(app.routes.rest))
    if (route.methods.ANY !== '$default') addRestRoute(resources, route, isPublic)
  for (const route of walk(app.routes.http)) addHttpRoute(resources, route, isPublic)
  return { AWSTemplateFormatVersion: '2010-09-09', Resources: resources }
}

type Resources = Record<string, { Type: string; Properties: object }>
/** A path of R by its segments, with the methods it serves and how the manifest spells each. */
type Path = { readonly segments: readonly string[]; readonly methods: Readonly<Record<string, string>> }

const lambda = { Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 5, Code: {} }
const integrationUri = (name: string) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':apigateway:', { Ref: 'AWS::Region' }, ':lambda:path/2015-03-31/functions/', { 'Fn::GetAtt': [name, 'Arn'] }, '/invocations']], // biome-ignore format: one address
})
const permission = (name: string) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: { 'Fn::GetAtt': [name, 'Arn'] },
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
  },
})
const functions: Resources = {
  AuthorizerLambdaFunction: {
    Type: 'AWS::Lambda::Function',
    Properties: { ...lambda, FunctionName: 'authorizer' },
  },
  EchoLambdaFunction: { Type: 'AWS::Lambda::Function', Properties: { ...lambda, FunctionName: 'echo' } },
  AuthorizerPermission: permission('AuthorizerLambdaFunction'),
  EchoPermission: permission('EchoLambdaFunction'),
}

/** Where the token is on the wire: a cookie travels in a header. */
function sourceOf({ place, name }: App['token']): {
  readonly kind: 'header' | 'querystring'
  readonly name: string
} {
  if (place === 'query') return { kind: 'querystring', name }
  return { kind: 'header', name: place === 'cookie' ? 'Cookie' : name }
}

function restApi(app: App): Resources {
  const source = sourceOf(app.token)
  const body =
    '{"message":$context.error.messageString,"reason":"$context.authorizer.deniedReason","decisionId":"$context.authorizer.decisionId"}'
  const api = { RestApiId: { Ref: 'RestApi' } }
  return {
    RestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'rest' } },
    RestDeployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { ...api, StageName: 'dev' } },
    RestAuthorizer: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        ...api,
        Name: 'postern',
        Type: 'REQUEST',
        IdentitySource: `method.request.${source.kind}.${source.name}`,
        AuthorizerResultTtlInSeconds: app.cacheSeconds,
        AuthorizerUri: integrationUri('AuthorizerLambdaFunction'),
      },
    },
    AccessDenied: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: {
        ...api,
        ResponseType: 'ACCESS_DENIED',
        StatusCode: '403',
        ResponseTemplates: { 'application/json': body },
      },
    },
  }
}

/** A cached simple response is one yes or no: without the route in its key it would answer for all of them. */
function routeSource({ response, cacheSeconds }: App): readonly string[] {
  return response === 'simple' && cacheSeconds > 0 ? ['$context.routeKey'] : []
}

function httpApi(app: App): Resources {
  const source = sourceOf(app.token)
  const api = { ApiId: { Ref: 'HttpApi' } }
  return {
    HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'http', ProtocolType: 'HTTP' } },
    HttpStage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ...api, StageName: '$default', AutoDeploy: true },
    },
    HttpIntegration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ...api,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['EchoLambdaFunction', 'Arn'] },
        PayloadFormatVersion: '2.0',
        TimeoutInMillis: 30000,
      },
    },
    HttpAuthorizer: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ...api,
        Name: 'postern',
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: app.response === 'simple',
        AuthorizerResultTtlInSeconds: app.cacheSeconds,
        IdentitySource: [`$request.${source.kind}.${source.name}`, ...routeSource(app)],
        AuthorizerUri: integrationUri('AuthorizerLambdaFunction'),
      },
    },
  }
}

function addRestRoute(
  resources: Resources,
  { segments, methods }: Path,
  isPublic: (route: string) => boolean,
): void {
  let parent: object = { 'Fn::GetAtt': ['RestApi', 'RootResourceId'] }
  let id = 'RestResource'
  for (const segment of segments) {
    id += `_${Buffer.from(segment).toString('hex')}`
    resources[id] ??= {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: { Ref: 'RestApi' }, ParentId: parent, PathPart: segment },
    }
    parent = { Ref: id }
  }
  for (const [method, route] of Object.entries(methods)) {
    const guard = isPublic(route)
      ? { AuthorizationType: 'NONE' }
      : { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'RestAuthorizer' } }
    resources[`${id}_${method}`] = {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'RestApi' },
        ResourceId: parent,
        HttpMethod: method,
        ...guard,
        Integration: {
          Type: 'AWS_PROXY',
          IntegrationHttpMethod: 'POST',
          Uri: integrationUri('EchoLambdaFunction'),
        },
      },
    }
  }
}

function addHttpRoute(
  resources: Resources,
  { segments, methods }: Path,
  isPublic: (route: string) => boolean,
): void {
  for (const [method, route] of Object.entries(methods)) {
    const key = route === '$default' ? '$default' : `${method} /${segments.join('/')}`
    const guard = isPublic(route)
      ? { AuthorizationType: 'NONE' }
      : { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'HttpAuthorizer' } }
    resources[`HttpRoute_${Buffer.from(key).toString('hex')}`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'HttpApi' },
        RouteKey: key,
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'HttpIntegration' }]] },
        ...guard,
      },
    }
  }
}

/** Parameters lose their names in the tree, and nothing here needs them. */
function* walk(node: RouteNode, segments: readonly string[] = []): Generator<Path> {
  if (node.methods) yield { segments, methods: node.methods }
  if (node.greedy) yield { segments: [...segments, '{proxy+}'], methods: node.greedy }
  if (node.fallback) yield { segments, methods: { ANY: '$default' } }
  for (const [literal, child] of Object.entries(node.literals ?? {}))
    yield* walk(child, [...segments, literal])
  if (node.parameter) yield* walk(node.parameter, [...segments, '{parameter}'])
}
