// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub is written so
import { describe, expect, test } from 'vitest'
import type { Api } from '../../../shared/template/api.ts'
import { readApis } from '../../../shared/template/read-apis.ts'
import { readTemplate } from '../../../shared/template/template.ts'
import {
  codes,
  getAtt,
  graph,
  http,
  problemsOf,
  type Resources,
  ref,
  rest,
  socket,
  write,
} from './templates.ts'

const apisOf = (Resources: Resources, only?: string) =>
  readApis(readTemplate(write('template.json', { Resources })), only).apis
const texts = (apis: readonly Api[]) => apis.map(({ routes }) => routes.map(({ text }) => text))
const problems = (Resources: Resources, only?: string) => problemsOf(() => apisOf(Resources, only))

describe('a path that cannot be known is an error, and never guessed', () => {
  test.each([
    ['an import', { 'Fn::ImportValue': 'shared-root' }, /ParentId is the import "shared-root"/],
    ['a parameter', ref('RootId'), /ParentId is "RootId", which the template does not declare/],
    ['an id', 'a1b2c3', /ParentId is "a1b2c3"/],
    ['of another stack', getAtt('Nested', 'Outputs.RootId'), /Outputs\.RootId of the resource "Nested"/],
    ['the API itself', ref('Rest'), /ParentId is the API "Rest" itself/],
    ['a resource of another type', ref('List'), /ParentId is the resource "List"/],
    ['its own child', ref('Order'), /ParentId leads back to itself/],
    ['missing', undefined, /ParentId is missing/],
  ])('a parent that is %s', (_, ParentId, message) => {
    const nested = { Nested: { Type: 'AWS::CloudFormation::Stack' } }
    const found = problems({ ...rest({ orders: { ParentId } }), ...nested })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ file: expect.stringMatching(/template\.json$/), resource: 'Orders' })
    expect(found[0]?.message).toMatch(message)
    expect(found[0]?.mend).toMatch(/^.{6,}$/)
    // The line of the resource's name.
    expect(found[0]?.line).toBe(9)
    expect(found[0]?.column).toBe(5)
  })

  test('a parameter that the template declares is told as one', () => {
    const Resources = rest({ orders: { ParentId: ref('RootId') } })
    const file = write('parameter.json', { Parameters: { RootId: { Type: 'String' } }, Resources })
    const [problem] = problemsOf(() => readApis(readTemplate(file)))
    expect(problem).toMatchObject({ code: 'resource_unresolved', resource: 'Orders' })
    expect(problem?.message).toContain('the parameter "RootId"')
  })

  test('a broken parent that no method hangs on is nobody’s path', () => {
    const { List, Read, ...others } = rest({ orders: { ParentId: 'a1b2c3' } })
    expect(List && Read).toBeTruthy()
    expect(texts(apisOf(others))).toEqual([[]])
  })

  test.each([
    ['REST', { list: { RestApiId: { 'Fn::ImportValue': 'x' } } }, {}, 'resource_unresolved List'],
    ['HTTP', {}, { list: { ApiId: { 'Fn::ImportValue': 'x' } } }, 'resource_unresolved HttpList'],
  ])('a route of a %s API that stands elsewhere, unless another is picked', (_, ofRest, ofHttp, code) => {
    const resources = { ...rest(ofRest), ...http(ofHttp) }
    expect(codes(problems(resources))).toEqual([code])
    expect(problems(resources, code.endsWith('HttpList') ? 'Rest' : 'Http')).toEqual([])
  })

  test('a method whose path is of another API', () => {
    const other = { Other: { Type: 'AWS::ApiGateway::RestApi' } }
    const found = problems({ ...rest({ list: { RestApiId: ref('Other') } }), ...other })
    expect(codes(found)).toEqual(['resource_invalid List'])
  })
})

