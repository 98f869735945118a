import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide } from '../../../shared/access/decide.ts'
import { parseRoute, type Route } from '../../../shared/gateway/route.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { loadManifest } from '../../../shared/manifest/load.ts'
import { ManifestError } from '../../../shared/manifest/problem.ts'
import { requestBeyond, requestOfBoth } from '../../../shared/manifest/route-language.ts'
import { claimsOf } from '../../support/access.ts'
import { arnOf, ask } from '../../support/documents.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { evaluate } from '../../support/policy-evaluator.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-delegation-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Which requests a route takes, in a few lines and by regular expressions: shares nothing with what it judges. */
function takes(route: string, method: string, path: string): boolean {
  if (route === '$default') return true
  const [its = '', template = ''] = route.split(' ')
  const pattern = template
    .replace(/\{[^}]*\+\}/g, '\u0001')
    .replace(/\{[^}]*\}/g, '[^/]+')
    .replaceAll('\u0001', '.+')
  return (its === 'ANY' || its === method) && new RegExp(`^${pattern}$`).test(path)
}

const segment = fc.constantFrom('a', 'b', 'x', '{p}')
const path = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
  .map(([parts, greedy]) => `/${[...parts, ...(greedy ? ['{r+}'] : [])].join('/')}`)
const route = fc.oneof(
  {
    weight: 15,
    arbitrary: fc.tuple(fc.constantFrom('ANY', 'GET', 'POST'), path).map((parts) => parts.join(' ')),
  },
  { weight: 1, arbitrary: fc.constant('$default') },
)
const own = fc.oneof(route, route, fc.constantFrom('GET /a/{claims.sub}', 'ANY /{claims.sub}'))
const distinct = (text: string) => text.replace(/\{[^}+]*\}/g, '{}')
const routes = (one: fc.Arbitrary<string>) =>
  fc.uniqueArray(one, { minLength: 1, maxLength: 4, selector: distinct })
const request = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT'),
    fc.array(fc.constantFrom('a', 'b', 'x', 'me'), { maxLength: 4 }),
  )
  .map(([method, parts]) => ({ method, path: `/${parts.join('/')}` }))
const scene = fc.record({
  allow: routes(route),
  roles: fc.array(routes(own), { minLength: 1, maxLength: 3 }),
  listed: fc.array(route, { maxLength: 4 }),
  requests: fc.array(request, { minLength: 1, maxLength: 12 }),
})

const shown = (message: string) => /as it takes (\S+) (\S+), which/.exec(message)?.slice(1) ?? []

