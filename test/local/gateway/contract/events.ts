import { describe, expect, it } from 'vitest'
import { allow, bearer, type Event, send } from './stand.ts'
import type { Suite } from './suite.ts'

const everything = () => allow('*')

export function describeEvents({ rest, token, http }: Suite): void {
  describe('A1 REST TOKEN event', () => {
    it('A1: has type, methodArn and the raw header value, and no other key', async () => {
      const stand = await token(everything)
      await send(stand.url('Rest'), '/pets', { headers: [['authorization', 'Bearer  x.y.z']] })
      const [event] = stand.calls('Authorize')
      expect(Object.keys(event).sort()).toEqual(['authorizationToken', 'methodArn', 'type'])
      expect(event).toMatchObject({ type: 'TOKEN', authorizationToken: 'Bearer  x.y.z' })
      expect(event.methodArn).toMatch(/^arn:aws:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]{10}\/dev\/GET\/pets$/)
    })
  })

  describe('A1 REST REQUEST event', () => {
    it('A1: has the documented keys, no body, and paths with and without the stage', async () => {
      const stand = await rest(everything)
      await send(stand.url('Rest'), '/pets/7?a=1&a=2&b=%20', { ...bearer })
      const [event] = stand.calls('Authorize')
      expect(Object.keys(event).sort()).toEqual([
        'headers',
        'httpMethod',
        'methodArn',
        'multiValueHeaders',
        'multiValueQueryStringParameters',
        'path',
        'pathParameters',
        'queryStringParameters',
        'requestContext',
        'resource',
        'stageVariables',
        'type',
      ])
      expect(event).toMatchObject({
        type: 'REQUEST',
        resource: '/pets/{id}',
        path: '/pets/7',
        httpMethod: 'GET',
        pathParameters: { id: '7' },
        queryStringParameters: { a: '2', b: ' ' },
        multiValueQueryStringParameters: { a: ['1', '2'], b: [' '] },
        stageVariables: {},
        requestContext: { path: '/dev/pets/7', resourcePath: '/pets/{id}', stage: 'dev', httpMethod: 'GET' },
      })
      expect(event.requestContext.identity.sourceIp).toBe('127.0.0.1')
      expect(event.requestContext.domainName).toBe(
        `${event.requestContext.apiId}.execute-api.eu-west-1.amazonaws.com`,
      )
    })

    it("A1: keeps the client's case of header names and all values of a doubled header", async () => {
      const stand = await rest(everything)
      await send(stand.url('Rest'), '/pets', {
        headers: [
          ['AuthoriZation', 'one'],
          ['AuthoriZation', 'two'],
        ],
      })
      const [event] = stand.calls('Authorize')
      expect(event.headers.AuthoriZation).toBe('two')
      expect(event.multiValueHeaders.AuthoriZation).toEqual(['one', 'two'])
      expect(event.headers).not.toHaveProperty('authorization')
    })

    it('A1: never carries a body, not for a POST either', async () => {
      const stand = await rest(everything)
      const sent = { ...bearer, method: 'POST', body: '{"a":1}' }
      const answer = await send(stand.url('Rest'), '/pets', sent)
      expect(stand.calls('Authorize')[0]).not.toHaveProperty('body')
      expect(answer.json.body).toBe('{"a":1}')
    })
  })

  describe('A1 HTTP API payload 2.0 event', () => {
    it('A1: has the documented keys, routeArn and identitySource as a list', async () => {
      const stand = await http(everything, {}, { stageVariables: { color: 'blue' } })
      await send(stand.url('Http'), '/pets/7?a=1&a=2', {
        headers: [
          ['Authorization', 'Bearer a'],
          ['Cookie', 'x=1; y=2'],
          ['User-Agent', 'probe'],
        ],
      })
      const [event] = stand.calls('Authorize')
      expect(Object.keys(event).sort()).toEqual([
        'cookies',
        'headers',
        'identitySource',
        'pathParameters',
        'queryStringParameters',
        'rawPath',
        'rawQueryString',
        'requestContext',
        'routeArn',
        'routeKey',
        'stageVariables',
        'type',
        'version',
      ])
      expect(event).toMatchObject({
        version: '2.0',
        type: 'REQUEST',
        identitySource: ['Bearer a'],
        routeKey: 'GET /pets/{id}',
        rawPath: '/pets/7',
        rawQueryString: 'a=1&a=2',
        cookies: ['x=1', 'y=2'],
        queryStringParameters: { a: '1,2' },
        pathParameters: { id: '7' },
        stageVariables: { color: 'blue' },
        requestContext: {
          routeKey: 'GET /pets/{id}',
          stage: '$default',
          http: {
            method: 'GET',
            path: '/pets/7',
            protocol: 'HTTP/1.1',
            sourceIp: '127.0.0.1',
            userAgent: 'probe',
          },
        },
      })
      expect(event.routeArn).toMatch(/\/\$default\/GET\/pets\/7$/)
      expect(event.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/)
      expect(event.requestContext.timeEpoch).toBeGreaterThan(1e12)
    })

    it('A1: leaves out what would be empty', async () => {
      const stand = await http(everything)
      await send(stand.url('Http'), '/pets', { ...bearer })
      const [event] = stand.calls('Authorize')
      for (const name of ['cookies', 'queryStringParameters', 'pathParameters', 'stageVariables'])
        expect(event).not.toHaveProperty(name)
      expect(event.rawQueryString).toBe('')
    })

    it('A1: identitySource is null where none is configured', async () => {
      const stand = await http(everything, { IdentitySource: undefined })
      expect((await send(stand.url('Http'), '/pets')).status).toBe(200)
      expect(stand.calls('Authorize')[0].identitySource).toBeNull()
    })

    it('A1: header names are lower-cased and doubled values joined', async () => {
      const stand = await http(everything)
      await send(stand.url('Http'), '/pets', {
        headers: [
          ['AUTHORIZATION', 'one'],
          ['Authorization', 'two'],
        ],
      })
      const [event] = stand.calls('Authorize')
      expect(event.headers.authorization).toBe('one,two')
      expect(Object.keys(event.headers).filter((name) => /[A-Z]/.test(name))).toEqual([])
    })

    it('A1: a named stage stands in rawPath and the http path, and in the ARN as its stage only', async () => {
      const stand = await http(everything, {}, { stage: 'dev' })
      await send(stand.url('Http'), '/pets', { ...bearer })
      const [event] = stand.calls('Authorize')
      expect(event.rawPath).toBe('/dev/pets')
      expect(event.requestContext.http.path).toBe('/dev/pets')
      expect(event.routeArn).toMatch(/[a-z0-9]{10}\/dev\/GET\/pets$/)
    })

    it('A1: routeKey is $default for the route of that name', async () => {
      const routes = [{ route: '$default', authorizer: 'A' }]
      const stand = await http(everything, {}, { routes })
      await send(stand.url('Http'), '/any/where', { ...bearer })
      expect(stand.calls('Authorize')[0].routeKey).toBe('$default')
    })
  })

  describe('A2 ARNs are concrete', () => {
    const arnOf = (event: Event): string => event.methodArn ?? event.routeArn
    const pathOf = async (path: string): Promise<string[]> => {
      const stands = [await rest(everything), await token(everything), await http(everything)]
      const bases = [stands[0]!.url('Rest'), stands[1]!.url('Rest'), stands[2]!.url('Http')]
      for (const base of bases) await send(base, path, bearer)
      return stands.map((stand) => arnOf(stand.calls('Authorize')[0]).split('/GET')[1] ?? '')
    }

    it('A2: the path of the request, not the template of its route', async () => {
      expect(await pathOf('/pets/42')).toEqual(['/pets/42', '/pets/42', '/pets/42'])
    })
    it('A2: the root ends in a slash', async () => {
      expect(await pathOf('/')).toEqual(['/', '/', '/'])
    })
    it('A2: a colon in the path stays', async () => {
      expect(await pathOf('/pets/a:b')).toEqual(['/pets/a:b', '/pets/a:b', '/pets/a:b'])
    })
    it('A2: case is kept', async () => {
      expect(await pathOf('/pets/AbC')).toEqual(['/pets/AbC', '/pets/AbC', '/pets/AbC'])
    })
    it('A2 [U]: escapes stay undecoded, and one escaped slash is no separator', async () => {
      expect(await pathOf('/pets/a%2Fb')).toEqual(['/pets/a%2Fb', '/pets/a%2Fb', '/pets/a%2Fb'])
    })
    it('A2 [U]: a doubled slash and dot segments stay, where {proxy+} takes them', async () => {
      const path = '/files/a//b/../c/./d'
      expect(await pathOf(path)).toEqual([path, path, path])
    })
    it('A2 [R]: a trailing slash stays in the ARN of a REST API, whose resource has none', async () => {
      const stand = await rest(everything)
      expect((await send(stand.url('Rest'), '/pets/', bearer)).status).toBe(200)
      expect(stand.calls('Authorize')[0]).toMatchObject({ resource: '/pets', path: '/pets/' })
      expect(stand.calls('Authorize')[0].methodArn).toMatch(/\/GET\/pets\/$/)
    })
    it('A2: the verb is the method of the request, also on a route for ANY', async () => {
      const routes = [{ route: 'ANY /pets', authorizer: 'A' }]
      const stand = await rest(everything, { routes })
      await send(stand.url('Rest'), '/pets', { ...bearer, method: 'DELETE' })
      expect(stand.calls('Authorize')[0].methodArn).toMatch(/\/dev\/DELETE\/pets$/)
    })
  })
}
