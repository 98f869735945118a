// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub is written so
import { describe, expect, test } from 'vitest'
import { exampleTemplate } from '../../../bundle/package.ts'
import { readWiring } from '../../../shared/template/wiring.ts'
import {
  cdkSynth,
  codes,
  graph,
  handWritten,
  http,
  problemsOf,
  type Resources,
  rest,
  socket,
  write,
} from './templates.ts'

const authorizersOf = (file: string) => readWiring(file).authorizers.map(({ problem, ...each }) => each)
const read = (Resources: Resources) => authorizersOf(write('authorizers.json', { Resources }))
const problems = (Resources: Resources) => problemsOf(() => read(Resources))
const header = (name = 'Authorization') => ({ from: 'header', name })
const everywhere = { alias: undefined, ofOtherApis: [] }
const none = { ...everywhere, apiId: undefined, payloadVersion: undefined, simpleResponses: false }

describe('authorizers of real templates', () => {
  test("this repository's own, as osls packages it", async () => {
    const found = authorizersOf(write('packaged.json', await exampleTemplate()))
    expect(found).toEqual([
      {
        logicalId: 'RequestAuthorizer',
        api: 'rest',
        type: 'REQUEST',
        ttlSeconds: 300,
        sources: [header()],
        ...none,
      },
      {
        logicalId: 'TokenAuthorizer',
        api: 'rest',
        type: 'TOKEN',
        ttlSeconds: 300,
        sources: [header()],
        ...none,
      },
      {
        logicalId: 'HttpApiAuthorizerPostern',
        api: 'http',
        type: 'REQUEST',
        apiId: 'HttpApi',
        ttlSeconds: 300,
        sources: [header()],
        payloadVersion: '2.0',
        simpleResponses: false,
        ...everywhere,
      },
    ])
  })

  test('as CDK writes them', () => {
    expect(authorizersOf(cdkSynth)).toMatchObject([
      { api: 'rest', type: 'REQUEST', ttlSeconds: 300, sources: [header()] },
      {
        api: 'http',
        type: 'REQUEST',
        apiId: 'OrdersHttp77AB1382',
        ttlSeconds: 300,
        sources: [header(), { from: 'context', name: 'routeKey' }],
        payloadVersion: '2.0',
        simpleResponses: true,
      },
    ])
  })

  test('by hand: what is not set is what API Gateway takes it for, and an unquoted 2.0 is "2.0"', () => {
    expect(authorizersOf(handWritten)).toMatchObject([
      { logicalId: 'RestAuthorizer', type: 'TOKEN', ttlSeconds: 300, sources: [header()] },
      { logicalId: 'HttpAuthorizer', type: 'REQUEST', ttlSeconds: 0, payloadVersion: '2.0' },
      { logicalId: 'SocketAuthorizer', api: 'websocket', sources: [header()], alias: 'live' },
      { logicalId: 'Graph', api: 'appsync', type: 'AWS_LAMBDA', sources: [header()], alias: 'live' },
    ])
  })
})

describe('properties', () => {
  test('a REST authorizer', () => {
    const IdentitySource =
      'method.request.header.X-Token, method.request.querystring.t,stageVariables.v , context.identity.sourceIp'
    const ttl = { AuthorizerResultTtlInSeconds: '60' }
    expect(read(rest({ authorizer: { IdentitySource, ...ttl } }))).toMatchObject([
      {
        ttlSeconds: 60,
        sources: [
          header('X-Token'),
          { from: 'query', name: 't' },
          { from: 'stageVariable', name: 'v' },
          { from: 'context', name: 'identity.sourceIp' },
        ],
      },
    ])
    expect(read(rest({ authorizer: { IdentitySource: undefined } }))).toMatchObject([{ sources: [] }])
  })

  test('an HTTP authorizer', () => {
    const authorizer = {
      IdentitySource: '$request.querystring.token',
      EnableSimpleResponses: 'true',
      AuthorizerPayloadFormatVersion: 1,
      AuthorizerResultTtlInSeconds: 0,
    }
    expect(read(http({ authorizer }))).toMatchObject([
      {
        sources: [{ from: 'query', name: 'token' }],
        simpleResponses: true,
        payloadVersion: '1.0',
        ttlSeconds: 0,
      },
    ])
  })

  test('of Cognito and JWT authorizers only the type matters', () => {
    const cognito = { Type: 'COGNITO_USER_POOLS', IdentitySource: { 'Fn::ImportValue': 'x' } }
    const jwt = { AuthorizerType: 'JWT', JwtConfiguration: {}, IdentitySource: { 'Fn::ImportValue': 'x' } }
    expect(read({ ...rest({ authorizer: cognito }), ...http({ authorizer: jwt }) })).toMatchObject([
      { type: 'COGNITO_USER_POOLS' },
      { type: 'JWT' },
    ])
  })

  test('of a WebSocket API: sources of its own, and what is of HTTP APIs', () => {
    const authorizer = {
      IdentitySource: ['route.request.header.X-Token', 'route.request.querystring.t', 'stageVariables.v'],
      AuthorizerResultTtlInSeconds: 300,
      EnableSimpleResponses: false,
      AuthorizerPayloadFormatVersion: '2.0',
    }
    expect(read(socket({ authorizer }))).toEqual([
      {
        logicalId: 'SocketGuard',
        api: 'websocket',
        type: 'REQUEST',
        ...none,
        apiId: 'Socket',
        sources: [header('X-Token'), { from: 'query', name: 't' }, { from: 'stageVariable', name: 'v' }],
        ttlSeconds: 0,
        ofOtherApis: ['AuthorizerResultTtlInSeconds', 'AuthorizerPayloadFormatVersion'],
      },
    ])
  })

  test('of an AppSync API, as its one provider or beside others; its time to live says nothing', () => {
    const lambda = { AuthorizerResultTtlInSeconds: 3600 }
    const beside = {
      AuthenticationType: 'API_KEY',
      AdditionalAuthenticationProviders: [
        { AuthenticationType: 'AWS_IAM' },
        { AuthenticationType: 'AWS_LAMBDA', LambdaAuthorizerConfig: lambda },
      ],
    }
    for (const template of [graph({ lambda }), graph({ api: beside })])
      expect(read(template)).toMatchObject([
        { logicalId: 'Graph', type: 'AWS_LAMBDA', sources: [header()], ttlSeconds: 0 },
      ])
    expect(read(graph({ api: { AuthenticationType: 'API_KEY' } }))).toEqual([])
  })
})