describe('routes that are defined elsewhere', () => {
  const sam = (type: string, Events?: unknown): Resources => ({
    Sam: { Type: `AWS::Serverless::${type}`, Properties: { Events } },
  })
  test.each<[string, Resources, string]>([
    ['an OpenAPI body', rest({ api: { Body: { openapi: '3.0.1' } } }), 'Rest'],
    ['a document in S3', rest({ api: { BodyS3Location: { Bucket: 'b', Key: 'k' } } }), 'Rest'],
    ['a copy of another API', rest({ api: { CloneFrom: 'a1b2c3' } }), 'Rest'],
    [
      'an OpenAPI body of an HTTP API',
      http({ api: { ProtocolType: undefined, Body: { openapi: '3.0.1' } } }),
      'Http',
    ],
    ['SAM’s REST API', sam('Api'), 'Sam'],
    ['SAM’s HTTP API', sam('HttpApi'), 'Sam'],
    ['an event of a SAM function', sam('Function', { Get: { Type: 'HttpApi' } }), 'Sam'],
  ])('%s is refused, with a mend', (_, resources, resource) => {
    const found = problems(resources)
    expect(codes(found)).toEqual([`definition_elsewhere ${resource}`])
    expect(found[0]?.mend).toContain('write the routes file by hand')
  })

  test('a SAM function without a route is nothing to Postern', () => {
    expect(problems({ ...rest(), ...sam('Function', { Nightly: { Type: 'Schedule' } }) })).toEqual([])
    expect(problems({ ...rest(), ...sam('Function', { Odd: { Type: { a: 'b' } } }) })).toEqual([])
    expect(problems({ ...rest(), ...sam('Api') }, 'Rest')).toEqual([])
  })

  test('a template without an API', () => {
    expect(codes(problems({}))).toEqual(['apis_missing'])
    expect(codes(problems({ Postern: { Type: 'AWS::Lambda::Function' } }))).toEqual(['apis_missing'])
  })

  test('an API that the template does not have', () => {
    expect(problems(rest(), 'Rset')).toMatchObject([{ code: 'apis_missing', mend: 'did you mean "Rest"?' }])
    expect(problems(rest(), 'Elsewhere')).toMatchObject([{ mend: 'those of the template are Rest' }])
    const all = { ...rest(), ...socket(), ...graph() }
    expect(problems(all, 'Other')).toMatchObject([{ mend: 'those of the template are Rest, Socket, Graph' }])
  })
})

describe('what an API may hold and Postern cannot say', () => {
  test.each([
    ['a path with a star', rest({ orders: { PathPart: '*' } }), ['route_invalid List', 'route_invalid Read']],
    ['a trailing slash', http({ list: { RouteKey: 'GET /orders/' } }), ['route_invalid HttpList']],
    ['a method of its own', rest({ list: { HttpMethod: 'BREW' } }), ['route_invalid List']],
    ['a WebSocket’s route', http({ list: { RouteKey: '$connect' } }), ['route_invalid HttpList']],
    ['no method', rest({ list: { HttpMethod: undefined } }), ['resource_invalid List']],
    ['a number for a path', rest({ orders: { PathPart: 5 } }), ['resource_invalid Orders']],
    [
      'a conditional path',
      rest({ orders: { PathPart: { 'Fn::If': ['C', 'a', 'b'] } } }),
      ['resource_unresolved Orders'],
    ],
    [
      'a conditional key',
      http({ list: { RouteKey: { 'Fn::Sub': 'GET /${AWS::Region}' } } }),
      ['resource_unresolved HttpList'],
    ],
    ['a misspelt type', http({ list: { AuthorizationType: 'CUSTM' } }), ['resource_invalid HttpList']],
    ['JWT on a REST API', rest({ list: { AuthorizationType: 'JWT' } }), ['resource_invalid List']],
    ['no authorizer', rest({ list: { AuthorizerId: undefined } }), ['resource_invalid List']],
    [
      'an authorizer that is not declared',
      rest({ list: { AuthorizerId: ref('Gaurd') } }),
      ['resource_invalid List'],
    ],
    ['no protocol', http({ api: { ProtocolType: undefined } }), ['resource_invalid Http']],
  ])('%s is an error that names the resource', (_, resources, found) => {
    expect(codes(problems(resources))).toEqual(found)
  })

  test('several slips of one resource are all told', () => {
    const found = problems(rest({ list: { HttpMethod: 5, AuthorizationType: 'custom' } }))
    expect(codes(found)).toEqual(['resource_invalid List', 'resource_invalid List'])
    expect(found[1]?.mend).toBe('did you mean "CUSTOM"?')
  })
})

