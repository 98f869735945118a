import type { Json } from '../../shared/json.ts'

/** What a test asks for. Several `values` stand for a header that the client sent several times. */
export type Asked = {
  readonly method?: string
  readonly path?: string
  readonly stage?: string
  readonly requestId?: string
}

/** One of the shapes in which API Gateway and AppSync ask an authorizer, and are answered. */
export type Form = {
  readonly name: string
  readonly api: 'rest' | 'http' | 'websocket' | 'appsync'
  readonly response: 'policy' | 'simple' | 'fields'
  readonly event: (value: string, asked?: Asked) => Record<string, Json>
  /** What a policy is held against. */
  readonly arn: (asked?: Asked) => string
}

export const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod'

export function arnOf({ method = 'GET', path = '/orders', stage = 'prod' }: Asked = {}): string {
  return `${prefix.slice(0, -'prod'.length)}${stage}/${method}${path}`
}

const policyOf = (api: Form['api']) => ({ api, response: 'policy', arn: arnOf }) as const

export const restToken: Form = {
  name: 'REST TOKEN',
  ...policyOf('rest'),
  event: (value, asked) => ({ type: 'TOKEN', authorizationToken: value, methodArn: arnOf(asked) }),
}

export const restRequest: Form = { name: 'REST REQUEST', ...policyOf('rest'), event: rest }
export const httpPolicy: Form = { name: 'HTTP API 2.0', ...policyOf('http'), event: http }
export const httpSimple: Form = {
  name: 'HTTP API 2.0 simple',
  ...policyOf('http'),
  response: 'simple',
  event: http,
}

/** As REST's, with the token twice more. */
export const http1: Form = {
  name: 'HTTP API 1.0',
  ...policyOf('http'),
  event: (value, asked) => ({
    version: '1.0',
    ...rest(value, asked),
    identitySource: value,
    authorizationToken: value,
  }),
}

export const webSocket: Form = {
  name: 'WebSocket',
  ...policyOf('websocket'),
  arn: connectArn,
  event: (value, asked = {}) => ({
    type: 'REQUEST',
    methodArn: connectArn(asked),
    headers: { Host: 'api.example', Authorization: value },
    multiValueHeaders: { Host: ['api.example'], Authorization: [value] },
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    stageVariables: {},
    requestContext: {
      routeKey: '$connect',
      eventType: 'CONNECT',
      messageDirection: 'IN',
      stage: asked.stage ?? 'prod',
      requestId: asked.requestId ?? 'JKJaXmPLvHcESHA=',
      connectionId: 'TWegAcC4EowCHnA=',
      identity: { sourceIp: '192.0.2.1' },
      apiId: 'a1b2c3d4e5',
    },
  }),
}

function connectArn({ stage = 'prod' }: Asked = {}): string {
  return `${prefix.slice(0, -'prod'.length)}${stage}/$connect`
}

export const appSync: Form = {
  name: 'AppSync',
  api: 'appsync',
  response: 'fields',
  arn: () => '',
  event: (value, { requestId = 'f4081827-1111-4444-5555-5cf4695f339f' } = {}) => ({
    authorizationToken: value,
    requestContext: {
      apiId: 'a1b2c3d4e5',
      accountId: '123456789012',
      requestId,
      queryString: 'query Orders { orders { id } }',
      operationName: 'Orders',
      variables: {},
    },
    requestHeaders: { authorization: value },
  }),
}

/** Whose requests have a method and a path. */
export const pathForms: readonly Form[] = [restToken, restRequest, httpPolicy, httpSimple, http1]
export const forms: readonly Form[] = [...pathForms, webSocket, appSync]

function rest(value: string, asked: Asked = {}): Record<string, Json> {
  return {
    type: 'REQUEST',
    methodArn: arnOf(asked),
    resource: '/orders',
    path: asked.path ?? '/orders',
    httpMethod: asked.method ?? 'GET',
    headers: { Host: 'api.example', Authorization: value },
    multiValueHeaders: { Host: ['api.example'], Authorization: [value] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      stage: asked.stage ?? 'prod',
      requestId: asked.requestId ?? 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      identity: { sourceIp: '192.0.2.1' },
      apiId: 'a1b2c3d4e5',
    },
  }
}

function http(value: string, asked: Asked = {}): Record<string, Json> {
  const { method = 'GET', path = '/orders', stage = 'prod', requestId = 'JKJaXmPLvHcESHA=' } = asked
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: arnOf(asked),
    identitySource: [value],
    routeKey: `${method} /orders`,
    rawPath: `/${stage}${path}`,
    rawQueryString: '',
    headers: { host: 'api.example', authorization: value },
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4e5',
      http: { method, path: `/${stage}${path}`, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'x' },
      requestId,
      stage,
      timeEpoch: 1_800_000_000_000,
    },
  }
}
