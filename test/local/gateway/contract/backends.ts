import { describe, expect, it } from 'vitest'
import { allow, bearer, send, timeout } from './stand.ts'
import type { Suite } from './suite.ts'

const everything = () => allow('*')

export function describeBackends({ rest, http }: Suite): void {
  describe('what the backend gets', () => {
    it('A4: REST: the context as text, the principal and the latency beside it', async () => {
      const stand = await rest(() => allow('*', { text: 'a', number: 1.5, yes: true }))
      const { json } = await send(stand.url('Rest'), '/pets', bearer)
      expect(json.requestContext.authorizer).toEqual({
        text: 'a',
        number: '1.5',
        yes: 'true',
        principalId: 'bot',
        integrationLatency: expect.any(Number),
      })
    })
    it('A4: REST: a context cannot name another principal', async () => {
      const stand = await rest(() => allow('*', { principalId: 'root' }))
      const { json } = await send(stand.url('Rest'), '/pets', bearer)
      expect(json.requestContext.authorizer.principalId).toBe('bot')
    })
    it('A4: HTTP: the context under lambda, with its types, lists and maps', async () => {
      const context = { text: 'a', number: 1, yes: true, list: [1], map: { a: 1 } }
      const stand = await http(() => allow('*', context))
      const { json } = await send(stand.url('Http'), '/pets', bearer)
      expect(json.requestContext.authorizer).toEqual({ lambda: context })
    })
    it('a public route has no authorizer in its event', async () => {
      const routes = [{ route: 'GET /open' }]
      const [r, h] = [await rest(everything, { routes }), await http(everything, {}, { routes })]
      const answers = [await send(r.url('Rest'), '/open', bearer), await send(h.url('Http'), '/open', bearer)]
      for (const { status, json } of answers) {
        expect(status).toBe(200)
        expect(json.requestContext).not.toHaveProperty('authorizer')
      }
      expect([...r.calls('Authorize'), ...h.calls('Authorize')]).toEqual([])
    })
    it('attack: no header, query or body of a client can put anything into the authorizer context', async () => {
      const forged = JSON.stringify({ principalId: 'root', lambda: { subject: 'root' } })
      const sent = {
        method: 'POST',
        body: `{"requestContext":{"authorizer":${forged}}}`,
        headers: [
          ['Authorization', 'a'],
          ['requestContext', forged],
          ['requestContext.authorizer', forged],
          ['sls-offline-authorizer-override', forged],
          ['x-amzn-authorizer', forged],
          ['__proto__', forged],
        ] as [string, string][],
      }
      const [r, h] = [
        await rest(() => allow('*', { subject: 'me' })),
        await http(() => allow('*', { subject: 'me' })),
      ]
      const path = '/pets?requestContext.authorizer.subject=root'
      const ofRest = await send(r.url('Rest'), path, sent)
      expect(ofRest.json.requestContext.authorizer).toMatchObject({ subject: 'me', principalId: 'bot' })
      const ofHttp = await send(h.url('Http'), path, sent)
      expect(ofHttp.json.requestContext.authorizer).toEqual({ lambda: { subject: 'me' } })
    })
    it('HTTP: decoded path parameters, base64 for a body that is no text', async () => {
      const stand = await http(() => allow('*'))
      const bytes = new Uint8Array([0, 255, 128])
      const headers = [...bearer.headers!, ['Content-Type', 'application/octet-stream']] as [string, string][]
      const { json } = await send(stand.url('Http'), '/pets/a%20b', bearer)
      expect(json.pathParameters).toEqual({ id: 'a b' })
      const posted = await send(stand.url('Http'), '/pets', { method: 'POST', headers, body: bytes })
      expect(posted.json).toMatchObject({
        isBase64Encoded: true,
        body: Buffer.from(bytes).toString('base64'),
      })
    })
    it('REST: maps that are empty are null', async () => {
      const stand = await rest(everything)
      const { json } = await send(stand.url('Rest'), '/pets', bearer)
      expect(json).toMatchObject({
        queryStringParameters: null,
        pathParameters: null,
        stageVariables: null,
        body: null,
      })
    })
    it('the answer of a backend that fails is a 502 on REST and a 500 on HTTP APIs', async () => {
      const broken = () => {
        throw new Error('backend secret')
      }
      const [r, h] = [await rest(everything, {}, broken), await http(everything, {}, {}, broken)]
      const answers = [await send(r.url('Rest'), '/pets', bearer), await send(h.url('Http'), '/pets', bearer)]
      expect(answers.map(({ status }) => status)).toEqual([502, 500])
      for (const { text } of answers) expect(text).not.toContain('secret')
    })
    it('a backend that does not answer in time is a 504 on REST and a 503 on HTTP APIs', async () => {
      const slow = () => timeout
      const [r, h] = [await rest(everything, {}, slow), await http(everything, {}, {}, slow)]
      const answers = [await send(r.url('Rest'), '/pets', bearer), await send(h.url('Http'), '/pets', bearer)]
      expect(answers.map(({ status, json }) => [status, json.message])).toEqual([
        [504, 'Endpoint request timed out'],
        [503, 'Service Unavailable'],
      ])
      expect([...r.timeouts('Backend'), ...h.timeouts('Backend')]).toEqual([29_000, 30_000])
    })
    it('a backend that no permission opens to the API is a 500, not invoked', async () => {
      const resources = { BackendPermission: { Type: 'AWS::SNS::Topic' } }
      const [r, h] = [await rest(everything, { resources }), await http(everything, {}, { resources })]
      const answers = [await send(r.url('Rest'), '/pets', bearer), await send(h.url('Http'), '/pets', bearer)]
      expect(answers.map(({ status }) => status)).toEqual([500, 500])
      expect([...r.calls('Backend'), ...h.calls('Backend')]).toEqual([])
    })
    it('the status, the headers and the cookies of a backend come through', async () => {
      const backend = () => ({
        statusCode: 418,
        headers: { 'x-pot': 'tea' },
        cookies: ['a=1', 'b=2'],
        body: 'short',
      })
      const stand = await http(everything, {}, {}, backend)
      const answer = await send(stand.url('Http'), '/pets', bearer)
      expect(answer).toMatchObject({ status: 418, text: 'short' })
      expect(answer.headers).toMatchObject({ 'x-pot': 'tea', 'set-cookie': ['a=1', 'b=2'] })
    })
  })
}
