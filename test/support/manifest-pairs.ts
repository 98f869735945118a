import fc from 'fast-check'
import type { Json } from '../../shared/json.ts'
import type { MatcherText, TrustRule } from './reference-trust.ts'
import { routeText, routeTexts } from './routes.ts'

/** A manifest of two issuers, small enough that random callers and requests meet its rules and routes. */
export type SmallManifest = {
  readonly own: readonly string[]
  readonly fields: readonly string[]
  readonly public: readonly string[]
  readonly roles: Readonly<Record<string, SmallRole>>
}
export type SmallRole = {
  readonly trust: readonly TrustRule[]
  readonly routes: readonly string[]
  readonly includes?: readonly string[]
}

const leaf = fc.constantFrom<MatcherText>('x', 'y', 'xx', 'x*', '*y', '**', true, { present: true })
const matcher: fc.Arbitrary<MatcherText> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  {
    weight: 2,
    arbitrary: fc.uniqueArray(fc.constantFrom('x', 'y', 'z', 'x*'), { minLength: 2, maxLength: 3 }),
  },
  fc.constant<MatcherText>({ all: ['x', 'y'] }),
)
const claimNames = ['g', 'scope']
const conditions = (minKeys: number) =>
  fc.dictionary(fc.constantFrom(...claimNames), matcher, { minKeys, maxKeys: 2 })
const rule: fc.Arbitrary<TrustRule> = fc
  .record({
    issuer: fc.constantFrom('a', 'a', 'b'),
    claims: fc.oneof({ weight: 6, arbitrary: conditions(1) }, fc.constant(undefined)),
    not: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, conditions(1)),
    expiresAt: fc.constantFrom(undefined, undefined, '2030-01-01T00:00:00Z', '2031-01-01T00:00:00Z'),
  })
  .map(({ issuer, claims, not, expiresAt }) => ({
    issuer,
    ...(claims === undefined ? { anySubject: true as const } : { claims }),
    ...(not !== undefined && { not }),
    ...(expiresAt !== undefined && { expiresAt }),
  }))

const ownRoute = fc.constantFrom(
  'GET /{claims.sub}',
  'GET /a/{claims.sub}',
  'ANY /a/{claims.sub}/{rest+}',
  'GET /{claims.g}/{claims.sub}',
  'GET /{x}/{claims.sub}',
)
const fields = ['Query.a', 'Query.b', 'Query.c']
const elsewhere = fc.constantFrom('$connect', ...fields)
const granted = fc
  .tuple(
    routeTexts(3),
    fc.uniqueArray(ownRoute, { maxLength: 1 }),
    fc.uniqueArray(elsewhere, { maxLength: 2 }),
  )
  .map((lists) => lists.flat())
const role: fc.Arbitrary<SmallRole> = fc.record({
  trust: fc.array(rule, { minLength: 1, maxLength: 2 }),
  routes: granted,
})

const parts = fc.record({
  own: routeTexts(5),
  fields: fc.subarray(fields),
  public: routeTexts(1),
  roles: fc.tuple(role, role, role),
  includes: fc.boolean(),
})

/** Two manifests, alike in most of their parts. */
export const manifestPair: fc.Arbitrary<readonly [SmallManifest, SmallManifest]> = fc
  .tuple(parts, parts, fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }))
  .map(([old, other, choices]) => {
    const keep = (at: number) => choices[at] !== 0
    const roles = old.roles.map((one, at) =>
      keep(at) ? one : mixed(one, other.roles[at] as SmallRole, choices[6]),
    )
    return [
      manifestOf(old, old.roles),
      manifestOf(
        {
          own: keep(3) ? old.own : other.own,
          fields: keep(4) ? old.fields : other.fields,
          public: keep(5) ? old.public : other.public,
          includes: keep(6) ? old.includes : other.includes,
        },
        roles,
      ),
    ] as const
  })

/** A role with the trust or the routes of another, or both. */
function mixed(one: SmallRole, other: SmallRole, choice = 0): SmallRole {
  return { trust: choice === 1 ? one.trust : other.trust, routes: choice === 2 ? one.routes : other.routes }
}

type Settings = Pick<SmallManifest, 'own' | 'fields' | 'public'> & { readonly includes: boolean }

function manifestOf(
  { own, fields, public: open, includes }: Settings,
  roles: readonly SmallRole[],
): SmallManifest {
  const named = roles.map((role, at): [string, SmallRole] => [
    `r${at}`,
    includes && at === 1 ? { ...role, includes: ['r0'] } : role,
  ])
  return { own, fields, public: open, roles: Object.fromEntries(named) }
}

const value = fc.constantFrom<Json>('x', 'y', 'xx', 'z', 'a', 'orders', true, null)
/** Claims of a caller; `sub` and `g` may be what a route spells out. */
export const callerClaims: fc.Arbitrary<Readonly<Record<string, Json>>> = fc.record(
  {
    sub: fc.constantFrom('a', 'b', 'orders', 'u1', '..'),
    g: fc.oneof(value, fc.array(value, { maxLength: 3 })),
    scope: fc.constantFrom<Json>('x', 'x y', 'y z', 'xx', ''),
  },
  { requiredKeys: ['sub'] },
)

/** A path that some template takes, or an own route's for a caller of that subject. */
export const fittingPath = fc
  .tuple(
    fc.oneof(routeText, ownRoute),
    fc.constantFrom('a', 'b', 'x', 'orders', 'u1'),
    fc.constantFrom('a', 'a/b', 'x/orders'),
  )
  .map(([text, one, rest]) =>
    text === '$default'
      ? '/x'
      : text
          .slice(text.indexOf(' ') + 1)
          .replace(/\{\w+\+\}/, rest)
          .replace(/\{[^}]*\}/g, one),
  )
