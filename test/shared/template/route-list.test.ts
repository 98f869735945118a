import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exampleTemplate } from '../../../bundle/package.ts'
import { readApis } from '../../../shared/template/read-apis.ts'
import { mustList, routesFileText } from '../../../shared/template/route-list.ts'
import { readTemplate } from '../../../shared/template/template.ts'
import {
  cdkSynth,
  codes,
  graph,
  handWritten,
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
const routesOf = (file: string) => JSON.parse(routesFileText(readApis(readTemplate(file)).apis))

describe('routes of real templates', () => {
  test("this repository's own, as osls packages it, are those of its routes file", async () => {
    const routes = routesOf(write('packaged.json', await exampleTemplate()))
    const file = join(import.meta.dirname, '../../../examples/orders/routes.json')
    const listed = JSON.parse(readFileSync(file, 'utf8'))
    for (const type of ['rest', 'http']) expect(routes[type].toSorted()).toEqual(listed[type].toSorted())
  })

  // By aws-cdk-lib 2.276.0; permissions and AWS roles were taken out.
  test('as CDK writes them', () => {
    expect(routesOf(cdkSynth)).toEqual({
      rest: [
        'OPTIONS /',
        'OPTIONS /files',
        'OPTIONS /files/{proxy+}',
        'ANY /files/{proxy+}',
        'OPTIONS /health',
        'GET /health',
        'OPTIONS /orders',
        'GET /orders',
        'POST /orders',
        'OPTIONS /orders/{id}',
        'GET /orders/{id}',
        'ANY /orders/{id}',
      ],
      http: ['$default', 'GET /health', 'GET /orders/{id}', 'PUT /orders/{id}'],
    })
  })

  test('by hand, in YAML with short tags', () => {
    const { apis, warnings } = readApis(readTemplate(handWritten))
    expect(
      apis.map(({ type, logicalId, routes }) => [
        type,
        logicalId,
        routes.map(({ text, resource, authorization, authorizer, isMock }) => ({
          text,
          resource,
          authorization,
          ...(authorizer && { authorizer }),
          ...(isMock && { isMock }),
        })),
      ]),
    ).toEqual([
      [
        'rest',
        'Rest',
        [
          { text: 'GET /', resource: 'Home', authorization: 'NONE', isMock: true },
          { text: 'GET /orders', resource: 'ListOrders', authorization: 'CUSTOM', authorizer: own('Rest') },
          { text: 'OPTIONS /orders', resource: 'AskOrders', authorization: 'NONE', isMock: true },
          {
            text: 'GET /orders/{id}',
            resource: 'ReadOrder',
            authorization: 'CUSTOM',
            authorizer: own('Rest'),
          },
          {
            text: 'ANY /{proxy+}',
            resource: 'AnyFile',
            authorization: 'CUSTOM',
            authorizer: { name: 'the import "shared-authorizer"', here: false },
          },
        ],
      ],
      [
        'http',
        'Http',
        [
          { text: '$default', resource: 'HttpRest', authorization: 'AWS_IAM' },
          {
            text: 'GET /orders/{id}',
            resource: 'HttpRead',
            authorization: 'CUSTOM',
            authorizer: own('Http'),
          },
        ],
      ],
      ['http', 'Quick', [{ text: 'POST /hooks', resource: 'Quick', authorization: 'NONE' }]],
      [
        'websocket',
        'Socket',
        [
          {
            text: '$connect',
            resource: 'SocketConnect',
            authorization: 'CUSTOM',
            authorizer: own('Socket'),
          },
        ],
      ],
      [
        'appsync',
        'Graph',
        [
          { text: 'Reads.me', resource: 'Graph', authorization: 'AMAZON_COGNITO_USER_POOLS' },
          { text: 'Reads.order', resource: 'Graph', authorization: 'CUSTOM', authorizer: ofGraph },
          { text: 'Writes.cancel', resource: 'Graph', authorization: 'CUSTOM', authorizer: ofGraph },
        ],
      ],
    ])
    expect(codes(warnings)).toEqual([])
    expect(routesOf(handWritten)).toEqual({
      rest: ['GET /', 'GET /orders', 'OPTIONS /orders', 'GET /orders/{id}', 'ANY /{proxy+}'],
      http: ['$default', 'POST /hooks', 'GET /orders/{id}'],
      appsync: ['Reads.me', 'Reads.order', 'Writes.cancel'],
    })
  })

  const own = (api: string) => ({ name: `${api}Authorizer`, here: true })
  const ofGraph = { name: 'Graph', here: true }
})

describe('the routes file', () => {
  test('has only the types of API that there are, and a newline at its end', () => {
    expect(routesFileText(apisOf(rest()))).toBe(
      '{\n  "rest": [\n    "GET /orders",\n    "GET /orders/{id}"\n  ]\n}\n',
    )
    expect(Object.keys(JSON.parse(routesFileText(apisOf(http()))))).toEqual(['http'])
    expect(Object.keys(JSON.parse(routesFileText(apisOf({ ...http(), ...rest() }))))).toEqual([
      'rest',
      'http',
    ])
  })

  test('has nothing of a WebSocket API, nor of an AppSync API that never asks Postern', () => {
    const typesOf = (Resources: Resources, only?: string) =>
      Object.keys(JSON.parse(routesFileText(apisOf(Resources, only))))
    expect(typesOf({ ...rest(), ...socket(), ...graph() })).toEqual(['rest', 'appsync'])
    const unasked = { ...rest(), ...graph({ api: { AuthenticationType: 'API_KEY' } }) }
    expect(typesOf(unasked)).toEqual(['rest'])
    expect(typesOf(unasked, 'Graph')).toEqual(['appsync'])
  })

  test.each<[string, Resources]>([
    ['WebSocket APIs alone', socket()],
    ['an AppSync API without a Lambda authorizer', graph({ api: { AuthenticationType: 'AWS_IAM' } })],
    ['a schema elsewhere', graph({ api: { ApiType: 'MERGED' } })],
  ])('is refused where it would be empty: %s', (_, Resources) => {
    const template = readTemplate(write('unlisted.json', { Resources }))
    const found = problemsOf(() => mustList(readApis(template).apis, template))
    expect(codes(found)).toEqual(['apis_missing'])
  })

  test('has the fields of several AppSync APIs', () => {
    const other = graph({
      schema: { ApiId: ref('Other'), Definition: 'type Query { orders: Int, more: Int }' },
    })
    const second = { Other: other.Graph, OtherSchema: other.Schema } as Resources
    expect(JSON.parse(routesFileText(apisOf({ ...graph(), ...second })))).toEqual({
      appsync: ['Mutation.cancel', 'Query.more', 'Query.orders'],
    })
  })

  test('is the same whatever the order of the resources, but for methods of one path', () => {
    const backwards = Object.fromEntries(Object.entries(rest()).toReversed())
    expect(routesFileText(apisOf(backwards))).toBe(routesFileText(apisOf(rest())))
  })

  test('has a route of several APIs once, whatever its parameters are called', () => {
    const other: Resources = {
      Other: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
      ...Object.fromEntries(
        ['GET /orders/{name}', 'PUT /orders/{name}'].map((RouteKey, at) => [
          `Other${at}`,
          { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: ref('Other'), RouteKey } },
        ]),
      ),
    }
    expect(JSON.parse(routesFileText(apisOf({ ...http(), ...other })))).toEqual({
      http: ['GET /orders', 'GET /orders/{id}', 'PUT /orders/{name}'],
    })
    const [one] = apisOf({ ...http(), ...other }, 'Other')
    expect(one?.routes.map(({ text }) => text)).toEqual(['GET /orders/{name}', 'PUT /orders/{name}'])
  })
})