test('whatever an included manifest says, nothing beyond its bounds is ever allowed', () => {
  const seen = { held: 0, refused: 0, allowed: 0 }
  fc.assert(
    fc.property(scene, ({ allow, roles, listed, requests }) => {
      const routesFile = [...new Map(listed.map((text) => [distinct(text), text])).values()]
      writeFileSync(join(folder, 'routes.json'), JSON.stringify({ http: routesFile }))
      writeFileSync(
        join(folder, 'app.yml'),
        JSON.stringify({
          version: 1,
          api: { routesFile: './routes.json' },
          roles: Object.fromEntries(
            roles.map((routes, at) => [
              `r${at}`,
              {
                routes,
                includes: at === 0 ? undefined : ['r0'],
                trust: [{ issuer: 'idp', anySubject: true }],
              },
            ]),
          ),
        }),
      )
      writeFileSync(
        join(folder, 'access.yml'),
        JSON.stringify({
          version: 1,
          issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
          apps: { app: { manifest: 'app.yml', allow: { issuers: ['idp'], routes: allow } } },
        }),
      )
      const bounded = ({ method, path }: { method: string; path: string }) =>
        allow.some((bound) => takes(bound, method, path))
      try {
        const access = compileManifest(loadManifest(join(folder, 'access.yml')))
        seen.held++
        for (const api of ['rest', 'http'] as const)
          for (const one of requests) {
            const caller = { issuer: 'idp', claims: claimsOf({ sub: 'me' }) }
            const { effect } = decide(access, caller, { api, ...one, alias: 'app' }, 0)
            if (effect === 'deny') continue
            seen.allowed++
            expect(bounded(one), `${one.method} ${one.path} is allowed within ${allow}`).toBe(true)
          }
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error
        seen.refused++
        for (const { code, message } of error.problems) {
          expect(code).toBe('beyond_allow')
          const [method, path] = shown(message)
          // A route that has no parameter is its own example.
          if (method !== undefined && path !== undefined) expect(bounded({ method, path })).toBe(false)
          else expect(message).not.toContain('{')
        }
      }
    }),
    fuzzParameters(),
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
})

/** Every request over three words, up to one segment more than a route of the scene can have. */
const words = ['a', 'b', 'x']
const paths = [1, 2, 3, 4].reduce<string[][]>(
  (all) => [...all, (all.at(-1) ?? []).flatMap((path) => words.map((word) => `${path}/${word}`))],
  [['']],
)
const everyRequest = paths
  .flat()
  .flatMap((path) => ['GET', 'POST', 'PUT'].map((method) => ({ method, path: path || '/' })))

test('a document opens nothing beyond the bounds while it is cached, whatever the app says that its API has', () => {
  const plain = route.filter((text) => text !== '$default')
  const tight = fc.record({ granted: routes(plain), listed: fc.option(fc.array(plain, { maxLength: 4 })) })
  let opened = 0
  fc.assert(
    fc.property(tight, fc.constantFrom('rest' as const, 'http' as const), ({ granted, listed }, api) => {
      const routesFile = [...new Map((listed ?? []).map((text) => [distinct(text), text])).values()]
      writeFileSync(join(folder, 'routes.json'), JSON.stringify({ [api]: routesFile }))
      const settings = listed === null ? {} : { api: { routesFile: './routes.json' } }
      const roles = { r: { routes: granted, trust: [{ issuer: 'idp', anySubject: true }] } }
      writeFileSync(join(folder, 'app.yml'), JSON.stringify({ version: 1, ...settings, roles }))
      const issuers = { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } }
      const apps = { app: { manifest: 'app.yml', allow: { issuers: ['idp'], routes: granted } } }
      writeFileSync(join(folder, 'access.yml'), JSON.stringify({ version: 1, issuers, apps }))
      const access = compileManifest(loadManifest(join(folder, 'access.yml')))
      const claims = claimsOf({ sub: 'me' })
      const asked = (one: (typeof everyRequest)[number]) => ({ api, ...one, alias: 'app' })
      const first = everyRequest.find(
        (one) => decide(access, { issuer: 'idp', claims }, asked(one), 0).effect === 'allow',
      )
      if (first === undefined) return
      const { document } = ask(access, claims, asked(first), 0)
      for (const one of everyRequest) {
        if (evaluate(document, arnOf(asked(one))) === 'deny') continue
        opened++
        const within = granted.some((bound) => takes(bound, one.method, one.path))
        expect(within, `${one.method} ${one.path} beyond ${granted}`).toBe(true)
      }
    }),
    fuzzParameters(),
  )
  expect(opened).toBeGreaterThan(0)
})

const parse = (text: string) => parseRoute(text) as Route

test('a request beyond the bounds is found exactly where there is one', () => {
  fc.assert(
    fc.property(
      route,
      fc.array(route, { maxLength: 5 }),
      fc.array(request, { maxLength: 30 }),
      (one, bounds, requests) => {
        const beyond = requestBeyond(parse(one), bounds.map(parse))
        const isBeyond = (method: string, path: string) =>
          takes(one, method, path) && !bounds.some((bound) => takes(bound, method, path))
        if (beyond === undefined)
          for (const { method, path } of requests) expect(isBeyond(method, path)).toBe(false)
        else {
          const [method = '', path = ''] = beyond.split(' ')
          expect(isBeyond(method, path), beyond).toBe(true)
        }
      },
    ),
    fuzzParameters(),
  )
})

test('a request of two routes is found exactly where there is one', () => {
  fc.assert(
    fc.property(route, route, fc.array(request, { maxLength: 30 }), (a, b, requests) => {
      const both = requestOfBoth(parse(a), parse(b))
      if (both === undefined)
        for (const { method, path } of requests)
          expect(takes(a, method, path) && takes(b, method, path)).toBe(false)
      else {
        const [method = '', path = ''] = both.split(' ')
        expect([takes(a, method, path), takes(b, method, path)], both).toEqual([true, true])
      }
    }),
    fuzzParameters(),
  )
})
