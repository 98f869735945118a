import { describe, expect, it } from 'vitest'
import { type Answer, allow, bearer, policy, send } from './stand.ts'
import { echo, type Suite } from './suite.ts'
import { httpAuthorizer, httpTemplate, requestAuthorizer, restTemplate } from './templates.ts'

const throws = (message: string) => () => {
  throw new Error(message)
}
const explicitDeny = () => policy([{ Effect: 'Deny', Action: '*', Resource: '*' }])
const denyMessage = 'User is not authorized to access this resource'

export function describeGatewayResponses({ start, rest, http }: Suite): void {
  describe('A5 gateway responses', () => {
    const RestApiId = { Ref: 'Rest' }
    const response = (properties: object) => ({
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: { RestApiId, ...properties },
    })
    const resources = {
      R401: response({
        ResponseType: 'UNAUTHORIZED',
        ResponseParameters: { 'gatewayresponse.header.WWW-Authenticate': "'Bearer'" },
      }),
      R403: response({
        ResponseType: 'ACCESS_DENIED',
        StatusCode: '404',
        ResponseTemplates: {
          'application/json':
            '{"message":$context.error.messageString,"plain":"$context.error.message","reason":"$context.authorizer.deniedReason","none":"$context.authorizer.none","id":"$context.requestId"}',
        },
      }),
      R5XX: response({
        ResponseType: 'DEFAULT_5XX',
        ResponseTemplates: { 'application/json': '{"error":$context.error.messageString}' },
      }),
    }
    it('A5: a 401 with WWW-Authenticate, for a missing source and for a throw', async () => {
      const stand = await rest(throws('Unauthorized'), { resources })
      for (const sent of [{}, bearer]) {
        const answer = await send(stand.url('Rest'), '/pets', sent)
        expect(answer).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
        expect(answer.headers['www-authenticate']).toBe('Bearer')
      }
    })
    it("A5: a 403 whose body and status are the template's, with values of the context, cached or not", async () => {
      const stand = await rest(() => allow('arn:nothing', { deniedReason: 'route_not_granted' }), {
        resources,
      })
      for (let time = 0; time < 2; time++) {
        const answer = await send(stand.url('Rest'), '/pets', bearer)
        expect(answer).toMatchObject({
          status: 404,
          json: { message: denyMessage, plain: denyMessage, reason: 'route_not_granted', none: '' },
        })
        expect(answer.json.id).toBe(answer.headers['x-amzn-requestid'])
      }
      expect(stand.calls('Authorize')).toHaveLength(1)
    })
    it('A5: DEFAULT_5XX takes what has no response of its own, and no 4xx', async () => {
      const stand = await rest(throws('boom'), { resources })
      const failed = await send(stand.url('Rest'), '/pets', bearer)
      expect(failed).toMatchObject({ status: 500, json: { error: null } })
      const unknown = await send(stand.url('Rest'), '/nowhere', bearer)
      expect(unknown).toMatchObject({ status: 403, json: { message: 'Missing Authentication Token' } })
    })
    it('A5: an HTTP API has none', async () => {
      const { Resources } = httpTemplate({
        routes: [{ route: 'GET /pets', authorizer: 'A' }],
        authorizers: { A: httpAuthorizer },
      })
      const both = restTemplate({
        routes: [{ route: 'GET /pets', authorizer: 'B' }],
        authorizers: { B: requestAuthorizer },
        resources: { ...Resources, ...resources },
      })
      const stand = await start(both, { Authorize: explicitDeny, Backend: echo })
      const answers: Answer[] = [
        await send(stand.url('Rest'), '/pets', bearer),
        await send(stand.url('Http'), '/pets', bearer),
      ]
      expect(answers.map(({ status }) => status)).toEqual([404, 403])
      expect(answers[1]?.json).toEqual({ message: 'Forbidden' })
    })
    it('A5: WWW-Authenticate of a backend is remapped on REST alone', async () => {
      const backend = () => ({ statusCode: 401, headers: { 'WWW-Authenticate': 'Bearer' }, body: '' })
      const [r, h] = [
        await rest(() => allow('*'), {}, backend),
        await http(() => allow('*'), {}, {}, backend),
      ]
      const ofRest = await send(r.url('Rest'), '/pets', bearer)
      expect(ofRest.headers['www-authenticate']).toBeUndefined()
      expect(ofRest.headers['x-amzn-remapped-www-authenticate']).toBe('Bearer')
      expect((await send(h.url('Http'), '/pets', bearer)).headers['www-authenticate']).toBe('Bearer')
    })
  })
}
