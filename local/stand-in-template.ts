import type { Access, App } from '../shared/access/access.ts'
import { rolesIn } from '../shared/access/app-of.ts'
import type { RouteNode } from '../shared/gateway/route.ts'
import { arnOf, functionUri, type Resources, sourceOf, uriOf } from './stand-in-parts.ts'
import { webSocketApi } from './stand-in-websocket.ts'

/**
 * A template for a manifest whose own service is not here: for each app a REST and an HTTP API with every route that
 * the manifest and its routes file name, and a WebSocket API where a role lists `$connect`, wired as the manifest
 * says, in front of a backend that echoes its caller. In the shape that osls packages; it is read by the local
 * gateway and never deployed.
 */
export function standInTemplate(access: Access, isPublic: IsPublic): object {
  const resources: Resources = { ...functions }
  for (const stand of standsOf(access)) {
    const { app, names, ids } = stand
    Object.assign(resources, authorizerOf(stand))
    const guarded = (route: string) => !isPublic(app, route)
    if (ids.rest !== null) addRestApi(resources, stand, guarded)
    if (ids.http !== null) addHttpApi(resources, stand, guarded)
    const connects = rolesIn(app, access.roles).some(({ routes }) => routes.includes('ANY $connect'))
    if (connects && ids.websocket !== null)
      Object.assign(resources, webSocketApi(app, names.websocket, ids.websocket, stand.authorizerUri))
  }
  return { AWSTemplateFormatVersion: '2010-09-09', Resources: resources }
}

/** Whether a route of an app is served without the authorizer. */
export type IsPublic = (app: App, route: string) => boolean

/** How an app stands in the template. An API that several apps share is told by its id, any other by its alias. */
type Stand = {
  readonly app: App
  readonly names: Readonly<Record<'rest' | 'http' | 'websocket', string>>
  /** The API's own id; `undefined` for one of the gateway's choice, `null` where there is no such API. */
  readonly ids: Readonly<Record<'rest' | 'http' | 'websocket', string | null | undefined>>
  readonly prefix: string
  readonly authorizerUri: object
}

function standsOf({ apps, appOf }: Access): readonly Stand[] {
  return apps.map((app, at): Stand => {
    const prefix = appOf === undefined ? '' : `App${at}`
    const names = { rest: `${prefix}RestApi`, http: `${prefix}HttpApi`, websocket: `${prefix}WebSocketApi` }
    if ((app.of?.length ?? 1) === 1) {
      const uri =
        appOf === undefined ? functionUri('AuthorizerLambdaFunction') : uriOf({ Ref: `${prefix}Alias` })
      const ids = { rest: undefined, http: undefined, websocket: undefined }
      return { app, names, ids, prefix, authorizerUri: uri }
    }
    const own = Object.entries(appOf?.apiId ?? {}).filter(([, position]) => position === at)
    const [rest = null, http = null, websocket = null] = own.map(([id]) => id)
    const ids = { rest, http, websocket }
    return { app, names, ids, prefix, authorizerUri: functionUri('AuthorizerLambdaFunction') }
  })
}

/** The app of an API of the template, by the API's logical id. */
export function appOfApi(access: Access, logicalId: string): App | undefined {
  return standsOf(access).find(({ names }) => Object.values(names).includes(logicalId))?.app
}

function authorizerOf({ app, prefix }: Stand): Resources {
  if (prefix === '' || app.of?.length !== 1) return {}
  const alias = { Ref: `${prefix}Alias` }
  return {
    [alias.Ref]: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        FunctionName: { Ref: 'AuthorizerLambdaFunction' },
        FunctionVersion: '$LATEST',
        Name: app.name,
      },
    },
    [`${prefix}Permission`]: permission(alias),
  }
}

/** A path of R by its segments, with the methods it serves and how the manifest spells each. */
type Path = { readonly segments: readonly string[]; readonly methods: Readonly<Record<string, string>> }

const lambda = { Runtime: 'nodejs24.x', Handler: 'index.handler', Timeout: 5, Code: {} }
const permission = (functionName: object) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: functionName,
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
  AuthorizerPermission: permission(arnOf('AuthorizerLambdaFunction')),
  EchoPermission: permission(arnOf('EchoLambdaFunction')),
}

