import { describe, expect, it } from 'vitest'
import { allow, bearer, type Event, policy, type Stand, send } from './stand.ts'
import { echo, type Suite } from './suite.ts'
import { httpAuthorizer, requestAuthorizer, restTemplate, tokenAuthorizer } from './templates.ts'

const arn = (event: Event): string => event.methodArn ?? event.routeArn
/** The first classic error: a document for the one requested ARN. */
const onlyThis = (event: Event) => allow(arn(event))
const status = async (stand: Stand, api: string, path: string, sent = bearer) =>
  (await send(stand.url(api), path, sent)).status
const ttl = (AuthorizerResultTtlInSeconds: number) => ({ AuthorizerResultTtlInSeconds })

export function describeCaching({ start, rest, token, http }: Suite): void {
  describe('A6 lifetime', () => {
    it('A6: REST, unset: 300 seconds, for TOKEN and REQUEST', async () => {
      for (const stand of [await rest(() => allow('*')), await token(() => allow('*'))]) {
        await send(stand.url('Rest'), '/pets', bearer)
        stand.advance(299)
        await send(stand.url('Rest'), '/pets', bearer)
        expect(stand.calls('Authorize')).toHaveLength(1)
        stand.advance(1)
        await send(stand.url('Rest'), '/pets', bearer)
        expect(stand.calls('Authorize')).toHaveLength(2)
      }
    })
    it('A6 [U]: HTTP API, unset: no cache', async () => {
      const stand = await http(() => allow('*'))
      await send(stand.url('Http'), '/pets', bearer)
      await send(stand.url('Http'), '/pets', bearer)
      expect(stand.calls('Authorize')).toHaveLength(2)
    })
    it('A6: a lifetime of its own, to the second', async () => {
      const [r, h] = [
        await rest(() => allow('*'), { authorizers: { A: { ...requestAuthorizer, ...ttl(5) } } }),
        await http(() => allow('*'), ttl(5)),
      ]
      for (const [stand, api] of [
        [r, 'Rest'],
        [h, 'Http'],
      ] as [Stand, string][]) {
        await send(stand.url(api), '/pets', bearer)
        stand.advance(4)
        await send(stand.url(api), '/pets', bearer)
        expect(stand.calls('Authorize')).toHaveLength(1)
        stand.advance(1)
        await send(stand.url(api), '/pets', bearer)
        expect(stand.calls('Authorize')).toHaveLength(2)
      }
    })
    it('A6: 0 turns it off', async () => {
      for (const stand of [
        await token(() => allow('*'), ttl(0)),
        await rest(() => allow('*'), { authorizers: { A: { ...requestAuthorizer, ...ttl(0) } } }),
      ]) {
        await send(stand.url('Rest'), '/pets', bearer)
        await send(stand.url('Rest'), '/pets', bearer)
        expect(stand.calls('Authorize')).toHaveLength(2)
      }
    })
    it('A6: a use does not prolong it', async () => {
      const stand = await http(() => allow('*'), ttl(10))
      for (let second = 0; second < 12; second += 4) {
        await send(stand.url('Http'), '/pets', bearer)
        stand.advance(4)
      }
      await send(stand.url('Http'), '/pets', bearer)
      expect(stand.calls('Authorize')).toHaveLength(2)
    })
    it('A6: a flush forgets every answer', async () => {
      const stand = await rest(() => allow('*'))
      await send(stand.url('Rest'), '/pets', bearer)
      stand.flush()
      await send(stand.url('Rest'), '/pets', bearer)
      expect(stand.calls('Authorize')).toHaveLength(2)
    })
  })

  describe('A6 what is cached', () => {
    it('A6: the policy, evaluated for each new ARN: a document for one ARN breaks the next route', async () => {
      const stands: [Stand, string][] = [
        [await rest(onlyThis), 'Rest'],
        [await token(onlyThis), 'Rest'],
        [await http(onlyThis, ttl(300)), 'Http'],
      ]
      for (const [stand, api] of stands) {
        expect(await status(stand, api, '/pets')).toBe(200)
        expect(await status(stand, api, '/pets/1')).toBe(403)
        expect(await status(stand, api, '/pets', { ...bearer, method: 'POST' })).toBe(403)
        expect(await status(stand, api, '/pets')).toBe(200)
        expect(stand.calls('Authorize')).toHaveLength(1)
      }
    })
    it('A6: a policy for every route serves every route with one call', async () => {
      const stand = await rest(() => allow('arn:aws:execute-api:*/GET/pets*'))
      expect(await status(stand, 'Rest', '/pets')).toBe(200)
      expect(await status(stand, 'Rest', '/pets/1')).toBe(200)
      expect(await status(stand, 'Rest', '/files/a')).toBe(403)
      expect(stand.calls('Authorize')).toHaveLength(1)
    })
    it('A6: a simple response opens every route of the authorizer: the second classic error shows', async () => {
      const stand = await http((event) => ({ isAuthorized: event.rawPath === '/pets' }), {
        EnableSimpleResponses: true,
        ...ttl(300),
      })
      expect(await status(stand, 'Http', '/pets')).toBe(200)
      expect(await status(stand, 'Http', '/files/secret')).toBe(200)
      expect(stand.calls('Authorize')).toHaveLength(1)
    })
    it('A6: its mend: $context.routeKey among the identity sources', async () => {
      const stand = await http((event) => ({ isAuthorized: event.rawPath === '/pets' }), {
        EnableSimpleResponses: true,
        ...ttl(300),
        IdentitySource: ['$request.header.Authorization', '$context.routeKey'],
      })
      expect(await status(stand, 'Http', '/pets')).toBe(200)
      expect(await status(stand, 'Http', '/files/secret')).toBe(403)
    })
    it('A6: denies are cached', async () => {
      const deny = () => policy([{ Effect: 'Deny', Action: '*', Resource: '*' }])
      const stand = await rest(deny)
      expect([await status(stand, 'Rest', '/pets'), await status(stand, 'Rest', '/pets')]).toEqual([403, 403])
      expect(stand.calls('Authorize')).toHaveLength(1)
      const simple = await http(() => ({ isAuthorized: false }), { EnableSimpleResponses: true, ...ttl(300) })
      expect([await status(simple, 'Http', '/pets'), await status(simple, 'Http', '/pets')]).toEqual([
        403, 403,
      ])
      expect(simple.calls('Authorize')).toHaveLength(1)
    })
    it('A6: thrown errors and malformed answers are not cached', async () => {
      for (const first of [new Error('Unauthorized'), new Error('boom'), { principalId: 'bot' }]) {
        let time = 0
        const authorize = () => {
          if (time++ > 0) return allow('*')
          if (first instanceof Error) throw first
          return first
        }
        const stand = await rest(authorize)
        expect(await status(stand, 'Rest', '/pets')).toBeGreaterThanOrEqual(401)
        expect(await status(stand, 'Rest', '/pets')).toBe(200)
      }
    })
    it('A6: the context too: a value made per request goes stale', async () => {
      let id = 0
      const stand = await rest(() => allow('*', { id: ++id }))
      await send(stand.url('Rest'), '/pets', bearer)
      const { json } = await send(stand.url('Rest'), '/pets/2', bearer)
      expect(json.requestContext.authorizer.id).toBe('1')
    })
  })

  describe('A6 the key', () => {
    it('A6: nothing but the identity sources counts: path, method, query, other headers, body', async () => {
      const stand = await rest(() => allow('*'))
      await send(stand.url('Rest'), '/pets', bearer)
      const headers = [...(bearer.headers ?? []), ['DPoP', 'proof'], ['X-Other', '1']] as [string, string][]
      await send(stand.url('Rest'), '/pets/9?a=1', { headers })
      await send(stand.url('Rest'), '/pets', { headers, method: 'POST', body: 'b' })
      expect(stand.calls('Authorize')).toHaveLength(1)
    })
    it('A6: another value is another entry, and one caller never gets the answer of another', async () => {
      const stand = await rest((event) => allow('*', { who: event.headers.Authorization }))
      for (const who of ['a', 'b', 'A', 'a', 'b']) {
        const { json } = await send(stand.url('Rest'), '/pets', { headers: [['Authorization', who]] })
        expect(json.requestContext.authorizer.who).toBe(who)
      }
      expect(stand.calls('Authorize')).toHaveLength(3)
    })
    it('A6: all sources together, no two lists alike by joining', async () => {
      const IdentitySource = ['$request.header.X', '$request.querystring.y']
      const stand = await http(() => allow('*'), { IdentitySource, ...ttl(300) })
      const pairs = [
        ['a,b', 'c'],
        ['a', 'b,c'],
        ['a,b', 'c'],
      ]
      for (const [x, y] of pairs) await send(stand.url('Http'), `/pets?y=${y}`, { headers: [['X', x ?? '']] })
      expect(stand.calls('Authorize')).toHaveLength(2)
    })
    it('A6 [U]: every value of a doubled header counts', async () => {
      const stand = await rest(() => allow('*'))
      const values = [
        ['a', 'z'],
        ['b', 'z'],
        ['a', 'y'],
        ['a', 'z'],
      ]
      for (const pair of values) {
        const headers = pair.map((value): [string, string] => ['Authorization', value])
        await send(stand.url('Rest'), '/pets', { headers })
      }
      expect(stand.calls('Authorize')).toHaveLength(3)
    })
    it('A6: header names without regard to case, query names with it', async () => {
      const stand = await http(() => allow('*'), {
        IdentitySource: ['$request.header.X-Key', '$request.querystring.Key'],
      })
      const sent = { headers: [['x-kEY', 'a']] as [string, string][] }
      expect(await status(stand, 'Http', '/pets?Key=1', sent)).toBe(200)
      expect(await status(stand, 'Http', '/pets?key=1', sent)).toBe(401)
    })
    it('A6: REST sources: headers, query, stage variables and context, comma-joined', async () => {
      const IdentitySource =
        'method.request.header.Authorization, method.request.querystring.k, stageVariables.env, context.httpMethod'
      const stage = {
        Type: 'AWS::ApiGateway::Stage',
        Properties: { RestApiId: { Ref: 'Rest' }, StageName: 'dev', Variables: { env: 'e' } },
      }
      const deployment = { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Rest' } } }
      const resources = { Stage: stage, RestDeployment: deployment }
      const stand = await rest(() => allow('*'), {
        authorizers: { A: { ...requestAuthorizer, IdentitySource } },
        resources,
      })
      expect(await status(stand, 'Rest', '/pets')).toBe(401)
      expect(await status(stand, 'Rest', '/pets?k=1')).toBe(200)
      expect(await status(stand, 'Rest', '/pets?k=1')).toBe(200)
      expect(stand.calls('Authorize')).toHaveLength(1)
      expect(await status(stand, 'Rest', '/pets?k=1', { ...bearer, method: 'POST' })).toBe(200)
      expect(stand.calls('Authorize')).toHaveLength(2)
    })
    it('A6: two authorizers of one API share nothing', async () => {
      const routes = [
        { route: 'GET /pets', authorizer: 'A' },
        { route: 'GET /cats', authorizer: 'B' },
      ]
      const authorizers = { A: requestAuthorizer, B: tokenAuthorizer }
      const stand = await start(restTemplate({ routes, authorizers }), {
        Authorize: () => allow('*'),
        Backend: echo,
      })
      await send(stand.url('Rest'), '/pets', bearer)
      await send(stand.url('Rest'), '/cats', bearer)
      expect(stand.calls('Authorize').map((event) => event.type)).toEqual(['REQUEST', 'TOKEN'])
    })
    it('A6 [U]: two APIs share nothing', async () => {
      const routes = (authorizer: string) => [{ route: 'GET /pets', authorizer }]
      const other = restTemplate({ api: 'Other', routes: routes('B'), authorizers: { B: requestAuthorizer } })
      const one = restTemplate({
        routes: routes('A'),
        authorizers: { A: requestAuthorizer },
        resources: { ...other.Resources },
      })
      const stand = await start(one, { Authorize: onlyThis, Backend: echo })
      expect(await status(stand, 'Rest', '/pets')).toBe(200)
      expect(await status(stand, 'Other', '/pets')).toBe(200)
      expect(stand.calls('Authorize')).toHaveLength(2)
      expect(stand.url('Rest')).not.toBe(stand.url('Other'))
    })
    it('A6: HTTP API: two authorizers share nothing', async () => {
      const routes = [
        { route: 'GET /pets', authorizer: 'A' },
        { route: 'GET /cats', authorizer: 'B' },
      ]
      const authorizers = { A: { ...httpAuthorizer, ...ttl(300) }, B: { ...httpAuthorizer, ...ttl(300) } }
      const stand = await http(() => allow('*'), {}, { routes, authorizers })
      await send(stand.url('Http'), '/pets', bearer)
      await send(stand.url('Http'), '/cats', bearer)
      expect(stand.calls('Authorize')).toHaveLength(2)
    })
  })
}
