import { describe, expect, test } from 'vitest'
import type { Grants } from '../../../shared/gateway/grants.ts'
import {
  denyAll,
  maxResourceLength,
  type Policy,
  policyFor,
  type RouteTable,
  renderPolicy,
} from '../../../shared/gateway/policy.ts'
import { crookedSpellings } from '../../../shared/gateway/spellings.ts'
import { accessOf, appIn, claimsOf, withApp } from '../../support/access.ts'
import { arnOf, ask, patternsOf, prefix } from '../../support/documents.ts'
import { evaluate } from '../../support/policy-evaluator.ts'

type Api = 'rest' | 'http'

/** A caller of one role on an API with these routes; without them there is no routes file. */
function sceneOf(granted: readonly string[], routes: readonly string[] | undefined, api: Api = 'rest') {
  const access = accessOf(
    {
      version: 1,
      issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
      ...(routes ? { api: { routesFile: './routes.json' } } : {}),
      roles: { r: { trust: [{ issuer: 'idp', anySubject: true }], routes: granted } },
    },
    { rest: routes?.filter((text) => text !== '$default'), http: routes },
  )
  const table: RouteTable = { tree: appIn(access).routes[api], api, proven: routes !== undefined }
  const grants: Grants = { keys: new Set(access.roles[0]?.routes), own: [] }
  const decided = (request: string) => {
    const [method = '', path = ''] = request.split(' ')
    return ask(access, claimsOf({ sub: 'me' }), { api, method, path })
  }
  return { access, table, grants, decided }
}

function policyOf(granted: readonly string[], routes?: readonly string[], api: Api = 'rest'): Policy {
  const { table, grants } = sceneOf(granted, routes, api)
  return policyFor(table, grants)
}

/** Without what every policy with a wildcard denies. */
const deniesOf = (policy: Policy) => policy.deny.filter((one) => !crookedSpellings.includes(one))

describe('the policy covers the whole grant', () => {
  test('one Allow for each route and method; a literal one needs no Deny', () => {
    expect(policyOf(['GET /orders', 'POST /orders'])).toEqual({
      allow: ['GET/orders', 'POST/orders'],
      deny: [],
      narrowed: false,
      tooMany: false,
    })
  })

  test('ANY is every method by name, since a star there would cross the slash', () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    expect(policyOf(['ANY /a/{x}/b'], undefined, 'http').allow).toEqual(methods.map((one) => `${one}/a/?*/b`))
  })

  test('what another Allow holds already stands once', () => {
    expect(policyOf(['GET /a/{x}', 'GET /a/{x}/b', 'GET /a/{x}/b/{y}']).allow).toEqual(['GET/a/?*'])
  })

  test('the root is a route of its own', () => {
    expect(policyOf(['GET /']).allow).toEqual(['GET/'])
    expect(policyOf(['GET /{x}'], ['GET /', 'GET /{x}']).allow).toEqual(['GET/?*'])
  })

  test('$default is every path of an HTTP API that no other route takes, and nothing of a REST API', () => {
    const policy = policyOf(['$default'], ['GET /admin', '$default'], 'http')
    expect(policy.allow).toContain('PATCH/?*')
    expect(policy.allow).toContain('PATCH/')
    expect(policy.deny).toContain('GET/admin')
    expect(policyOf(['$default', 'GET /a']).allow).toEqual(['GET/a'])
  })
})