function addRestApi(resources: Resources, stand: Stand, guarded: (route: string) => boolean): void {
  const { app, names, ids, prefix, authorizerUri } = stand
  const source = sourceOf(app.token)
  const body =
    '{"message":$context.error.messageString,"reason":"$context.authorizer.deniedReason","decisionId":"$context.authorizer.decisionId"}'
  const api = { RestApiId: { Ref: names.rest } }
  const Tags = ids.rest ? [{ Key: '_custom_id_', Value: ids.rest }] : []
  Object.assign(resources, {
    [names.rest]: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: names.rest, Tags } },
    [`${prefix}RestDeployment`]: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { ...api, StageName: 'dev' },
    },
    [`${prefix}RestAuthorizer`]: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        ...api,
        Name: 'postern',
        Type: 'REQUEST',
        IdentitySource: `method.request.${source.kind}.${source.name}`,
        AuthorizerResultTtlInSeconds: app.cacheSeconds,
        AuthorizerUri: authorizerUri,
      },
    },
    [`${prefix}AccessDenied`]: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: {
        ...api,
        ResponseType: 'ACCESS_DENIED',
        StatusCode: '403',
        ResponseTemplates: { 'application/json': body },
      },
    },
  })
  for (const route of walk(app.routes.rest)) addRestRoute(resources, stand, route, guarded)
}

/** A cached simple response is one yes or no: without the route in its key it would answer for all of them. */
function routeSource({ response, cacheSeconds }: App): readonly string[] {
  return response === 'simple' && cacheSeconds > 0 ? ['$context.routeKey'] : []
}

function addHttpApi(resources: Resources, stand: Stand, guarded: (route: string) => boolean): void {
  const { app, names, ids, prefix, authorizerUri } = stand
  const source = sourceOf(app.token)
  const api = { ApiId: { Ref: names.http } }
  const Tags = ids.http ? { _custom_id_: ids.http } : {}
  Object.assign(resources, {
    [names.http]: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: names.http, ProtocolType: 'HTTP', Tags },
    },
    [`${prefix}HttpStage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ...api, StageName: '$default', AutoDeploy: true },
    },
    [`${prefix}HttpIntegration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ...api,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['EchoLambdaFunction', 'Arn'] },
        PayloadFormatVersion: '2.0',
        TimeoutInMillis: 30000,
      },
    },
    [`${prefix}HttpAuthorizer`]: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ...api,
        Name: 'postern',
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: app.response === 'simple',
        AuthorizerResultTtlInSeconds: app.cacheSeconds,
        IdentitySource: [`$request.${source.kind}.${source.name}`, ...routeSource(app)],
        AuthorizerUri: authorizerUri,
      },
    },
  })
  for (const route of walk(app.routes.http)) addHttpRoute(resources, stand, route, guarded)
}

function addRestRoute(
  resources: Resources,
  { names, prefix }: Stand,
  { segments, methods }: Path,
  guarded: (route: string) => boolean,
): void {
  let parent: object = { 'Fn::GetAtt': [names.rest, 'RootResourceId'] }
  let id = `${prefix}RestResource`
  for (const segment of segments) {
    id += `_${Buffer.from(segment).toString('hex')}`
    resources[id] ??= {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: { Ref: names.rest }, ParentId: parent, PathPart: segment },
    }
    parent = { Ref: id }
  }
  for (const [method, route] of Object.entries(methods)) {
    const guard = guarded(route)
      ? { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: `${prefix}RestAuthorizer` } }
      : { AuthorizationType: 'NONE' }
    resources[`${id}_${method}`] = {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: names.rest },
        ResourceId: parent,
        HttpMethod: method,
        ...guard,
        Integration: {
          Type: 'AWS_PROXY',
          IntegrationHttpMethod: 'POST',
          Uri: functionUri('EchoLambdaFunction'),
        },
      },
    }
  }
}

function addHttpRoute(
  resources: Resources,
  { names, prefix }: Stand,
  { segments, methods }: Path,
  guarded: (route: string) => boolean,
): void {
  for (const [method, route] of Object.entries(methods)) {
    const key = route === '$default' ? '$default' : `${method} /${segments.join('/')}`
    const guard = guarded(route)
      ? { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: `${prefix}HttpAuthorizer` } }
      : { AuthorizationType: 'NONE' }
    resources[`${prefix}HttpRoute_${Buffer.from(key).toString('hex')}`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: names.http },
        RouteKey: key,
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: `${prefix}HttpIntegration` }]] },
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
