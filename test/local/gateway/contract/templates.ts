/** CloudFormation by hand, as small as an API can be written. */
type RouteSpec = { readonly route: string; readonly authorizer?: string; readonly fn?: string }

export const uri = (fn: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${fn}.Arn}/invocations`,
})

const lambda = {
  Type: 'AWS::Lambda::Function',
  Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler' },
}

export function permission(fn: string, extra: object = {}): object {
  const FunctionName = { 'Fn::GetAtt': [fn, 'Arn'] }
  const Principal = 'apigateway.amazonaws.com'
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: { FunctionName, Principal, Action: 'lambda:InvokeFunction', ...extra },
  }
}

export const functions = {
  Authorize: lambda,
  Backend: lambda,
  AuthorizePermission: permission('Authorize'),
  BackendPermission: permission('Backend'),
}

export type RestSpec = {
  readonly api?: string
  readonly stage?: string
  readonly routes: readonly RouteSpec[]
  /** Authorizers by logical id: properties beside the API and the URI. */
  readonly authorizers?: Readonly<Record<string, object>>
  readonly resources?: Readonly<Record<string, object>>
}

/** The properties of a REQUEST and of a TOKEN authorizer on the Authorization header; the cache as AWS defaults it. */
export const requestAuthorizer = { Type: 'REQUEST', IdentitySource: 'method.request.header.Authorization' }
export const tokenAuthorizer = { Type: 'TOKEN', IdentitySource: 'method.request.header.Authorization' }

export function restTemplate(spec: RestSpec): { Resources: Record<string, object> } {
  const { api = 'Rest', stage = 'dev' } = spec
  const RestApiId = { Ref: api }
  const resources: Record<string, object> = {
    ...functions,
    [api]: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: api } },
    [`${api}Deployment`]: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId, StageName: stage },
    },
  }
  for (const [logicalId, properties] of Object.entries(spec.authorizers ?? {}))
    resources[logicalId] = {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: { Name: logicalId, RestApiId, AuthorizerUri: uri('Authorize'), ...properties },
    }
  for (const [at, { route, authorizer, fn = 'Backend' }] of spec.routes.entries()) {
    const [HttpMethod, path = '/'] = route.split(' ')
    resources[`${api}Method${at}`] = {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId,
        HttpMethod,
        ResourceId: restResource(resources, api, path),
        ...(authorizer
          ? { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: authorizer } }
          : { AuthorizationType: 'NONE' }),
        Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: uri(fn) },
      },
    }
  }
  return { Resources: { ...resources, ...spec.resources } }
}

/** Adds what of a path's resources is missing, and gives the reference to its last. */
function restResource(resources: Record<string, object>, api: string, path: string): object {
  let parent: object = { 'Fn::GetAtt': [api, 'RootResourceId'] }
  let name = `${api}Resource`
  for (const part of path.split('/').filter((each) => each !== '')) {
    name += Buffer.from(part).toString('hex')
    resources[name] ??= {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: { Ref: api }, ParentId: parent, PathPart: part },
    }
    parent = { Ref: name }
  }
  return parent
}

export type HttpSpec = {
  readonly api?: string
  readonly stage?: string
  readonly stageVariables?: object
  /** Of the integrations. */
  readonly payload?: string
  readonly routes: readonly RouteSpec[]
  readonly authorizers?: Readonly<Record<string, object>>
  readonly resources?: Readonly<Record<string, object>>
}

export const httpAuthorizer = {
  AuthorizerType: 'REQUEST',
  AuthorizerPayloadFormatVersion: '2.0',
  IdentitySource: ['$request.header.Authorization'],
}

export const httpAuthorizer1 = { ...httpAuthorizer, AuthorizerPayloadFormatVersion: '1.0' }

export function httpTemplate(spec: HttpSpec): { Resources: Record<string, object> } {
  const { api = 'Http', stage = '$default' } = spec
  const ApiId = { Ref: api }
  const resources: Record<string, object> = {
    ...functions,
    [api]: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: api, ProtocolType: 'HTTP' } },
    [`${api}Stage`]: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ApiId,
        StageName: stage,
        ...(spec.stageVariables && { StageVariables: spec.stageVariables }),
      },
    },
  }
  for (const [logicalId, properties] of Object.entries(spec.authorizers ?? {}))
    resources[logicalId] = {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: { Name: logicalId, ApiId, AuthorizerUri: uri('Authorize'), ...properties },
    }
  for (const [at, { route, authorizer, fn = 'Backend' }] of spec.routes.entries()) {
    resources[`${api}Integration${fn}`] = {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [fn, 'Arn'] },
        PayloadFormatVersion: spec.payload ?? '2.0',
      },
    }
    resources[`${api}Route${at}`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId,
        RouteKey: route,
        Target: { 'Fn::Join': ['/', ['integrations', { Ref: `${api}Integration${fn}` }]] },
        ...(authorizer && { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: authorizer } }),
      },
    }
  }
  return { Resources: { ...resources, ...spec.resources } }
}