describe('the policy covers nothing else', () => {
  test('a longer path is denied by one pattern for all of them', () => {
    expect(deniesOf(policyOf(['GET /orders/{id}']))).toEqual(['*/*/*/*'])
  })

  test('the subresource of a granted one, the literal beside a parameter, another method', () => {
    const routes = [
      'GET /orders/{id}',
      'GET /orders/export',
      'DELETE /orders/{id}',
      'GET /orders/{id}/refunds/{no}',
    ]
    const policy = policyOf(['GET /orders/{id}', 'GET /users/{id}/mails/{no}/head'], routes)
    expect(policy.deny).toContain('GET/orders/export')
    expect(policy.deny).toContain('GET/orders/*/*')
    expect(policy.allow.filter((one) => one.startsWith('DELETE'))).toEqual([])
  })

  test('where a granted route lies below, only the refused one is denied', () => {
    const routes = ['GET /orders/{id}', 'GET /orders/{id}/items', 'GET /orders/{id}/refunds']
    const policy = policyOf(['GET /orders/{id}', 'GET /orders/{id}/items'], routes)
    expect(deniesOf(policy)).toEqual(['*/*/*/*/*', 'GET/orders/*/refunds'])
  })

  test('what no canonical path holds is denied wherever there is a wildcard', () => {
    expect(policyOf(['GET /orders/{id}']).deny).toEqual(expect.arrayContaining([...crookedSpellings]))
  })

  test('a caller without a grant is denied everything, not nothing', () => {
    const { table } = sceneOf(['GET /a'], undefined)
    expect(renderPolicy(prefix, table, { keys: new Set(), own: [] }, 8192)).toEqual(denyAll(prefix))
  })
})

describe('what no patterns can say is denied, always', () => {
  const routes = ['GET /a/{x}', 'GET /a/{x}/b', 'GET /a/{x}/b/{y}']
  const granted = ['GET /a/{x}', 'GET /a/{x}/b/{y}']

  test('a granted path that no pattern tells from a refused one, and no other', () => {
    const { decided } = sceneOf(granted, routes)
    expect(decided('GET /a/1/b/b').decision).toMatchObject({ effect: 'deny', reason: 'policy_narrowed' })
    expect(decided('GET /a/1/b/c').decision).toMatchObject({ effect: 'allow', reason: 'granted' })
    expect(decided('GET /a/1').decision.reason).toBe('granted')
    expect(decided('GET /a/1/b').decision.reason).toBe('route_not_granted')
  })

  test('by a document that is the same whatever it was rendered for', () => {
    const { decided } = sceneOf(granted, routes)
    const documents = ['GET /a/1/b/b', 'GET /a/1', 'GET /a/1/b'].map((request) => decided(request).document)
    expect(documents[1]).toEqual(documents[0])
    expect(documents[2]).toEqual(documents[0])
  })

  test('unless nothing is cached: then the answer is for that request', () => {
    const access = { ...sceneOf(granted, routes).access }
    const uncached = withApp(access, { cacheSeconds: 0 })
    const request = { api: 'rest', method: 'GET', path: '/a/1/b/b' } as const
    const asked = ask(uncached, claimsOf({ sub: 'me' }), request)
    expect(asked.decision.reason).toBe('granted')
    expect(patternsOf(asked.document, 'Allow')).toEqual(['GET/?*/?*/?*/?*'])
    expect(evaluate(asked.document, arnOf(request))).toBe('allow')
  })

  test('not where the refused route is granted too', () => {
    expect(policyOf(routes, routes)).toMatchObject({ narrowed: false })
    expect(policyOf(granted, routes).narrowed).toBe(true)
  })
})