describe('quick-created HTTP APIs', () => {
  const quick = (properties: object, overrides?: object): Resources => ({
    Quick: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType: 'HTTP', Target: 'arn:x', ...properties },
    },
    Guard: { Type: 'AWS::ApiGatewayV2::Authorizer' },
    ...(overrides && {
      Overrides: {
        Type: 'AWS::ApiGatewayV2::ApiGatewayManagedOverrides',
        Properties: { ApiId: ref('Quick'), Route: overrides },
      },
    }),
  })

  test('the route is $default, or the one that is named', () => {
    expect(texts(apisOf(quick({})))).toEqual([['$default']])
    expect(texts(apisOf(quick({ RouteKey: 'get /hooks' })))).toEqual([['GET /hooks']])
    expect(codes(problems(quick({ RouteKey: '/hooks' })))).toEqual(['route_invalid Quick'])
  })

  test('it has the authorizer of its overrides', () => {
    const [api] = apisOf(quick({}, { AuthorizationType: 'CUSTOM', AuthorizerId: ref('Guard') }))
    expect(api?.routes).toMatchObject([
      { text: '$default', authorization: 'CUSTOM', authorizer: { name: 'Guard', here: true } },
    ])
  })
})

describe('WebSocket APIs', () => {
  test('have $connect alone: what is sent over a connection is not asked about', () => {
    const [api] = apisOf(socket())
    expect(api).toMatchObject({ type: 'websocket', logicalId: 'Socket', listed: 'none' })
    expect(api?.routes).toMatchObject([
      { text: '$connect', authorization: 'CUSTOM', authorizer: { name: 'SocketGuard', here: true } },
    ])
  })

  test('without a $connect have one that nothing guards', () => {
    const { Connect: _connect, ...without } = socket()
    expect(apisOf(without)[0]?.routes).toMatchObject([
      { text: '$connect', resource: 'Socket', authorization: 'NONE' },
    ])
  })

  test.each([
    [{ RouteKey: { 'Fn::ImportValue': 'x' } }, 'resource_unresolved Connect'],
    [{ AuthorizationType: 'JWT' }, 'resource_invalid Connect'],
    [{ AuthorizerId: undefined }, 'resource_invalid Connect'],
    [{ ApiId: { 'Fn::ImportValue': 'x' } }, 'resource_unresolved Connect'],
  ])('%j is an error that names the resource', (connect, code) => {
    expect(codes(problems(socket({ connect })))).toEqual([code])
  })

  test('one is picked among others that are broken', () => {
    const broken = rest({ orders: { ParentId: 'a1b2c3' } })
    expect(apisOf({ ...broken, ...socket() }, 'Socket')).toHaveLength(1)
  })
})

test('a chain of resources as long as a file may hold is walked to its end', () => {
  const chain = Array.from({ length: 10_000 }, (_, at) => [
    `R${at}`,
    { Type: 'AWS::ApiGateway::Resource', Properties: { ParentId: ref(`R${at - 1}`), PathPart: 'a' } },
  ])
  const found = problems({
    ...rest({ list: { ResourceId: ref('R9999') } }),
    ...Object.fromEntries(chain),
  })
  expect(codes(found)).toEqual(['resource_invalid R0'])
})
