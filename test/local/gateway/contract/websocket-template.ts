import { functions, uri } from './templates.ts'

export type WebSocketSpec = {
  readonly selection?: string
  /** By key, `false` for a route without an integration. */
  readonly routes?: Readonly<Record<string, boolean>>
  /** Properties beside the API and the URI; `null` for an API whose `$connect` is open. */
  readonly authorizer?: object | null
  readonly stageVariables?: object
  readonly resources?: Readonly<Record<string, object>>
}

export const webSocketAuthorizer = {
  AuthorizerType: 'REQUEST',
  IdentitySource: ['route.request.header.Authorization'],
}

export const webSocketRoutes = { $connect: true, $disconnect: true, $default: true, orders: true }

/** A WebSocket API of the logical id `Ws`, its stage `live`, every route behind the function Backend. */
export function webSocketTemplate(spec: WebSocketSpec = {}): { Resources: Record<string, object> } {
  const ApiId = { Ref: 'Ws' }
  const { selection = '$request.body.action', authorizer = webSocketAuthorizer, stageVariables } = spec
  const part = (type: string, properties: object) => ({
    Type: `AWS::ApiGatewayV2::${type}`,
    Properties: { ApiId, ...properties },
  })
  const resources: Record<string, object> = {
    ...functions,
    Ws: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'Ws', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: selection },
    },
    WsDeployment: part('Deployment', {}),
    WsStage: part('Stage', {
      StageName: 'live',
      DeploymentId: { Ref: 'WsDeployment' },
      ...(stageVariables && { StageVariables: stageVariables }),
    }),
    WsIntegration: part('Integration', { IntegrationType: 'AWS_PROXY', IntegrationUri: uri('Backend') }),
    ...(authorizer && {
      A: part('Authorizer', { Name: 'A', AuthorizerUri: uri('Authorize'), ...authorizer }),
    }),
  }
  for (const [key, integrated] of Object.entries(spec.routes ?? webSocketRoutes))
    resources[`WsRoute${Buffer.from(key).toString('hex')}`] = part('Route', {
      RouteKey: key,
      AuthorizationType: 'NONE',
      ...(integrated && { Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'WsIntegration' }]] } }),
      ...(key === '$connect' && authorizer && { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'A' } }),
    })
  return { Resources: { ...resources, ...spec.resources } }
}
