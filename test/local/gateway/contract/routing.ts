import { describe, expect, it } from 'vitest'
import { allow, bearer, send } from './stand.ts'
import type { Suite } from './suite.ts'

const all = () => allow('*')
const specs = (routes: readonly string[]) => routes.map((route) => ({ route, authorizer: 'A' }))

export function describeRouting({ rest, http }: Suite): void {
  /** The resource template, or the status of the refusal. */
  async function restRoute(routes: readonly string[], request: string): Promise<string | number> {
    const [method = '', path = ''] = request.split(' ')
    const stand = await rest(all, { routes: specs(routes) })
    const answer = await send(stand.url('Rest'), path, { ...bearer, method })
    if (answer.status === 200) return `${answer.json.httpMethod} ${answer.json.resource}`
    expect(stand.calls('Authorize')).toEqual([])
    return answer.status
  }
  async function httpRoute(routes: readonly string[], request: string): Promise<string | number> {
    const [method = '', path = ''] = request.split(' ')
    const stand = await http(all, {}, { routes: specs(routes) })
    const answer = await send(stand.url('Http'), path, { ...bearer, method })
    if (answer.status === 200) return answer.json.routeKey
    expect(stand.calls('Authorize')).toEqual([])
    return answer.status
  }

  describe('A9 REST routes', () => {
    const tree = ['GET /a/b', 'GET /a/{x}', 'GET /a/{proxy+}', 'GET /a/{x}/c', 'GET /']
    for (const [request, expected] of [
      ['GET /a/b', 'GET /a/b'],
      ['GET /a/z', 'GET /a/{x}'],
      ['GET /a/z/c', 'GET /a/{x}/c'],
      ['GET /a/z/y', 'GET /a/{proxy+}'],
      ['GET /a/z/y/x', 'GET /a/{proxy+}'],
      ['GET /', 'GET /'],
      ['GET /a', 403],
      ['GET /A/b', 403],
      ['GET /b', 403],
      ['GET /a/', 403],
      ['GET //a/b', 403],
      ['GET /a//b', 'GET /a/{proxy+}'],
      ['GET /a//c', 'GET /a/{proxy+}'],
      ['GET /a/b/', 'GET /a/b'],
      ['GET /a%2Fb', 403],
      ['GET /a/%62', 'GET /a/{x}'],
      ['POST /a/b', 403],
    ] as [string, string | number][])
      it(`A9: ${request} -> ${expected}`, async () => {
        expect(await restRoute(tree, request)).toBe(expected)
      })
    it('A9: an unknown route is MISSING_AUTHENTICATION_TOKEN, and the authorizer is not asked', async () => {
      const stand = await rest(all)
      const answer = await send(stand.url('Rest'), '/nowhere', bearer)
      expect(answer).toMatchObject({ status: 403, json: { message: 'Missing Authentication Token' } })
      expect(answer.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException')
      expect(stand.calls('Authorize')).toEqual([])
    })
    it('A9: a method before ANY of the same resource; ANY takes the rest', async () => {
      const routes = [
        { route: 'ANY /a', authorizer: 'A', fn: 'Authorize' },
        { route: 'GET /a', authorizer: 'A' },
      ]
      const stand = await rest(all, { routes })
      expect((await send(stand.url('Rest'), '/a', bearer)).status).toBe(200)
      expect(stand.calls('Backend')).toHaveLength(1)
      await send(stand.url('Rest'), '/a', { ...bearer, method: 'PUT' })
      expect(stand.calls('Backend')).toHaveLength(1)
    })
    it('A9 [U]: a resource without the method lets a {param} or {proxy+} take it', async () => {
      expect(await restRoute(['GET /a/b', 'POST /a/{x}'], 'POST /a/b')).toBe('POST /a/{x}')
      expect(await restRoute(['GET /a/b', 'ANY /{proxy+}'], 'POST /a/b')).toBe('POST /{proxy+}')
    })
    it('A9: a method that API Gateway does not know is no route, not even of ANY', async () => {
      expect(await restRoute(['ANY /a'], 'TRACE /a')).toBe(403)
      expect(await restRoute(['ANY /a'], 'PROPFIND /a')).toBe(403)
    })
    it('another stage or another API is 403', async () => {
      const stand = await rest(all)
      const base = stand.url('Rest')
      expect((await send(base.replace(/dev$/, 'prod'), '/pets', bearer)).status).toBe(403)
      expect((await send(base.replace(/\/[a-z0-9]{10}\//, '/aaaaaaaaaa/'), '/pets', bearer)).status).toBe(403)
      expect(stand.calls('Authorize')).toEqual([])
    })
  })

  describe('A9 HTTP API routes', () => {
    const routes = [
      'GET /a/b',
      'GET /a/{x}',
      'ANY /a/{x}/c',
      'GET /a/{x}/c',
      'ANY /g/{proxy+}',
      'GET /g/h/{rest+}',
      'GET /',
    ]
    for (const [request, expected] of [
      ['GET /a/b', 'GET /a/b'],
      ['GET /a/z', 'GET /a/{x}'],
      ['GET /a/z/c', 'GET /a/{x}/c'],
      ['POST /a/z/c', 'ANY /a/{x}/c'],
      ['GET /g/1/2', 'ANY /g/{proxy+}'],
      ['GET /g/h/2', 'GET /g/h/{rest+}'],
      ['POST /g/h/2', 'ANY /g/{proxy+}'],
      ['GET /', 'GET /'],
      ['GET /a/b/', 404],
      ['GET /a/', 404],
      ['GET /a//c', 404],
      ['GET /g', 404],
      ['GET /g/', 404],
      ['GET /A/b', 404],
      ['DELETE /a/b', 404],
      ['TRACE /a/z/c', 404],
    ] as [string, string | number][])
      it(`A9: ${request} -> ${expected}`, async () => {
        expect(await httpRoute(routes, request)).toBe(expected)
      })
    it('A9: no route: 404 {"message":"Not Found"}', async () => {
      const stand = await http(all)
      expect(await send(stand.url('Http'), '/nowhere', bearer)).toMatchObject({
        status: 404,
        json: { message: 'Not Found' },
      })
    })
    it('A9: a full match before a greedy one, and that before $default', async () => {
      const both = ['$default', 'ANY /{proxy+}', 'GET /a/{x}']
      expect(await httpRoute(both, 'GET /a/b')).toBe('GET /a/{x}')
      expect(await httpRoute(both, 'GET /a/b/c')).toBe('ANY /{proxy+}')
      expect(await httpRoute(['$default', 'GET /a'], 'POST /a')).toBe('$default')
      expect(await httpRoute(both, 'GET /')).toBe('$default')
    })
  })
}