describe('what is broken, or known only later, is an error that names the resource', () => {
  test.each([
    ['Type', undefined, 'resource_invalid'],
    ['Type', 'request', 'resource_invalid'],
    ['AuthorizerResultTtlInSeconds', 3601, 'resource_invalid'],
    ['AuthorizerResultTtlInSeconds', -1, 'resource_invalid'],
    ['AuthorizerResultTtlInSeconds', 1.5, 'resource_invalid'],
    ['AuthorizerResultTtlInSeconds', '5 minutes', 'resource_invalid'],
    ['AuthorizerResultTtlInSeconds', { 'Fn::If': ['Prod', 300, 0] }, 'resource_unresolved'],
    ['AuthorizerResultTtlInSeconds', { 'Fn::FindInMap': ['m', 'a', 'b'] }, 'resource_unresolved'],
    ['IdentitySource', 'Authorization', 'resource_invalid'],
    ['IdentitySource', '$request.header.Authorization', 'resource_invalid'],
    ['IdentitySource', 'request.header.Authorization', 'resource_invalid'],
    ['IdentitySource', 'method.stageVariables.x', 'resource_invalid'],
    ['IdentitySource', ['method.request.header.A'], 'resource_invalid'],
    ['IdentitySource', { 'Fn::ImportValue': 'x' }, 'resource_unresolved'],
  ])('REST: %s: %j', (property, value, code) => {
    expect(codes(problems(rest({ authorizer: { [property]: value } })))).toEqual([`${code} Guard`])
  })

  test.each(['method.request.querystring.t', 'method.request.header.A,method.request.header.B'])(
    'a TOKEN authorizer with the source %s',
    (IdentitySource) => {
      const found = problems(rest({ authorizer: { Type: 'TOKEN', IdentitySource } }))
      expect(codes(found)).toEqual(['resource_invalid Guard'])
    },
  )

  test.each([
    ['AuthorizerType', 'JWT', 'resource_invalid'],
    ['AuthorizerType', undefined, 'resource_invalid'],
    ['IdentitySource', ['$request.header.Authorization'], 'resource_invalid'],
    ['IdentitySource', ['request.header.Authorization'], 'resource_invalid'],
    ['IdentitySource', ['route.stageVariables.x'], 'resource_invalid'],
    ['IdentitySource', { 'Fn::ImportValue': 'x' }, 'resource_invalid'],
  ])('WebSocket: %s: %j', (property, value, code) => {
    const found = problems(socket({ authorizer: { [property]: value } }))
    expect(codes(found)).toEqual([`${code} SocketGuard`])
    expect(found[0]?.mend).toMatch(/REQUEST|\[route\.request\.header\.Authorization\]/)
  })

  test.each([
    ['AuthenticationType', undefined, 'resource_invalid'],
    ['AuthenticationType', 'LAMBDA', 'resource_invalid'],
    ['AuthenticationType', { 'Fn::If': ['C', 'API_KEY', 'AWS_LAMBDA'] }, 'resource_unresolved'],
    ['LambdaAuthorizerConfig', undefined, 'resource_invalid'],
    ['AdditionalAuthenticationProviders', { 'Fn::ImportValue': 'x' }, 'resource_unresolved'],
    ['AdditionalAuthenticationProviders', ['API_KEY'], 'resource_unresolved'],
    ['AdditionalAuthenticationProviders', [{}], 'resource_invalid'],
  ])('AppSync: %s: %j', (property, value, code) => {
    expect(codes(problems(graph({ api: { [property]: value } })))).toEqual([`${code} Graph`])
  })

  test.each([
    ['ApiId', { 'Fn::ImportValue': 'x' }, 'resource_unresolved'],
    ['AuthorizerType', 'TOKEN', 'resource_invalid'],
    ['AuthorizerResultTtlInSeconds', true, 'resource_invalid'],
    ['AuthorizerPayloadFormatVersion', '3.0', 'resource_invalid'],
    ['EnableSimpleResponses', 'yes', 'resource_invalid'],
    ['EnableSimpleResponses', { Ref: 'AWS::Region' }, 'resource_unresolved'],
    ['IdentitySource', ['method.request.header.Authorization'], 'resource_invalid'],
    ['IdentitySource', [5], 'resource_invalid'],
    ['IdentitySource', { a: 'b' }, 'resource_invalid'],
    ['IdentitySource', ['$request.header.A', { 'Fn::ImportValue': 'x' }], 'resource_invalid'],
  ])('HTTP: %s: %j', (property, value, code) => {
    expect(codes(problems(http({ authorizer: { [property]: value } })))).toEqual([`${code} HttpGuard`])
  })
})
