import { describe, expect, test } from 'vitest'
import { checked, found } from './checked.ts'
import { graph, http, ref, rest, socket, write } from './templates.ts'

describe('route_unguarded: every route has an authorizer, or is public', () => {
  const open = { AuthorizationType: 'NONE', AuthorizerId: undefined }
  test.each([
    ['REST', rest({ list: open }), 'List', 3],
    ['HTTP', http({ list: open }), 'HttpList', 3],
  ])('a %s route with nothing in front of it', (_, template, resource) => {
    expect(found(template)).toEqual([`route_unguarded ${resource}`])
    expect(found(template, { api: { public: ['GET /orders'] }, routes: ['GET /orders/{id}'] })).toEqual([])
    expect(found(template, { api: { public: ['ANY /orders'] }, routes: ['GET /orders/{id}'] })).toEqual([])
  })

  test('the place is the line of the resource', () => {
    const template = `Resources:
  Http: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: HTTP } }
  Open: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Http, RouteKey: GET /orders } }
`
    expect(checked(write('open.yml', template)).problems).toMatchObject([
      {
        code: 'route_unguarded',
        file: expect.stringMatching(/open\.yml$/),
        line: 3,
        column: 3,
        resource: 'Open',
      },
    ])
  })

  test('what a public route of another path or method does not cover', () => {
    const template = http({ list: { ...open, RouteKey: 'ANY /orders' } })
    for (const route of ['GET /orders', 'GET /orders/{id}', 'ANY /{proxy+}'])
      expect(found(template, { api: { public: [route] } })).toContain('route_unguarded HttpList')
  })

  test('a preflight is exempt where API Gateway answers it itself', () => {
    const preflight = (Type: string) =>
      rest({ list: { ...open, HttpMethod: 'OPTIONS', Integration: { Type } } })
    expect(found(preflight('MOCK'))).toEqual([])
    expect(found(preflight('AWS_PROXY'))).toEqual(['route_unguarded List'])
    const get = rest({ list: { ...open, Integration: { Type: 'MOCK' } } })
    expect(found(get)).toEqual(['route_unguarded List'])
  })

  test('a quick-created API is open', () => {
    const quick = { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Target: 'arn:x' } }
    expect(found({ Quick: quick })).toEqual(['route_unguarded Quick'])
    expect(found({ Quick: quick }, { api: { public: ['$default'] } })).toEqual([])
  })
})

