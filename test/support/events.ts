import type { Json } from '../../shared/json.ts'

/** What a test asks for. Several `values` stand for a header that the client sent several times. */
export type Asked = {
  readonly method?: string
  readonly path?: string
  readonly stage?: string
  readonly requestId?: string
}

/** One of the four shapes in which API Gateway asks an authorizer, and answers it. */
export type Form = {
  readonly name: string
  readonly api: 'rest' | 'http'
  readonly response: 'policy' | 'simple'
  readonly event: (value: string, asked?: Asked) => Record<string, Json>
}

export const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod'

export function arnOf({ method = 'GET', path = '/orders', stage = 'prod' }: Asked = {}): string {
  return `${prefix.slice(0, -'prod'.length)}${stage}/${method}${path}`
}

export const restToken: Form = {
  name: 'REST TOKEN',
  api: 'rest',
  response: 'policy',
  event: (value, asked) => ({ type: 'TOKEN', authorizationToken: value, methodArn: arnOf(asked) }),
}

export const restRequest: Form = {
  name: 'REST REQUEST',
  api: 'rest',
  response: 'policy',
  event: (value, asked = {}) => ({
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
  }),
}

export const httpPolicy: Form = { name: 'HTTP API 2.0', api: 'http', response: 'policy', event: http }
export const httpSimple: Form = { name: 'HTTP API 2.0 simple', api: 'http', response: 'simple', event: http }

export const forms: readonly Form[] = [restToken, restRequest, httpPolicy, httpSimple]

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
