import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from '../../cli/diff/change.ts'
import { compareManifests } from '../../cli/diff/compare.ts'
import type { Compiled } from '../../cli/manifest-file.ts'
import { matcherText } from '../../cli/role-misses.ts'
import type { Access, Matcher } from '../../shared/access/access.ts'
import { decide, type Request } from '../../shared/access/decide.ts'
import { meets } from '../../shared/access/match.ts'
import type { Json } from '../../shared/json.ts'
import { parseClaimName } from '../../shared/manifest/claim-name.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifestFrom } from '../../shared/manifest/load.ts'
import { parseSource } from '../../shared/manifest/read.ts'
import { claimsOf } from '../support/access.ts'
import { fuzzParameters } from '../support/fuzz.ts'
import { callerClaims, fittingPath, manifestPair, type SmallManifest } from '../support/manifest-pairs.ts'
import { apiType, requestMethod, requestPath } from '../support/routes.ts'

type Caller = {
  readonly issuer: string
  readonly claims: Readonly<Record<string, Json>>
  readonly year: number
}

const caller: fc.Arbitrary<Caller> = fc.record({
  issuer: fc.constantFrom('a', 'a', 'b'),
  claims: callerClaims,
  year: fc.constantFrom(2029, 2030, 2031),
})
const pathRequest = fc.record({
  api: apiType,
  method: requestMethod,
  path: fc.oneof(requestPath, { weight: 3, arbitrary: fittingPath }),
})
const elsewhere = fc.oneof(
  fc.constant<Request>({ api: 'websocket', method: '', path: '$connect' }),
  fc
    .constantFrom('Query.a', 'Query.b', 'Query.c')
    .map((path): Request => ({ api: 'appsync', method: '', path })),
)
const calls = fc.array(
  fc.record({ caller, request: fc.oneof({ weight: 6, arbitrary: pathRequest }, elsewhere) }),
  { minLength: 30, maxLength: 60 },
)

/** Compiled as the command does it. `openToAll` gives what is public to everybody, which the authorizer is not asked about. */
function compiled({ own, fields, public: open, roles }: SmallManifest, openToAll = false): Compiled {
  const idp = (name: string) => ({ type: 'oidc', issuer: `https://${name}.example`, audience: ['api'] })
  const everybody = ['a', 'b'].map((issuer) => ({ issuer, anySubject: true as const }))
  const texts = Object.entries(roles).map(([name, { routes, ...role }]): [string, object] => [
    name,
    routes.length === 0 ? role : { ...role, routes },
  ])
  if (openToAll && open.length > 0) texts.push(['everybody', { trust: everybody, routes: open }])
  const manifest = {
    version: 1,
    issuers: { a: idp('a'), b: idp('b') },
    // What a cached policy cannot say counts as granted.
    api: { cacheSeconds: 0, ...(open.length > 0 && { public: open }) },
    roles: Object.fromEntries(texts),
  }
  const routes = { rest: own.filter((text) => text !== '$default'), http: own, appsync: fields }
  const loaded = loadManifestFrom(parseSource('access.yml', JSON.stringify(manifest)), {
    routes: parseSource('routes.json', JSON.stringify(routes)),
  })
  return { loaded, access: compileManifest(loaded) }
}

/** What API Gateway or AppSync then does; of AppSync's fields those that R does not list are whoever's has any. */
function isAllowed(access: Access, { issuer, claims, year }: Caller, request: Request): boolean {
  const now = Date.UTC(year, 6) / 1000
  const allows = (one: Request) =>
    decide(access, { issuer, claims: claimsOf(claims) }, one, now).effect === 'allow'
  if (request.api !== 'appsync') return allows(request)
  const isListed = access.apps[0]?.fields.includes(request.path) === true
  return allows({ ...request, path: '' }) && (!isListed || allows(request))
}

/** The matchers of both manifests, and those in their lists, by what they are called. */
function matchersOf(...all: readonly Access[]): ReadonlyMap<string, Matcher> {
  const known = new Map<string, Matcher>()
  const add = (matcher: Matcher): void => {
    known.set(matcherText(matcher), matcher)
    if ('any' in matcher) for (const one of matcher.any) add(one)
  }
  for (const { rules } of all)
    for (const { claims, not } of rules) for (const { matcher } of [...claims, ...not]) add(matcher)
  return known
}

function matcherOf(text: string, known: ReadonlyMap<string, Matcher>): Matcher {
  const found = known.get(text)
  if (found !== undefined) return found
  return {
    any: text
      .replace('one of ', '')
      .split(', ')
      .map((one) => known.get(one) as Matcher),
  }
}

