import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Access } from '../../../shared/access/access.ts'
import type { Claims } from '../../../shared/access/claims.ts'
import { decide } from '../../../shared/access/decide.ts'
import { ownRoutesOf } from '../../../shared/access/own-routes.ts'
import { policyOf } from '../../../shared/access/policy-of.ts'
import { type PolicyDocument, renderPolicy } from '../../../shared/gateway/policy.ts'
import { accessOf, appIn, claimsOf } from '../../support/access.ts'
import { type Asked, arnOf, ask, prefix } from '../../support/documents.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { evaluate } from '../../support/policy-evaluator.ts'
import { apiType, requestMethod, routeTexts } from '../../support/routes.ts'

/** Ids as they come, and segments that are routes of the API. */
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'orders', 'constructor', '__proto__') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'x',
      'a7',
      'a.b',
      'u:1',
      'GET',
      'a@b.c',
      'x;y',
      '*',
      `${'$'}{aws:x}`,
      'é',
      '-',
      '{x}',
    ),
  },
)
const crooked = fc.constantFrom('', '.', '..', '%2F', '%2e', 'a%20b', '%00', '\\', ';', '..;x', 'a#b', '%')

/** What HTTP can carry as a path, in canonical spelling and others. */
const path = fc
  .oneof(
    { weight: 6, arbitrary: fc.array(segment, { maxLength: 6 }) },
    {
      weight: 2,
      arbitrary: fc.array(fc.oneof({ weight: 3, arbitrary: segment }, crooked), {
        minLength: 1,
        maxLength: 5,
      }),
    },
  )
  .map((segments) => `/${segments.join('/')}`)

const request = fc.record({ method: requestMethod, path })

const subject = fc.constantFrom('a', 'orders', 'x', 'a@b.c', '..', 'a/b', 'constructor')

/** Some of a role's parameters are the caller's own claim. */
const roleRoutes = fc
  .tuple(routeTexts(5), fc.boolean())
  .map(([texts, own]) =>
    own
      ? texts.map((text) =>
          text.replace('{x}', '{claims.sub}').replace('{y}', "{claims['cognito:username']}"),
        )
      : texts,
  )

const scene = fc.record({
  own: routeTexts(6),
  /** Now and then the API is so large that it is cut down to what the caller's patterns reach. */
  large: fc.integer({ min: 0, max: 29 }).map((one) => one === 0),
  listed: fc.boolean(),
  granted: fc.array(roleRoutes, { minLength: 3, maxLength: 3 }),
  encodedPaths: fc.constantFrom('refuse', 'allow'),
  cacheSeconds: fc.constantFrom(300, 300, 300, 0),
  groups: fc.uniqueArray(fc.constantFrom('g0', 'g1', 'g2'), { minLength: 1, maxLength: 3 }),
  sub: subject,
  api: apiType,
  requests: fc.array(request, { minLength: 2, maxLength: 8 }),
})
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never

const filler = Array.from({ length: 1001 }, (_, at) => `GET /a${at}/x`)

function compile({ own, large, listed, granted, encodedPaths, cacheSeconds }: Scene): Access {
  const role = (routes: readonly string[], at: number) => [
    `r${at}`,
    { trust: [{ issuer: 'idp', claims: { groups: `g${at}` } }], ...(routes.length > 0 ? { routes } : {}) },
  ]
  const served = [...(own.length > 0 ? own : ['GET /health']), ...(large ? filler : [])]
  return accessOf(
    {
      version: 1,
      issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
      api: { ...(listed ? { routesFile: './routes.json' } : {}), encodedPaths, cacheSeconds },
      roles: Object.fromEntries(granted.map(role)),
    },
    { rest: served.filter((text) => text !== '$default'), http: served },
  )
}

/** Routes that cross in every way, as these do, may need more Denies than fit; then there is no document at all. */
function askAll({ requests, api }: Scene, access: Access, claims: Claims): readonly Asked[] {
  try {
    return requests.map((each) => ask(access, claims, { ...each, api }))
  } catch (error) {
    expect(error).toMatchObject({ reason: 'answer_too_large' })
    return []
  }
}

/** A request that no route serves is refused before any policy is looked at, so nothing depends on what that says. */
const isServed = ({ decision }: Pick<Asked, 'decision'>): boolean => decision.reason !== 'route_unknown'

/** 2,000 in CI, 50,000 where `npm run test:long` asks for its 20,000. */
const parameters = { ...fuzzParameters(), numRuns: Math.max(2000, (fuzzParameters().numRuns ?? 0) * 2.5) }

test('the document rendered for one request says of every other what decide says', () => {
  let tooLarge = 0
  fc.assert(
    fc.property(scene, (scene) => {
      const access = compile(scene)
      const claims = claimsOf({ groups: scene.groups, sub: scene.sub, 'cognito:username': 'b' })
      const asked = askAll(scene, access, claims)
      if (asked.length === 0) tooLarge++
      for (const one of asked) {
        expect(evaluate(one.document, arnOf(one.request)), `${arnOf(one.request)} itself`).toBe(
          one.decision.effect,
        )
        // The one is rendered for itself alone, the other may leave Allows out: its API has a route that R lacks.
        if (appIn(access).cacheSeconds === 0 || !isServed(one)) continue
        for (const other of asked.filter(isServed))
          expect(
            evaluate(one.document, arnOf(other.request)),
            `rendered for ${arnOf(one.request)}: ${arnOf(other.request)} (${other.decision.reason})`,
          ).toBe(other.decision.effect)
      }
    }),
    parameters,
  )
  expect(tooLarge).toBeLessThan(parameters.numRuns / 20)
}, 600_000)

test('however few bytes there are, the document says the same or there is none', () => {
  fc.assert(
    fc.property(scene, fc.integer({ min: 200, max: 3000 }), (scene, maxBytes) => {
      const access = compile({ ...scene, cacheSeconds: 300 })
      const claims = claimsOf({ groups: scene.groups, sub: scene.sub, 'cognito:username': 'b' })
      const principal = { issuer: 'idp', claims }
      const asked = scene.requests.map((each) => {
        const request = { ...each, api: scene.api }
        return { request, decision: decide(access, principal, request, 0) }
      })
      const roles = asked[0]?.decision.roles ?? []
      const { table, grants } = policyOf(appIn(access), scene.api, roles, ownRoutesOf(roles, claims))
      let document: PolicyDocument
      try {
        document = renderPolicy(prefix, table, grants, maxBytes)
      } catch (error) {
        expect(error).toMatchObject({ reason: 'answer_too_large' })
        return
      }
      if (document.Statement[0]?.Effect === 'Allow')
        expect(JSON.stringify(document).length).toBeLessThanOrEqual(maxBytes)
      for (const other of asked.filter(isServed))
        expect(evaluate(document, arnOf(other.request)), arnOf(other.request)).toBe(other.decision.effect)
    }),
    parameters,
  )
}, 600_000)
