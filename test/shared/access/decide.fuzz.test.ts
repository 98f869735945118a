import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Access } from '../../../shared/access/access.ts'
import { type Decision, decide } from '../../../shared/access/decide.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { referenceCanonical, referencePaths, templateOf } from '../../support/reference-routes.ts'
import { apiType, requestMethod, requestPath, routeText, routeTexts } from '../../support/routes.ts'

type Manifest = {
  readonly own: readonly string[]
  readonly public: readonly string[]
  readonly granted: readonly (readonly string[])[]
}
type Request = { readonly api: 'rest' | 'http'; readonly method: string; readonly path: string }

const manifest: fc.Arbitrary<Manifest> = fc.record({
  own: routeTexts(6),
  public: routeTexts(1),
  granted: fc.array(routeTexts(4), { minLength: 3, maxLength: 3 }),
})
/** A path that some template takes, so that many requests meet a route. */
const fittingPath = fc
  .tuple(
    routeText,
    fc.constantFrom('a', 'b', 'x', 'constructor'),
    fc.constantFrom('a', 'a/b', 'x/orders', '..'),
  )
  .map(([text, one, rest]) =>
    templateOf(text).path.replace('{+}', rest).replaceAll('{}', one).replace('$default', '/x'),
  )
const request: fc.Arbitrary<Request> = fc.record({
  api: apiType,
  method: requestMethod,
  path: fc.oneof(requestPath, { weight: 2, arbitrary: fittingPath }),
})
const groups = fc.uniqueArray(fc.constantFrom('r0', 'r1', 'r2', 'r3'), { maxLength: 3 })

function compile({ own, public: open, granted }: Manifest): Access {
  const served = own.length > 0 ? own : ['GET /health']
  const roles = granted.map((routes, at) => [
    `r${at}`,
    { trust: [{ issuer: 'idp', claims: { groups: `r${at}` } }], ...(routes.length > 0 ? { routes } : {}) },
  ])
  const idp = { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] }
  // What a cached policy cannot say is another matter, and another test.
  const api = { routesFile: './routes.json', cacheSeconds: 0, ...(open.length > 0 ? { public: open } : {}) }
  const rest = served.filter((text) => text !== '$default')
  return accessOf(
    { version: 1, issuers: { idp }, api, roles: Object.fromEntries(roles) },
    { rest, http: served },
  )
}

function reference(manifest: Manifest, groups: readonly string[], { api, method, path }: Request): string {
  const mine = manifest.granted.filter((_, at) => groups.includes(`r${at}`))
  if (mine.length === 0) return 'role_none'
  if (!referenceCanonical(path)) return 'path_not_canonical'
  const routes = [
    ...manifest.own,
    ...manifest.public,
    ...manifest.granted.flat(),
    ...(manifest.own.length > 0 ? [] : ['GET /health']),
  ]
  const paths = referencePaths(routes, api, method, path)
  if (paths.length === 0) return 'route_unknown'
  const grants = mine.flat().map(templateOf)
  const granted = (path: string) =>
    grants.some((one) => one.path === path && (one.method === method || one.method === 'ANY'))
  return paths.every(granted) ? 'granted' : 'route_not_granted'
}

test('a decision is what listing and ranking all the templates comes to', () => {
  fc.assert(
    fc.property(
      manifest,
      fc.array(fc.tuple(groups, request), { minLength: 1, maxLength: 10 }),
      (manifest, calls) => {
        const access = compile(manifest)
        for (const [groups, request] of calls) {
          const decision = decide(access, { issuer: 'idp', claims: claimsOf({ groups }) }, request, 0)
          expect(decision.reason, JSON.stringify({ groups, request })).toBe(
            reference(manifest, groups, request),
          )
          expect(decision.effect).toBe(decision.reason === 'granted' ? 'allow' : 'deny')
          if (decision.effect === 'allow') expectListed(decision, request)
        }
      },
    ),
    fuzzParameters(),
  )
})

/** An allow names the route it is for, if it is one, and a role of the caller lists that. */
function expectListed({ route, roles }: Decision, { method }: Request): void {
  if (route === undefined) return
  const { path } = templateOf(route)
  const keys = roles.flatMap((role) => role.routes)
  expect(keys.includes(`${method} ${path}`) || keys.includes(`ANY ${path}`)).toBe(true)
}

test('a verdict only gets worse when a role is taken away', () => {
  fc.assert(
    fc.property(manifest, groups, request, (manifest, groups, request) => {
      const access = compile(manifest)
      const effect = (groups: string[]) =>
        decide(access, { issuer: 'idp', claims: claimsOf({ groups }) }, request, 0).effect
      if (effect(groups) === 'allow') return
      for (const one of groups) expect(effect(groups.filter((other) => other !== one))).toBe('deny')
    }),
    fuzzParameters(),
  )
})

test('whatever path a stranger sends is decided, never thrown', () => {
  const access = compile({
    own: [],
    public: [],
    granted: [['ANY /{proxy+}', '$default'], ['GET /a/{x}'], []],
  })
  const anything = fc.string({ unit: 'binary', maxLength: 40 })
  fc.assert(
    fc.property(anything, anything, apiType, (method, path, api) => {
      const claims = claimsOf({ groups: ['r0', 'r1'] })
      const { effect, reason } = decide(
        access,
        { issuer: 'idp', claims },
        { api, method, path: `/${path}` },
        0,
      )
      expect([effect, reason]).not.toContain(undefined)
      if (!/^[A-Z]+$/.test(method)) expect(effect).toBe('deny')
    }),
    fuzzParameters(),
  )
})