/** Whether a change says of this caller and this request that it may be made now. */
function covers(
  change: Change,
  { issuer, claims }: Caller,
  request: Request,
  known: ReadonlyMap<string, Matcher>,
) {
  if (change.effect !== 'widened' || !change.routes?.some((text) => takes(text, request))) return false
  if (change.kind === 'public_gained') return true
  const { rule } = change
  if (rule === undefined || rule.issuer !== issuer) return false
  const holds = ([name, text]: [string, string]) =>
    meets(claims, { claim: parseClaimName(name)!, matcher: matcherOf(text, known) })
  return Object.entries(rule.claims).every(holds) && !Object.entries(rule.not).some(holds)
}

function takes(route: string, { api, method, path }: Request): boolean {
  if (route === path) return true
  // Whoever has a field has those that the routes file does not list.
  if (api === 'appsync') return route.startsWith('Query.')
  if (route === '$default') return path.startsWith('/')
  const [of = '', template = ''] = route.split(' ')
  if (of !== 'ANY' && of !== method) return false
  const segments = template
    .split('/')
    .map((one) => (one.endsWith('+}') ? '.+' : one.startsWith('{') ? '[^/]+' : one.replace(/\W/g, '\\$&')))
  return new RegExp(`^${segments.join('/')}$`, 's').test(path)
}

test('what is allowed after and was not before is widened, by a change that names who and what', () => {
  let seen = 0
  fc.assert(
    fc.property(manifestPair, calls, ([old, now], calls) => {
      const [before, after] = [compiled(old), compiled(now)]
      const changes = compareManifests(before, after)
      const known = matchersOf(before.access, after.access)
      const [was, is] = [compiled(old, true).access, compiled(now, true).access]
      for (const { caller, request } of calls) {
        if (!isAllowed(is, caller, request) || isAllowed(was, caller, request)) continue
        seen++
        const found = changes.filter((change) => covers(change, caller, request, known))
        expect(found.length, JSON.stringify({ caller, request, changes })).toBeGreaterThan(0)
      }
    }),
    fuzzParameters(),
  )
  expect(seen).toBeGreaterThan(0)
})

const swapped: Readonly<Record<string, string>> = {
  routes_gained: 'routes_lost',
  expires_later: 'expires_earlier',
  public_gained: 'public_lost',
  role_given: 'role_taken',
}

test('the other way round what is gained is lost', () => {
  fc.assert(
    fc.property(manifestPair, ([old, now]) => {
      const [before, after] = [compiled(old), compiled(now)]
      const texts = (changes: readonly Change[], kindOf: (kind: string) => string | undefined) =>
        changes.flatMap(({ kind, role, rule, routes }) =>
          kindOf(kind) === undefined ? [] : [JSON.stringify([kindOf(kind), role, rule, routes])],
        )
      const gained = texts(compareManifests(before, after), (kind) => swapped[kind])
      const lost = texts(compareManifests(after, before), (kind) =>
        Object.values(swapped).includes(kind) ? kind : undefined,
      )
      expect(gained.sort()).toEqual(lost.sort())
    }),
    fuzzParameters(),
  )
})

test('a manifest against itself, or against itself written otherwise, is no change', () => {
  fc.assert(
    fc.property(manifestPair, ([manifest]) => {
      const before = compiled(manifest)
      expect(compareManifests(before, compiled(manifest))).toEqual([])
      expect(compareManifests(before, compiled(rewritten(manifest)))).toEqual([])
      expect(compareManifests(compiled(rewritten(manifest)), before)).toEqual([])
    }),
    fuzzParameters(),
  )
})

/** Roles, rules and routes in another order, parameters renamed, and lists of values as rules of their own. */
function rewritten({ own, fields, public: open, roles }: SmallManifest): SmallManifest {
  const renamed = (routes: readonly string[]) =>
    routes.map((text) => text.replace(/\{(\w+)(\+?)\}/g, '{$1_renamed$2}')).toReversed()
  const split = (rule: SmallManifest['roles'][string]['trust'][number]) => {
    const [name, list] = Object.entries(rule.claims ?? {}).find(([, matcher]) => Array.isArray(matcher)) ?? []
    if (name === undefined || !Array.isArray(list)) return [rule]
    return list.map((one) => ({ ...rule, claims: { ...rule.claims, [name]: one } }))
  }
  const others = Object.entries(roles).map(([name, { trust, routes, ...rest }]) => [
    name,
    { ...rest, trust: trust.flatMap(split).toReversed(), routes: renamed(routes) },
  ])
  return {
    own: renamed(own),
    fields: fields.toReversed(),
    public: renamed(open),
    roles: Object.fromEntries(others.toReversed()),
  }
}
