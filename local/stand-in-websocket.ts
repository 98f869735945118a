import type { App } from '../shared/access/access.ts'
import { functionUri, type Resources, sourceOf } from './stand-in-parts.ts'

/** A WebSocket API whose handshake the authorizer guards, and whose messages the backend echoes. */
export function webSocketApi(
  app: App,
  name: string,
  id: string | undefined,
  authorizerUri: object,
): Resources {
  const source = sourceOf(app.token)
  const api = { ApiId: { Ref: name } }
  const integration = { 'Fn::Join': ['/', ['integrations', { Ref: `${name}Integration` }]] }
  return {
    [name]: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: {
        Name: name,
        ProtocolType: 'WEBSOCKET',
        RouteSelectionExpression: '$request.body.action',
        Tags: id === undefined ? {} : { _custom_id_: id },
      },
    },
    [`${name}Stage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ...api, StageName: 'dev', AutoDeploy: true },
    },
    [`${name}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ...api,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: functionUri('EchoLambdaFunction'),
      },
    },
    [`${name}Authorizer`]: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ...api,
        Name: 'postern',
        AuthorizerType: 'REQUEST',
        IdentitySource: [`route.request.${source.kind}.${source.name}`],
        AuthorizerUri: authorizerUri,
      },
    },
    [`${name}Connect`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ...api,
        RouteKey: '$connect',
        AuthorizationType: 'CUSTOM',
        AuthorizerId: { Ref: `${name}Authorizer` },
      },
    },
    [`${name}Default`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ...api, RouteKey: '$default', Target: integration },
    },
  }
}
