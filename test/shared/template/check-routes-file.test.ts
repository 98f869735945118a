import { describe, expect, test } from 'vitest'
import { checked } from './checked.ts'
import { graph, http, type Resources, ref, rest, socket, write } from './templates.ts'

describe('routes_stale: the routes file lists what the template has', () => {
  const withFile = (routes: object, template: Resources) => {
    write('routes.json', routes)
    return checked(template, { api: { routesFile: './routes.json' } }).problems
  }
  const listed = ['GET /orders/{name}', 'GET /orders']

  test('in any order, with parameters of any name', () => {
    expect(withFile({ rest: listed }, rest())).toEqual([])
    expect(withFile({ rest: listed, http: listed }, { ...rest(), ...http() })).toEqual([])
  })

  test('a type of API that the template has not is of another template', () => {
    expect(withFile({ rest: listed, http: ['GET /live'] }, rest())).toEqual([])
  })

  test('what is missing and what is too much are named, with the command that mends it', () => {
    const [problem, ...more] = withFile({ http: ['GET /orders', 'GET /gone'] }, http())
    expect(more).toEqual([])
    expect(problem).toMatchObject({ code: 'routes_stale', resource: 'Http', line: 2, column: 3 })
    expect(problem?.file).toMatch(/routes\.json$/)
    expect(problem?.message).toMatch(
      /it lacks GET \/orders\/\{id\}; it lists, and the template has not, GET \/gone$/,
    )
    expect(problem?.mend).toMatch(/^postern routes --template \S+check\.json --out \S+routes\.json$/)
  })

  test('a list that is not there at all', () => {
    const found = withFile({ http: listed }, { ...rest(), ...http() })
    expect(found).toMatchObject([{ code: 'routes_stale', resource: 'Rest', line: 1, column: 1 }])
  })

  test('the mend does not lose the routes of another template', () => {
    const [problem] = withFile({ rest: ['GET /orders'], http: ['GET /live'] }, rest())
    expect(problem?.mend).toMatch(/^put "rest" of `postern routes --template \S+` into it, and leave "http"/)
  })

  test('of several APIs of one type it lists the routes of all', () => {
    const other: Resources = {
      Other: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
      Live: {
        Type: 'AWS::ApiGatewayV2::Route',
        Properties: { ApiId: ref('Other'), RouteKey: 'GET /live', AuthorizationType: 'AWS_IAM' },
      },
    }
    expect(withFile({ http: [...listed, 'GET /live'] }, { ...http(), ...other })).toEqual([])
    const [problem] = withFile({ http: listed }, { ...http(), ...other })
    expect(problem).toMatchObject({ code: 'routes_stale' })
    expect(problem).not.toHaveProperty('resource')
  })

  const fields = ['Query.orders', 'Mutation.cancel']

  test('fields of an AppSync API, and of other types of its schema if they are listed', () => {
    expect(withFile({ appsync: fields }, graph())).toEqual([])
    expect(withFile({ appsync: [...fields, 'Order.id'] }, graph())).toEqual([])
    const [problem, ...more] = withFile({ rest: listed, appsync: ['Query.orders', 'Order.gone'] }, graph())
    expect(more).toEqual([])
    expect(problem).toMatchObject({ code: 'routes_stale', resource: 'Graph' })
    expect(problem?.message).toMatch(
      /it lacks Mutation\.cancel; it lists, and the template has not, Order\.gone$/,
    )
    expect(problem?.mend).toMatch(
      /^put "appsync" of .+ into it, and leave "rest", which is of another template$/,
    )
  })

  test('the mend does not lose fields that were listed by hand', () => {
    const [problem] = withFile({ appsync: ['Query.orders', 'Order.id'] }, graph())
    expect(problem?.mend).toMatch(
      /^put "appsync" of .+ into it, and keep Order\.id, which were listed by hand$/,
    )
    const [whole] = withFile({ appsync: ['Query.orders'] }, graph())
    expect(whole?.mend).toMatch(/^postern routes --template \S+ --out \S+$/)
  })

  test('of a schema elsewhere, and of an API without a Lambda authorizer, nothing is missing', () => {
    const inS3 = graph({ schema: { Definition: undefined, DefinitionS3Location: 's3://b/schema.graphql' } })
    expect(withFile({ rest: [], appsync: fields }, inS3)).toEqual([])
    const unasked = graph({ api: { AuthenticationType: 'AWS_IAM' } })
    expect(withFile({ rest: listed }, { ...rest(), ...unasked })).toEqual([])
    const [problem] = withFile({ rest: ['GET /orders'], appsync: fields }, { ...rest(), ...inS3 })
    expect(problem?.mend).toMatch(
      /^put "rest" of .+ and keep Query\.orders, Mutation\.cancel, which were listed by hand$/,
    )
  })

  test('a WebSocket API has nothing in it', () => {
    expect(withFile({ rest: listed }, { ...rest(), ...socket() })).toEqual([])
  })
})
