import { describe, expect, it } from 'vitest'
import { createGateway } from '../../../local/gateway/gateway.ts'
import { TemplateError } from '../../../local/gateway/resources.ts'
import { allow, bearer, send } from './contract/stand.ts'
import { echo } from './contract/suite.ts'
import { httpAuthorizer, httpTemplate, requestAuthorizer, restTemplate } from './contract/templates.ts'
import { webSocketTemplate } from './contract/websocket-template.ts'
import { startLocalGateway } from './local-stand.ts'

const read = (template: unknown) =>
  createGateway({ template, invoke: async () => ({ ok: true as const, value: null }) })
const routes = [{ route: 'GET /a', authorizer: 'A' }]
const restApi = (Tags?: unknown) => ({
  Rest: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'a', ...(Tags !== undefined && { Tags }) } },
})
const httpApi = (Tags?: unknown) => ({
  Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'a', ProtocolType: 'HTTP', Tags } },
})
const rest = (tags?: unknown, resources: Record<string, object> = {}) =>
  restTemplate({
    routes,
    authorizers: { A: requestAuthorizer },
    resources: { ...restApi(tags), ...resources },
  })
const http = (tags: unknown) =>
  httpTemplate({ routes, authorizers: { A: httpAuthorizer }, resources: httpApi(tags) })
const tag = (Value: unknown) => [
  { Key: 'team', Value: 'orders' },
  { Key: '_custom_id_', Value },
]

describe('the id of an API', () => {
  it('is what its _custom_id_ tag says, a list on REST and a map elsewhere', () => {
    expect(read(rest(tag('orders1'))).apis[0]?.apiId).toBe('orders1')
    expect(read(http({ _custom_id_: 'billing2', team: 'x' })).apis[0]?.apiId).toBe('billing2')
    const { Resources } = webSocketTemplate()
    const { Type, Properties } = Resources.Ws as { Type: string; Properties: object }
    const ws = { Type, Properties: { ...Properties, Tags: { _custom_id_: 'ws3' } } }
    expect(read({ Resources: { ...Resources, Ws: ws } }).apis[0]?.apiId).toBe('ws3')
  })
  it('is made of the logical id without such a tag', () => {
    const { apiId } = read(rest()).apis[0] ?? {}
    expect(apiId).toMatch(/^[a-z0-9]{10}$/)
    expect(read(rest([{ Key: 'team', Value: 'orders' }])).apis[0]?.apiId).toBe(apiId)
  })
  it('is in the address, the ARN, and what references to the API give', async () => {
    const Properties = {
      FunctionName: { Ref: 'Authorize' },
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Sub': `arn:aws:execute-api:*:*:\${Rest.RestApiId}/authorizers/*` },
    }
    const AuthorizePermission = { Type: 'AWS::Lambda::Permission', Properties }
    const stand = await startLocalGateway(rest(tag('orders1'), { AuthorizePermission }), {
      Authorize: () => allow('*'),
      Backend: echo,
    })
    expect(stand.url('Rest')).toMatch(/\/orders1\/dev$/)
    expect((await send(stand.url('Rest'), '/a', bearer)).status).toBe(200)
    expect(stand.calls('Authorize')[0].methodArn).toMatch(/:orders1\/dev\/GET\/a$/)
    await stand.close()
  })
  it('has 64 letters and digits at most', () => {
    expect(read(rest(tag('a'.repeat(64)))).apis[0]?.apiId).toHaveLength(64)
  })
  for (const id of ['a'.repeat(65), '', 'Orders', 'a-b', 'a/b', 'a\n', '..', 7, { Ref: 'Rest' }, null])
    it(`is refused as ${JSON.stringify(id).slice(0, 20)}`, () => {
      for (const template of [rest(tag(id)), http({ _custom_id_: id })]) {
        expect(() => read(template)).toThrow(TemplateError)
        expect(() => read(template)).toThrow(/: the tag _custom_id_ is not 1 to 64/)
      }
    })
  it('is refused where the tags have the shape of the other kind of API', () => {
    expect(() => read(rest({ _custom_id_: 'a' }))).toThrow('Rest: Tags is not a list')
    expect(() => read(http(tag('a')))).toThrow('Http: Tags is not a map')
  })
  it('is refused where another API has it, by a tag or by its logical id', () => {
    const second = (id: string) => ({
      Second: {
        Type: 'AWS::ApiGatewayV2::Api',
        Properties: { Name: 'b', ProtocolType: 'HTTP', Tags: { _custom_id_: id } },
      },
    })
    expect(() => read(rest(tag('same'), second('same')))).toThrow('Second: has the id "same", as has Rest')
    const { apiId = '' } = read(rest()).apis[0] ?? {}
    expect(() => read(rest(undefined, second(apiId)))).toThrow(/as has Rest$/)
  })
})

const alias = (properties: object) => ({
  Live: {
    Type: 'AWS::Lambda::Alias',
    Properties: { FunctionName: { Ref: 'Authorize' }, Name: 'live', FunctionVersion: '1', ...properties },
  },
})

describe('an alias that is none is refused', () => {
  for (const [what, properties, message] of [
    ['of no function', { FunctionName: { Ref: 'Rest' } }, 'Live: FunctionName is no function'],
    ['of itself', { FunctionName: { Ref: 'Live' } }, 'Live: FunctionName is no function'],
    ['of a function of another stack', { FunctionName: 'other' }, 'Live: FunctionName is no function'],
    ['with a number for a name', { Name: '7' }, 'Live: Name is not the name of an alias'],
    ['with a colon in its name', { Name: 'a:b' }, 'Live: Name is not the name of an alias'],
    ['without a name', { Name: undefined }, 'Live: Name is not the name of an alias'],
  ] as const)
    it(what, () => {
      expect(() => read(rest(undefined, alias({})))).not.toThrow()
      expect(() => read(rest(undefined, alias(properties)))).toThrow(message)
    })
  it('that no resource declares', () => {
    const AuthorizerUri = { 'Fn::Sub': `\${Authorize.Arn}:gone` }
    const template = restTemplate({ routes, authorizers: { A: { ...requestAuthorizer, AuthorizerUri } } })
    expect(() => read(template)).toThrow(
      /A: ".*:Authorize:gone" is no function of this template, nor an alias/,
    )
  })
})
