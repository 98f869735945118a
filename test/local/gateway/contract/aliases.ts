import { describe, expect, it } from 'vitest'
import { allow, bearer, send } from './stand.ts'
import type { Suite } from './suite.ts'
import { httpAuthorizer, permission, requestAuthorizer } from './templates.ts'
import { connect } from './websocket-client.ts'
import { webSocketAuthorizer } from './websocket-template.ts'

const everything = () => allow('*')
const alias = (fn: string, properties: object = {}) => ({
  Type: 'AWS::Lambda::Alias',
  Properties: {
    FunctionName: { Ref: fn },
    Name: 'orders',
    FunctionVersion: { 'Fn::GetAtt': ['SomeVersion', 'Version'] },
    ...properties,
  },
})
const uriOf = (arn: object | string) => ({
  'Fn::Join': ['', ['arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/', arn, '/invocations']],
})
const AuthorizerUri = uriOf({ Ref: 'Orders' })
const resources = {
  Orders: alias('Authorize'),
  OrdersPermission: permission('Authorize', { FunctionName: { Ref: 'Orders' } }),
}

export function describeAliases({ rest, http, webSocket }: Suite): void {
  describe('functions by an alias', () => {
    it('an authorizer of every API type is invoked by the alias its URI names', async () => {
      const stands = [
        await rest(everything, { authorizers: { A: { ...requestAuthorizer, AuthorizerUri } }, resources }),
        await http(everything, { ...httpAuthorizer, AuthorizerUri }, { resources }),
        await webSocket(everything, { authorizer: { ...webSocketAuthorizer, AuthorizerUri }, resources }),
      ] as const
      expect((await send(stands[0].url('Rest'), '/pets', bearer)).status).toBe(200)
      expect((await send(stands[1].url('Http'), '/pets', bearer)).status).toBe(200)
      expect((await connect(stands[2].url('Ws'))).status).toBe(101)
      for (const stand of stands) {
        expect(stand.aliases('Authorize')).toEqual(['orders'])
        expect(stand.aliases('Backend')).toEqual([undefined])
      }
    })
    it('an integration is, too: by reference, or by the ARN of the function and a colon', async () => {
      const integration = (IntegrationUri: object) => ({
        Live: alias('Backend', { FunctionName: { 'Fn::GetAtt': ['Backend', 'Arn'] }, Name: 'live' }),
        LivePermission: permission('Backend', { FunctionName: { 'Fn::Sub': `\${Backend}:live` } }),
        HttpIntegrationBackend: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: {
            ApiId: { Ref: 'Http' },
            IntegrationType: 'AWS_PROXY',
            IntegrationUri,
            PayloadFormatVersion: '2.0',
          },
        },
      })
      for (const named of [{ Ref: 'Live' }, { 'Fn::Sub': `\${Backend.Arn}:live` }]) {
        const stand = await http(everything, {}, { resources: integration(named) })
        expect((await send(stand.url('Http'), '/pets', bearer)).status).toBe(200)
        expect(stand.aliases('Backend')).toEqual(['live'])
      }
    })
    it('a permission on the function is none on its alias: 500, not invoked', async () => {
      const stand = await http(everything, { AuthorizerUri }, { resources: { Orders: alias('Authorize') } })
      expect((await send(stand.url('Http'), '/pets', bearer)).status).toBe(500)
      expect(stand.calls('Authorize')).toEqual([])
    })
    it('a permission on one alias is none on another, nor on the function: 500, not invoked', async () => {
      const other = { ...resources, Other: alias('Authorize', { Name: 'billing' }) }
      const ofOther = await http(everything, { AuthorizerUri: uriOf({ Ref: 'Other' }) }, { resources: other })
      const ofFunction = await http(
        everything,
        {},
        { resources: { ...resources, AuthorizePermission: { Type: 'AWS::SNS::Topic' } } },
      )
      for (const stand of [ofOther, ofFunction]) {
        expect((await send(stand.url('Http'), '/pets', bearer)).status).toBe(500)
        expect(stand.calls('Authorize')).toEqual([])
      }
    })
    it('two authorizers on two aliases of one function do not share answers', async () => {
      const stand = await http(everything, undefined, {
        routes: [
          { route: 'GET /pets', authorizer: 'A' },
          { route: 'GET /bills', authorizer: 'B' },
        ],
        authorizers: {
          A: { ...httpAuthorizer, AuthorizerUri, AuthorizerResultTtlInSeconds: 60 },
          B: { ...httpAuthorizer, AuthorizerResultTtlInSeconds: 60 },
        },
        resources,
      })
      for (const path of ['/pets', '/bills', '/pets']) await send(stand.url('Http'), path, bearer)
      expect(stand.aliases('Authorize')).toEqual(['orders', undefined])
    })
  })
}
