import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiType, baseUrl } from '../../../local/story/call.ts'
import { type Decision, decide } from '../../../shared/access/decide.ts'
import type { DecisionRecord } from '../../../shared/audit/record.ts'
import { appIn, claimsOf } from '../../support/access.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { referenceCanonical, referencePaths } from '../../support/reference-routes.ts'
import { type RunningWorld, worldOf } from '../../support/worlds.ts'
import { type Answer, send } from './contract/stand.ts'

const role = (group: string, routes: readonly string[]) => ({
  trust: [{ issuer: 'people', claims: { groups: group } }],
  routes,
})
const manifestOf = (cacheSeconds: number) => ({
  version: 1,
  issuers: {
    people: { type: 'oidc', issuer: 'https://login.acme.example', audience: ['api'], algorithms: ['ES256'] },
  },
  api: { routesFile: './routes.json', public: ['GET /health'], cacheSeconds },
  roles: {
    reader: role('readers', ['GET /orders', 'GET /orders/{id}', 'GET /files/{proxy+}']),
    liner: role('readers', ['GET /orders/{id}/lines', 'GET /orders/{id}/lines/{line}']),
    writer: role('writers', ['POST /orders', 'ANY /orders/{id}']),
    exporter: role('exporters', ['GET /orders/export', 'GET /files/public/{proxy+}', 'GET /']),
    operator: role('operators', ['ANY /ops/{proxy+}', 'ANY /ops']),
    customer: role('customers', ['GET /users/{claims.sub}', 'PUT /users/{claims.sub}/cart/{item}']),
    auditor: role('auditors', ['GET /users/{id}', 'GET /users/{id}/cart']),
  },
})
/** Of these nobody is granted GET /admin, POST /orders/export, DELETE /users/me and GET /files/private/{proxy+}. */
const routes = [
  'GET /',
  'GET /health',
  'GET /admin',
  'GET /orders',
  'POST /orders',
  'ANY /orders/{id}',
  'GET /orders/{id}',
  'GET /orders/export',
  'POST /orders/export',
  'GET /orders/{id}/lines',
  'GET /orders/{id}/lines/{line}',
  'GET /orders/{id}/refunds',
  'GET /files/{proxy+}',
  'GET /files/public/{proxy+}',
  'GET /files/private/{proxy+}',
  'ANY /ops',
  'ANY /ops/{proxy+}',
  'GET /users/{id}',
  'DELETE /users/me',
  'GET /users/{id}/cart',
  'PUT /users/{id}/cart/{item}',
]

/** Two tokens each, so that more than one first request fills the cache for a caller. */
const callers = [
  ['ana', 'readers', 'customers'],
  ['ben', 'writers'],
  ['cyd', 'readers', 'writers', 'exporters'],
  ['dan', 'exporters'],
  ['eve', 'operators', 'customers'],
  ['fay', 'auditors', 'customers'],
  ['ana/..', 'customers'],
  ['gus'],
  ['hal', 'readers', 'writers', 'operators', 'auditors'],
  ['ivy', 'readers', 'operators', 'customers'],
]
const claimants = [0, 1].flatMap((turn) =>
  callers.map(([sub = '', ...groups]) => ({ issuer: 'people', claims: { sub, groups, turn } })),
)

const ids = `1 export me ana ivy eve lines a.b a@b.c GET x;y * ** $\{aws:x}`.split(' ')
const known = [
  '/ /health /admin /nowhere /ID/ID/ID/ID/ID /orders /orders /orders/ID /orders/ID /orders/ID /orders/ID/lines',
  '/orders/ID/lines/ID /orders/ID/refunds /orders/ID/nothing /files/ID /files/ID/ID /files/public/ID',
  '/files/private/ID /files/private /ops /ops/ID /ops/ID/ID /users /users/ID /users/ID /users/ID/cart',
  '/users/ID/cart/ID',
].flatMap((line) => line.split(' '))
const id = fc.constantFrom(...ids)
const straight = fc
  .tuple(fc.constantFrom(...known), id, id)
  .map(([path, one, other]) => path.replace('ID', one).replaceAll('ID', other))
/** What a proxy, a framework or a careless client makes of a path. */
const bends: ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.replace('/', '/./'),
  (path) => `/ops/..${path}`,
  (path) => `/files/public/../..${path}`,
  (path) => `${path}/..`,
  (path) => `${path}//`,
  (path) => `${path}/.`,
  (path) => `${path}%2F..%2Fadmin`,
  (path) => `${path}%20`,
  (path) => `${path}%`,
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.slice(1).replaceAll('/', '%2f').replace(/^/, '/'),
  (path) => `/files${path.replace('/', '//')}`,
  (path) => `${path}\\..\\admin`,
  (path) => `${path}/..;/admin`,
  (path) => `${path};x=1`,
  (path) => `${path}#admin`,
]
const crooked = fc.tuple(straight, fc.constantFrom(...bends)).map(([path, bend]) => bend(path))
const request = fc.record({
  caller: fc.nat(claimants.length - 1),
  method: fc.oneof(
    { weight: 2, arbitrary: fc.constant('GET') },
    { weight: 1, arbitrary: fc.constantFrom('HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE') },
  ),
  path: fc.oneof({ weight: 4, arbitrary: straight }, { weight: 1, arbitrary: crooked }),
})
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never

