import { describe, expect, it } from 'vitest'
import { allow, bearer, policy, send, timeout } from './stand.ts'
import type { Suite } from './suite.ts'
import { requestAuthorizer } from './templates.ts'

const throws = (message: string) => () => {
  throw new Error(message)
}
const explicitDeny = () =>
  policy([
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: '*', Resource: '*' },
  ])
const denyMessage = 'User is not authorized to access this resource'
const serverError = { status: 500, json: { message: 'Internal Server Error' } }

export function describeStatuses({ rest, token, http }: Suite): void {
  describe('A5 required identity sources', () => {
    for (const headers of [[], [['Authorization', '']]] as [string, string][][]) {
      const what = headers.length > 0 ? 'empty' : 'missing'
      it(`A5: TOKEN, header ${what}: 401, not invoked, also without a cache`, async () => {
        for (const AuthorizerResultTtlInSeconds of [300, 0]) {
          const stand = await token(() => allow('*'), { AuthorizerResultTtlInSeconds })
          const answer = await send(stand.url('Rest'), '/pets', { headers })
          expect(answer).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
          expect(stand.calls('Authorize')).toEqual([])
          expect(stand.calls('Backend')).toEqual([])
        }
      })
      it(`A5: REQUEST with a cache, header ${what}: 401, not invoked`, async () => {
        const stand = await rest(() => allow('*'))
        const answer = await send(stand.url('Rest'), '/pets', { headers })
        expect(answer).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
        expect(answer.headers['x-amzn-errortype']).toBe('UnauthorizedException')
        expect(stand.calls('Authorize')).toEqual([])
      })
      it(`A5: REQUEST without a cache, header ${what}: the function is asked`, async () => {
        const authorizers = { A: { ...requestAuthorizer, AuthorizerResultTtlInSeconds: 0 } }
        const stand = await rest(() => allow('*'), { authorizers })
        expect((await send(stand.url('Rest'), '/pets', { headers })).status).toBe(200)
        expect(stand.calls('Authorize')).toHaveLength(1)
      })
      it(`A5: HTTP API, header ${what}: 401, not invoked, with and without a cache`, async () => {
        for (const AuthorizerResultTtlInSeconds of [300, 0]) {
          const stand = await http(() => allow('*'), { AuthorizerResultTtlInSeconds })
          const answer = await send(stand.url('Http'), '/pets', { headers })
          expect(answer).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
          expect(stand.calls('Authorize')).toEqual([])
          expect(stand.calls('Backend')).toEqual([])
        }
      })
    }
    it('A5: one of several sources missing: 401, not invoked', async () => {
      const IdentitySource = ['$request.header.Authorization', '$request.querystring.key']
      const stand = await http(() => allow('*'), { IdentitySource })
      expect((await send(stand.url('Http'), '/pets', bearer)).status).toBe(401)
      expect((await send(stand.url('Http'), '/pets?key=k', bearer)).status).toBe(200)
      expect(stand.calls('Authorize').map((event) => event.identitySource)).toEqual([['Bearer a', 'k']])
    })
    it('A5: TOKEN, validation expression: 401, not invoked, unless the whole value matches', async () => {
      const stand = await token(() => allow('*'), { IdentityValidationExpression: 'Bearer [a-z]+' })
      for (const value of ['Bearer A', 'Bearer a b', 'x Bearer a']) {
        const answer = await send(stand.url('Rest'), '/pets', { headers: [['Authorization', value]] })
        expect(answer, value).toMatchObject({ status: 401, json: { message: 'Unauthorized' } })
      }
      expect(stand.calls('Authorize')).toEqual([])
      expect((await send(stand.url('Rest'), '/pets', bearer)).status).toBe(200)
    })
  })

  describe('A5 what the function answers', () => {
    it('A5: throws exactly "Unauthorized": REST 401', async () => {
      for (const stand of [await rest(throws('Unauthorized')), await token(throws('Unauthorized'))])
        expect(await send(stand.url('Rest'), '/pets', bearer)).toMatchObject({
          status: 401,
          json: { message: 'Unauthorized' },
        })
    })
    it('A5, J1: throws exactly "Unauthorized": HTTP API 500, the safe reading', async () => {
      const stand = await http(throws('Unauthorized'))
      expect(await send(stand.url('Http'), '/pets', bearer)).toMatchObject(serverError)
    })
    for (const message of ['Unauthorized: expired', 'unauthorized', 'Unauthorized ', ''])
      it(`A5: throws "${message}": 500 on both, the message not handed on`, async () => {
        const [r, h] = [await rest(throws(message)), await http(throws(message))]
        const ofRest = await send(r.url('Rest'), '/pets', bearer)
        expect(ofRest).toMatchObject({ status: 500, json: { message: null } })
        expect(ofRest.headers['x-amzn-errortype']).toBe('AuthorizerConfigurationException')
        expect(await send(h.url('Http'), '/pets', bearer)).toMatchObject(serverError)
      })
    it('A5: explicit deny: 403 with its own message on REST, Forbidden on HTTP', async () => {
      const [r, h] = [await rest(explicitDeny), await http(explicitDeny)]
      const ofRest = await send(r.url('Rest'), '/pets', bearer)
      expect(ofRest).toMatchObject({ status: 403, json: { Message: `${denyMessage} with an explicit deny` } })
      expect(ofRest.headers['x-amzn-errortype']).toBe('AccessDeniedException')
      expect(await send(h.url('Http'), '/pets', bearer)).toMatchObject({
        status: 403,
        json: { message: 'Forbidden' },
      })
      expect([...r.calls('Backend'), ...h.calls('Backend')]).toEqual([])
    })
    it('A5: no allow matches: 403 with the plain message on REST, Forbidden on HTTP', async () => {
      const elsewhere = () => allow('arn:aws:execute-api:*:*:*/*/GET/elsewhere')
      const [r, h] = [await rest(elsewhere), await http(elsewhere)]
      expect(await send(r.url('Rest'), '/pets', bearer)).toMatchObject({
        status: 403,
        json: { Message: denyMessage },
      })
      expect(await send(h.url('Http'), '/pets', bearer)).toMatchObject({
        status: 403,
        json: { message: 'Forbidden' },
      })
    })
    it('A5: isAuthorized false: 403 Forbidden; true: the route', async () => {
      const simple = { EnableSimpleResponses: true }
      const no = await http(() => ({ isAuthorized: false }), simple)
      expect(await send(no.url('Http'), '/pets', bearer)).toMatchObject({
        status: 403,
        json: { message: 'Forbidden' },
      })
      const yes = await http(() => ({ isAuthorized: true, context: { a: 1 } }), simple)
      const { status, json } = await send(yes.url('Http'), '/pets', bearer)
      expect([status, json.requestContext.authorizer]).toEqual([200, { lambda: { a: 1 } }])
    })
    it('A5, A7: does not answer in time: 500; an HTTP API waits ten seconds', async () => {
      const [r, h] = [await rest(() => timeout), await http(() => timeout)]
      expect((await send(r.url('Rest'), '/pets', bearer)).status).toBe(500)
      expect(await send(h.url('Http'), '/pets', bearer)).toMatchObject(serverError)
      expect(h.timeouts('Authorize')).toEqual([10_000])
    })
    it('A5, A2: no permission, or one for another authorizer: 500, not invoked', async () => {
      const other = { SourceArn: { 'Fn::Sub': 'arn:aws:execute-api:*:*:*/authorizers/other' } }
      for (const properties of [undefined, other]) {
        const FunctionName = { 'Fn::GetAtt': ['Authorize', 'Arn'] }
        const Principal = properties ? 'apigateway.amazonaws.com' : 's3.amazonaws.com'
        const AuthorizePermission = {
          Type: 'AWS::Lambda::Permission',
          Properties: { FunctionName, Principal, Action: 'lambda:InvokeFunction', ...properties },
        }
        const resources = { AuthorizePermission }
        const [r, h] = [
          await rest(() => allow('*'), { resources }),
          await http(() => allow('*'), {}, { resources }),
        ]
        expect((await send(r.url('Rest'), '/pets', bearer)).status).toBe(500)
        expect(await send(h.url('Http'), '/pets', bearer)).toMatchObject(serverError)
        expect([...r.calls('Authorize'), ...h.calls('Authorize')]).toEqual([])
      }
    })
  })

  const bad: [string, unknown, ('rest' | 'http')[]][] = [
    ['nothing', undefined, ['rest', 'http']],
    ['a text', 'allow', ['rest', 'http']],
    ['a list', [allow('*')], ['rest', 'http']],
    ['no policyDocument', { principalId: 'bot' }, ['rest', 'http']],
    ['a policyDocument in text', { principalId: 'bot', policyDocument: '{}' }, ['rest', 'http']],
    ['no principalId', { ...allow('*'), principalId: undefined }, ['rest']],
    ['a number as principalId', { ...allow('*'), principalId: 7 }, ['rest', 'http']],
    ['a list in the context', allow('*', { roles: ['a'] }), ['rest']],
    ['a map in the context', allow('*', { claims: { a: 1 } }), ['rest']],
    ['null in the context', allow('*', { a: null }), ['rest']],
    ['a context in text', { ...allow('*'), context: 'a' }, ['rest', 'http']],
    ['the simple form', { isAuthorized: true }, ['rest', 'http']],
    ['both forms', { ...allow('*'), isAuthorized: true }, ['rest', 'http']],
    ['no statement', policy([]), ['rest', 'http']],
    ['Effect "allow"', policy([{ Effect: 'allow', Action: '*', Resource: '*' }]), ['rest', 'http']],
    ['no Effect', policy([{ Action: '*', Resource: '*' }]), ['rest', 'http']],
    ['a number as Action', policy([{ Effect: 'Allow', Action: 7, Resource: '*' }]), ['rest', 'http']],
    ['an empty Action list', policy([{ Effect: 'Allow', Action: [], Resource: '*' }]), ['rest', 'http']],
    ['no Action', policy([{ Effect: 'Allow', Resource: '*' }]), ['rest', 'http']],
    ['no Resource', policy([{ Effect: 'Allow', Action: '*' }]), ['rest', 'http']],
    ['an empty Resource list', allow([]), ['rest', 'http']],
    [
      'Resource and NotResource',
      policy([{ Effect: 'Allow', Action: '*', Resource: '*', NotResource: 'a' }]),
      ['rest', 'http'],
    ],
    [
      'a member no policy has',
      policy([{ Effect: 'Allow', Action: '*', Resource: '*', Ressource: 'a' }]),
      ['rest', 'http'],
    ],
  ]
  describe('A4, A5 bad output is a 500', () => {
    for (const [what, value, apis] of bad)
      it(`A4: ${what}: 500 on ${apis.join(' and ')}, the backend is not reached`, async () => {
        if (apis.includes('rest')) {
          const stand = await rest(() => value)
          const answer = await send(stand.url('Rest'), '/pets', bearer)
          expect(answer).toMatchObject({ status: 500, json: { message: null } })
          expect(stand.calls('Backend')).toEqual([])
        }
        const stand = await http(() => value)
        const answer = await send(stand.url('Http'), '/pets', bearer)
        if (apis.includes('http')) expect(answer).toMatchObject(serverError)
        else expect(answer.status).toBe(200)
        expect(stand.calls('Backend')).toHaveLength(apis.includes('http') ? 0 : 1)
      })
    it('A4: the policy form where simple responses are enabled: 500', async () => {
      const stand = await http(() => allow('*'), { EnableSimpleResponses: true })
      expect(await send(stand.url('Http'), '/pets', bearer)).toMatchObject(serverError)
    })
    it('A4: both forms where simple responses are enabled: 500', async () => {
      const stand = await http(() => ({ ...allow('*'), isAuthorized: true }), { EnableSimpleResponses: true })
      expect(await send(stand.url('Http'), '/pets', bearer)).toMatchObject(serverError)
    })
    it('A4: a simple response whose isAuthorized is no boolean: 500', async () => {
      for (const isAuthorized of ['true', 1, null]) {
        const stand = await http(() => ({ isAuthorized }), { EnableSimpleResponses: true })
        expect(await send(stand.url('Http'), '/pets', bearer)).toMatchObject(serverError)
      }
    })
  })
}