describe('warnings of what stands in front', () => {
  test('route_public_guarded: a public route with a Lambda authorizer', () => {
    const setting = { api: { public: ['GET /orders/{name}'] } }
    expect(found(rest(), setting)).toEqual(['~route_public_guarded Read'])
    expect(found(http({ read: { AuthorizationType: 'AWS_IAM' } }), setting)).toEqual([])
  })

  test.each([
    ['IAM', { AuthorizationType: 'AWS_IAM', AuthorizerId: undefined }],
    ['a JWT authorizer', { AuthorizationType: 'JWT', AuthorizerId: ref('Jwt') }],
  ])('route_guarded_elsewhere: a role lists a route that is guarded by %s', (_, read) => {
    const jwt = {
      Jwt: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: { ApiId: ref('Http'), AuthorizerType: 'JWT' },
      },
    }
    const template = { ...http({ read }), ...jwt }
    for (const route of ['GET /orders/{name}', 'ANY /orders/{id}'])
      expect(found(template, { routes: [route] })).toEqual(['~route_guarded_elsewhere HttpRead'])
    expect(found(template, { routes: ['GET /orders', 'PUT /orders/{id}'] })).toEqual([])
    const any = { ...http({ read: { ...read, RouteKey: 'ANY /orders/{id}' } }), ...jwt }
    expect(found(any, { routes: ['PUT /orders/{id}'] })).toEqual(['~route_guarded_elsewhere HttpRead'])
  })

  test('route_guarded_elsewhere: by a user pool on a REST API', () => {
    const pool = {
      Pool: { Type: 'AWS::ApiGateway::Authorizer', Properties: { Type: 'COGNITO_USER_POOLS' } },
    }
    for (const AuthorizationType of ['COGNITO_USER_POOLS', 'CUSTOM']) {
      const list = { AuthorizationType, AuthorizerId: ref('Pool') }
      expect(found({ ...rest({ list }), ...pool })).toEqual(['~route_guarded_elsewhere List'])
    }
  })

  test('authorizer_unseen: a Lambda authorizer that stands in another template, told once', () => {
    const elsewhere = { AuthorizerId: { 'Fn::ImportValue': 'shared' } }
    expect(found(rest({ list: elsewhere, read: elsewhere }))).toEqual(['~authorizer_unseen List'])
  })

  test.each([
    ['API_KEY', { AuthenticationType: 'API_KEY', LambdaAuthorizerConfig: undefined }],
    [
      'OPENID_CONNECT',
      {
        AuthenticationType: 'OPENID_CONNECT',
        AdditionalAuthenticationProviders: [
          { AuthenticationType: 'AWS_LAMBDA', LambdaAuthorizerConfig: { AuthorizerUri: 'arn:x' } },
        ],
      },
    ],
  ])('route_guarded_elsewhere: a field that AppSync guards by %s', (mode, api) => {
    const { warnings } = checked(graph({ api }), { routes: ['Query.orders'] })
    expect(warnings).toMatchObject([{ code: 'route_guarded_elsewhere', resource: 'Graph' }])
    expect(warnings[0]?.message).toContain(`(${mode})`)
    expect(warnings[0]?.mend).toContain('@aws_lambda')
    expect(found(graph({ api }), { routes: ['Query.others'] })).toEqual([])
  })

  test('a field that is public in the manifest, and guarded', () => {
    const setting = { api: { public: ['Query.orders'] }, routes: ['Mutation.cancel'] }
    expect(found(graph(), setting)).toEqual(['~route_public_guarded Graph'])
  })
})

describe('the handshake of a WebSocket API is a route as any other', () => {
  const open = socket({ connect: { AuthorizationType: 'NONE', AuthorizerId: undefined } })
  const { Connect: _connect, ...without } = socket()

  test('behind Postern, and listed; what is sent over the connection needs no guard', () => {
    expect(found(socket(), { routes: ['$connect'] })).toEqual([])
    expect(found({ ...rest(), ...socket() }, { routes: ['$connect', 'GET /orders'] })).toEqual([])
  })

  test('route_unguarded: nothing in front, or no such route, which lets everybody connect', () => {
    expect(found(open, { routes: ['$connect'] })).toEqual(['route_unguarded Connect'])
    expect(found({ ...rest(), ...without })).toEqual(['route_unguarded Socket'])
    expect(checked(without).problems[0]?.message).toContain('(the API has no such route)')
    for (const template of [open, without])
      expect(found(template, { api: { public: ['$connect'] } })).toEqual([])
  })

  test('route_public_guarded', () => {
    expect(found(socket(), { api: { public: ['$connect'] } })).toEqual(['~route_public_guarded Connect'])
  })

  test('route_guarded_elsewhere', () => {
    const iam = socket({ connect: { AuthorizationType: 'AWS_IAM', AuthorizerId: undefined } })
    expect(found(iam, { routes: ['$connect'] })).toEqual(['~route_guarded_elsewhere Connect'])
    expect(found(iam)).toEqual([])
    const template = { ...rest(), ...socket() }
    expect(found(template, { routes: ['$connect'], only: 'Guard' })).toEqual([
      '~route_guarded_elsewhere Connect',
    ])
  })

  test('authorizer_unseen', () => {
    const elsewhere = socket({ connect: { AuthorizerId: { 'Fn::ImportValue': 'shared' } } })
    expect(found(elsewhere, { routes: ['$connect'] })).toEqual(['~authorizer_unseen Connect'])
  })
})