const seed = fuzzParameters().seed ?? 20_261_101
/** What chance may leave out: an unsafe claim, and a caller of no role. */
const certain = ['ana/..', 'gus'].map((sub) => ({
  caller: callers.findIndex(([name]) => name === sub),
  method: 'GET' as const,
  path: '/users/ana',
}))
const requests: readonly Request[] = [...certain, ...fc.sample(request, { seed, numRuns: 298 })]
const textOf = ({ caller, method, path }: Request) =>
  `${method} ${path} by ${claimants[caller]?.claims.sub}, seed ${seed}`

/** What came of the requests in a world, and what it wrote down meanwhile. */
type Played = {
  readonly api: ApiType
  readonly world: RunningWorld
  readonly answers: readonly Answer[]
  readonly records: readonly DecisionRecord[]
}

let cached: RunningWorld
let uncached: RunningWorld
beforeAll(async () => {
  ;[cached, uncached] = (await Promise.all(
    [300, 0].map((cacheSeconds) =>
      worldOf(manifestOf(cacheSeconds), { rest: routes, http: routes }, claimants),
    ),
  )) as [RunningWorld, RunningWorld]
})
afterAll(async () => {
  await Promise.all([cached?.close(), uncached?.close()])
})

describe.each(['rest', 'http'] as const)('the same 300 requests with the cache and without, %s', (api) => {
  let withCache: Played
  let without: Played
  beforeAll(async () => {
    ;[withCache, without] = await Promise.all([play(cached, api), play(uncached, api)])
  })

  test('the same answers', () => {
    for (const [at, each] of requests.entries())
      expect(told(withCache, at), textOf(each)).toEqual(told(without, at))
  })

  test('they are what decide says, and unknown routes are the gateway’s own answer', () => {
    for (const played of [withCache, without])
      for (const [at, each] of requests.entries())
        expect(told(played, at), textOf(each)).toBeOneOf([...expected(played.world, api, each)])
  })

  test('with the cache, the authorizer is asked once for a token', () => {
    const tokens = requests.filter((_, at) => isAsked(withCache, at)).map(({ caller }) => caller)
    expect(withCache.records).toHaveLength(new Set(tokens).size)
    expect(new Set(withCache.records.map(({ tokenSha256 }) => tokenSha256)).size).toBe(
      withCache.records.length,
    )
  })

  test('without it, it is asked for each request that a route serves, with decide’s reason in its record', () => {
    const asked = requests.filter((_, at) => isAsked(without, at))
    const reasons = asked.map((each) => [textOf(each), decided(without.world, api, each).reason])
    expect(asked.map((each, at) => [textOf(each), without.records[at]?.reason])).toEqual(reasons)
    expect(without.records).toHaveLength(asked.length)
  })

  test('the requests are not all of one kind, and none is narrowed, which would lift with TTL 0', () => {
    const reasons = requests.map((each) => decided(withCache.world, api, each).reason)
    const count = (reason: string) => reasons.filter((one) => one === reason).length
    expect(count('granted')).toBeGreaterThan(25)
    expect(count('route_not_granted')).toBeGreaterThan(25)
    expect(count('path_not_canonical')).toBeGreaterThan(15)
    expect(count('route_unknown')).toBeGreaterThan(10)
    for (const reason of ['role_none', 'claim_unsafe']) expect(count(reason), reason).toBeGreaterThan(0)
    expect(count('policy_narrowed')).toBe(0)
  })
})

/** One after the other: a second request of a token must find the first one's answer. */
async function play(world: RunningWorld, api: ApiType): Promise<Played> {
  const base = baseUrl(world, appIn(world.access), api)
  await world.records()
  const answers: Answer[] = []
  for (const { caller, method, path } of requests)
    answers.push(
      await send(base, path, { method, headers: [['Authorization', `Bearer ${world.tokens[caller]}`]] }),
    )
  return { api, world, answers, records: await world.records() }
}

/** The status, and whether it is the gateway's own for a path without a route; HEAD has no body to say so. */
function told({ answers }: Played, at: number): string {
  const { status, headers } = answers[at] as Answer
  const isUnknown = status === 404 || headers['x-amzn-errortype'] === 'MissingAuthenticationTokenException'
  return isUnknown ? `${status} unknown` : String(status)
}

function isAsked(played: Played, at: number): boolean {
  const { method, path } = requests[at] as Request
  return !told(played, at).endsWith('unknown') && !isPublic(played.api, method, path)
}

/** A path with two readings is refused, by whom depends on how AWS reads it. */
function expected(world: RunningWorld, api: ApiType, request: Request): readonly string[] {
  const { method, path } = request
  const unknown = api === 'rest' ? '403 unknown' : '404 unknown'
  if (isPublic(api, method, path)) return ['200']
  if (!referenceCanonical(path)) return ['403', unknown]
  if (referencePaths(routes, api, method, path).length === 0) return [unknown]
  return [decided(world, api, request).effect === 'allow' ? '200' : '403']
}

function decided({ access }: RunningWorld, api: ApiType, { caller, method, path }: Request): Decision {
  const { issuer, claims } = claimants[caller] as (typeof claimants)[number]
  return decide(access, { issuer, claims: claimsOf(claims) }, { api, method, path }, 0)
}

/** The local gateway lets one trailing slash pass on REST, as AWS is said to. */
function isPublic(api: ApiType, method: string, path: string): boolean {
  return method === 'GET' && (path === '/health' || (api === 'rest' && path === '/health/'))
}
