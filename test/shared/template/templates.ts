import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManifestError, type Problem } from '../../../shared/manifest/problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-template-'))

/** Writes a file of the test, and says where. What is not text is written as JSON. */
export function write(name: string, content: unknown): string {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  return file
}

export const handWritten = join(import.meta.dirname, 'hand-written.yml')
export const cdkSynth = join(import.meta.dirname, 'cdk-synth.json')

type Properties = Readonly<Record<string, unknown>>
export type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: Properties }>>

/** A REST API of `GET /orders` and `GET /orders/{id}`, both behind an authorizer; each part may be written otherwise. */
export function rest(
  parts: {
    readonly api?: Properties
    readonly orders?: Properties
    readonly list?: Properties
    readonly read?: Properties
    readonly authorizer?: Properties
  } = {},
): Resources {
  const method = { RestApiId: ref('Rest'), HttpMethod: 'GET', AuthorizationType: 'CUSTOM' }
  const guarded = { ...method, AuthorizerId: ref('Guard') }
  const resource = (ParentId: unknown, PathPart: string) => ({ RestApiId: ref('Rest'), ParentId, PathPart })
  return {
    Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'orders', ...parts.api } },
    Orders: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { ...resource(getAtt('Rest', 'RootResourceId'), 'orders'), ...parts.orders },
    },
    Order: { Type: 'AWS::ApiGateway::Resource', Properties: resource(ref('Orders'), '{id}') },
    List: {
      Type: 'AWS::ApiGateway::Method',
      Properties: { ...guarded, ResourceId: ref('Orders'), ...parts.list },
    },
    Read: {
      Type: 'AWS::ApiGateway::Method',
      Properties: { ...guarded, ResourceId: ref('Order'), ...parts.read },
    },
    Guard: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: ref('Rest'),
        Type: 'REQUEST',
        IdentitySource: 'method.request.header.Authorization',
        ...parts.authorizer,
      },
    },
  }
}

/** An HTTP API of the same two routes. */
export function http(
  parts: {
    readonly api?: Properties
    readonly list?: Properties
    readonly read?: Properties
    readonly authorizer?: Properties
  } = {},
): Resources {
  const guarded = { ApiId: ref('Http'), AuthorizationType: 'CUSTOM', AuthorizerId: ref('HttpGuard') }
  return {
    Http: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { Name: 'orders', ProtocolType: 'HTTP', ...parts.api },
    },
    HttpList: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ...guarded, RouteKey: 'GET /orders', ...parts.list },
    },
    HttpRead: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ...guarded, RouteKey: 'GET /orders/{id}', ...parts.read },
    },
    HttpGuard: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: ref('Http'),
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        AuthorizerResultTtlInSeconds: 300,
        IdentitySource: ['$request.header.Authorization'],
        ...parts.authorizer,
      },
    },
  }
}

/** A WebSocket API with a guarded `$connect` and a route for messages. */
export function socket(
  parts: { readonly connect?: Properties; readonly authorizer?: Properties } = {},
): Resources {
  const route = (RouteKey: string, more: Properties = {}) => ({
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: { ApiId: ref('Socket'), RouteKey, ...more },
  })
  const guarded = { AuthorizationType: 'CUSTOM', AuthorizerId: ref('SocketGuard') }
  return {
    Socket: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
    Connect: route('$connect', { ...guarded, ...parts.connect }),
    Greet: route('greet'),
    SocketGuard: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        ApiId: ref('Socket'),
        AuthorizerType: 'REQUEST',
        IdentitySource: ['route.request.header.Authorization'],
        ...parts.authorizer,
      },
    },
  }
}

/** An AppSync API with a Lambda authorizer, and a schema of two operations. */
export function graph(
  parts: { readonly api?: Properties; readonly lambda?: Properties; readonly schema?: Properties } = {},
): Resources {
  return {
    Graph: {
      Type: 'AWS::AppSync::GraphQLApi',
      Properties: {
        AuthenticationType: 'AWS_LAMBDA',
        LambdaAuthorizerConfig: { AuthorizerUri: getAtt('Postern', 'Arn'), ...parts.lambda },
        ...parts.api,
      },
    },
    Schema: {
      Type: 'AWS::AppSync::GraphQLSchema',
      Properties: {
        ApiId: getAtt('Graph', 'ApiId'),
        Definition: 'type Query { orders: [Order] } type Mutation { cancel: Order } type Order { id: ID }',
        ...parts.schema,
      },
    },
    Postern: { Type: 'AWS::Lambda::Function' },
  }
}

export const ref = (name: string) => ({ Ref: name })
export const getAtt = (...path: readonly string[]) => ({ 'Fn::GetAtt': path })

/** The problems that a reader throws, none if it returns. Anything thrown but a ManifestError is a crash. */
export function problemsOf(read: () => unknown): readonly Problem[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof ManifestError) return error.problems
    throw error
  }
}

/** `code [resource]`, the order kept. */
export function codes(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, resource }) => (resource === undefined ? code : `${code} ${resource}`))
}