describe('within 8 KB', () => {
  const items = (prefixes: number, each: number) =>
    Array.from(
      { length: prefixes * each },
      (_, at) => `GET /area${at % prefixes}/{id}/item${Math.floor(at / prefixes)}`,
    )
  const bytes = (granted: readonly string[], routes: readonly string[] | undefined, maxBytes = 7680) => {
    const { table, grants } = sceneOf(granted, routes)
    return JSON.stringify(renderPolicy(prefix, table, grants, maxBytes)).length
  }

  test('500 routes under 20 prefixes with ids in the middle', () => {
    const routes = items(20, 25)
    expect(bytes(routes, routes)).toBeLessThan(7680)
  })

  test('half of them, every other one', () => {
    const routes = items(20, 25)
    const half = routes.filter((_, at) => Math.floor(at / 20) % 2 === 0)
    expect(bytes(half, routes)).toBeLessThan(7680)
  })

  test('all but ten of them', () => {
    const routes = items(20, 25)
    const most = routes.filter((_, at) => at % 50 !== 7)
    const { table, grants } = sceneOf(most, routes)
    const document = renderPolicy(prefix, table, grants, 7680)
    for (const [at, route] of routes.entries()) {
      const request = `${prefix}/${route.replace(' ', '').replace('{id}', '1')}`
      expect(evaluate(document, request), route).toBe(at % 50 === 7 ? 'deny' : 'allow')
    }
  })

  test('more Denies than are looked for leave none out, however few they are merged to', () => {
    const range = (length: number, route: (at: number) => string) =>
      Array.from({ length }, (_, at) => route(at))
    const granted = ['GET /d/{y}', 'GET /d/{y}/w', ...range(149, (at) => `GET /area/{id}/item${at}`)]
    const refused = [
      ...range(390, (at) => `GET /d/r${at}/z`),
      ...range(20, (at) => `GET /area/{id}/bad${at}`),
    ]
    const { table, grants } = sceneOf(granted, [...granted, ...refused])
    const document = renderPolicy(prefix, table, grants, 7680)
    const asked = (route: string) => `${prefix}/${route.replace(' ', '').replaceAll(/\{\w+\}/g, '1')}`
    expect(refused.filter((route) => evaluate(document, asked(route)) === 'allow')).toEqual([])
    expect(granted.filter((route) => evaluate(document, asked(route)) === 'deny')).toEqual([])
  })

  test('without a routes file nothing is merged beyond what the manifest names, so there is no document', () => {
    expect(() => bytes(items(20, 25), undefined)).toThrow(
      expect.objectContaining({ reason: 'answer_too_large' }),
    )
  })

  test('500 routes that cannot be merged are our fault, not the caller’s', () => {
    const routes = Array.from({ length: 1000 }, (_, at) => `GET /x${(at * 7919) % 1000}`)
    const granted = routes.filter((_, at) => at % 2 === 0)
    expect(() => bytes(granted, routes)).toThrow(expect.objectContaining({ reason: 'answer_too_large' }))
  })

  test('a Resource at the limit fits; one character more is too long', () => {
    const longest = 'x'.repeat(maxResourceLength - `${prefix}/GET/`.length)
    expect(bytes([`GET /${longest}`], undefined)).toBeGreaterThan(512)
    expect(() => bytes([`GET /${longest}x`], undefined)).toThrow(
      expect.objectContaining({
        reason: 'answer_too_large',
        facts: { maxBytes: 7680, maxResourceLength: 512 },
      }),
    )
  })

  test('nothing is merged that need not be, and the same is rendered every time', () => {
    const routes = items(4, 5)
    const { table, grants } = sceneOf(routes, routes)
    const whole = renderPolicy(prefix, table, grants, 8192)
    expect(patternsOf(whole, 'Allow')).toHaveLength(20)
    expect(renderPolicy(prefix, structuredClone(table), grants, 8192)).toEqual(whole)
    const shorter = renderPolicy(prefix, table, grants, 2000)
    expect(patternsOf(shorter, 'Allow').length).toBeLessThan(20)
    expect(renderPolicy(prefix, structuredClone(table), grants, 2000)).toEqual(shorter)
  })
})

describe('a refused request gets a document that refuses it', () => {
  test('where the API has a route that nobody named, the Allow that takes it is left out', () => {
    const { decided } = sceneOf(['GET /{x}', 'GET /a/{proxy+}', 'POST /b'], undefined)
    const { document, decision } = decided('GET /z/z')
    expect(decision.reason).toBe('route_unknown')
    expect(patternsOf(document, 'Allow')).toEqual(['POST/b'])
    expect(patternsOf(decided('GET /z').document, 'Allow')).toEqual(['GET/?*', 'POST/b'])
  })

  test.each(['/a?b', '/a\u0000', '/a '])('%j, which no pattern spells and HTTP does not carry', (path) => {
    const { access } = sceneOf(['GET /{x}', 'POST /b'], undefined)
    const { document } = ask(access, claimsOf({ sub: 'me' }), { api: 'rest', method: 'GET', path })
    expect(evaluate(document, `${prefix}/GET${path}`)).toBe('deny')
    expect(JSON.stringify(document)).not.toContain(JSON.stringify(path).slice(2, -1))
  })
})
