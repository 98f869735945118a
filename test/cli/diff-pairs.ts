/** A manifest's text without version and issuers, and its routes; `issuers` replaces those there are by default. */
export type Sheet = {
  readonly roles?: string
  readonly api?: string
  readonly issuers?: string
  readonly routes?: readonly string[]
  readonly fields?: readonly string[]
  /** Further keys of the manifest, as they stand. */
  readonly more?: string
}

/** Two manifests with what is said of the change from the first to the second, and the other way round. */
export type Pair = {
  readonly name: string
  readonly old: Sheet
  readonly new: Sheet
  readonly says: readonly string[]
  readonly reverse: readonly string[]
}

const clerks = (routes: string, claims = '{ g: clerks }', more = ''): string =>
  `{ reader: { trust: [{ issuer: staff, claims: ${claims}${more} }], routes: [${routes}] } }`
const r = ['GET /orders', 'POST /orders', 'GET /orders/{id}', 'GET /orders/{id}/items', 'GET /health']

/** Matchers of a claim that the callers of a rule must meet: what the second takes beside the first, and the reverse. */
const matchers: readonly [string, string, readonly string[], readonly string[]][] = [
  ['a', '[a, b]', ['"b"'], []],
  ['a', "'a*'", ['the pattern "a*"'], []],
  ["'a*'", "'**'", ['the pattern "**"'], []],
  ["'a*'", "'b*'", ['the pattern "b*"'], ['the pattern "a*"']],
  ["'refs/**'", "'refs/*'", [], ['the pattern "refs/**"']],
  ["['a*', 'b*']", "['b*', 'a*', a]", [], []],
  ["'**'", "{ present: true }", ['to be there'], []],
  ['{ all: [a, b] }', 'a', ['"a"'], []],
  ['{ all: [a, b] }', '{ all: [b, a] }', [], []],
  ['true', "'true'", ['"true"'], ['true']],
  ['{ number: 5 }', "'5'", ['"5"'], ['5']],
  ["['x', 'y']", "['x', 'y', 'p', 'q']", ['one of "p", "q"'], []],
] // biome-ignore format: a table

const ofMatchers = matchers.map(
  ([old, now, gain, lose]): Pair => ({
    name: `the claim ${old} -> ${now}`,
    old: { roles: clerks('GET /orders', `{ g: ${old} }`), routes: r },
    new: { roles: clerks('GET /orders', `{ g: ${now} }`), routes: r },
    says: [
      ...gain.map((text) => `routes_gained callers of staff with g ${text}: gain GET /orders`),
      ...lose.map((text) => `routes_lost callers of staff with g ${text}: lose GET /orders`),
    ],
    reverse: [
      ...lose.map((text) => `routes_gained callers of staff with g ${text}: gain GET /orders`),
      ...gain.map((text) => `routes_lost callers of staff with g ${text}: lose GET /orders`),
    ],
  }),
)

const who = 'callers of staff with g "clerks"'
const gained = (...routes: readonly string[]) => [`routes_gained ${who}: gain ${routes.join(', ')}`]
const lost = (...routes: readonly string[]) => [`routes_lost ${who}: lose ${routes.join(', ')}`]
const roles = clerks('GET /orders')

/** The grants of one rule: a route more, another method, a part of a route. */
const routesOfRule: readonly [string, string, readonly string[], readonly string[]][] = [
  ['GET /orders', "GET /orders, 'GET /orders/{id}'", ['GET /orders/{id}'], []],
  ["'GET /orders/{id}'", "'GET /orders/{order}'", [], []],
  ['GET /orders', 'ANY /orders', ['ANY /orders (in part, as HEAD /orders)'], []],
  ['ANY /orders, GET /orders', 'ANY /orders', [], []],
  ["'GET /users/{claims.sub}'", "'GET /users/{id}'", ['GET /users/{id}'], ['GET /users/{claims.sub}']],
  ["'GET /users/{claims.sub}'", "'GET /users/{claims.g}'", ['GET /users/{claims.g}'], ['GET /users/{claims.sub}']],
  ["'GET /{claims.g}/{claims.sub}'", "'GET /{x}/{claims.sub}'", ['GET /{x}/{claims.sub}'], ['GET /{claims.g}/{claims.sub}']],
  ["'GET /users/{claims.sub}'", "'GET /users/{claims./sub}'", [], []],
  ['GET /orders', 'GET /orders, $connect', ['$connect'], []],
  ['GET /orders', 'GET /orders, $default', ['$default'], []],
] // biome-ignore format: a table

/** What a caller of the second had all along is no gain, so of two that meet in a part only one way is told. */
const covering = new Set(["'GET /users/{id}'", "'GET /{x}/{claims.sub}'"])

const ofRoutes = routesOfRule.map(
  ([old, now, gain, lose]): Pair => ({
    name: `the routes ${old} -> ${now}`,
    old: { roles: clerks(old) },
    new: { roles: clerks(now) },
    says: [...(gain.length > 0 ? gained(...gain) : []), ...(lose.length > 0 && !covering.has(now) ? lost(...lose) : [])],
    reverse: [...(lose.length > 0 && !covering.has(now) ? gained(...lose) : []), ...(gain.length > 0 ? lost(...gain) : [])],
  }),
) // biome-ignore format: two lists

const noMore = 'which the routes file lists no more: AppSync denies what is listed alone'

export const pairs: readonly Pair[] = [
  ...ofMatchers,
  ...ofRoutes,
  {
    name: 'a finer route leaves R, and the broader one that is granted takes its requests',
    old: { roles: clerks("'GET /orders/{id}'"), routes: [...r, 'GET /orders/export'] },
    new: { roles: clerks("'GET /orders/{id}'"), routes: r },
    says: gained('GET /orders/{id} (in part, as GET /orders/export)'),
    reverse: lost('GET /orders/{id} (in part, as GET /orders/export)'),
  },
  {
    name: 'a segment that R spells out no more may be the value of a claim',
    old: { roles: clerks("'GET /users/{claims.sub}'"), routes: [...r, 'GET /users/me'] },
    new: { roles: clerks("'GET /users/{claims.sub}'"), routes: r },
    says: gained('GET /users/{claims.sub} (in part, as GET /users/me)'),
    reverse: lost('GET /users/{claims.sub} (in part, as GET /users/me)'),
  },
  {
    name: 'a rule that no longer excludes somebody',
    old: { roles: clerks('GET /orders', '{ g: clerks }', ', not: { e: [fork, push] }') },
    new: { roles: clerks('GET /orders', '{ g: clerks }', ', not: { e: fork }') },
    says: ['routes_gained callers of staff with g "clerks", not e "fork": gain GET /orders'],
    reverse: ['routes_lost callers of staff with g "clerks", not e "fork": lose GET /orders'],
  },
  {
    name: 'a rule that lasts for longer, and one that lasts for good',
    old: { roles: clerks('GET /orders', '{ g: clerks }', ", expiresAt: '2030-01-01T00:00:00Z'") },
    new: { roles },
    says: [`expires_later ${who}: keep for longer GET /orders`],
    reverse: [`expires_earlier ${who}: keep for less long GET /orders`],
  },
  {
    name: 'a route made public, and what a role lists of it is the same',
    old: { roles, api: '{}' },
    new: { roles, api: '{ public: [GET /health] }' },
    says: ['public_gained anybody, without a token: gains GET /health'],
    reverse: ['public_lost anybody, without a token: loses GET /health'],
  },
  {
    name: 'a role renamed',
    old: { roles },
    new: { roles: roles.replace('reader', 'viewer') },
    says: ['role_renamed the role reader is called viewer, which backends see'],
    reverse: ['role_renamed the role viewer is called reader, which backends see'],
  },
  {
    name: 'a list written as two rules, in another order',
    old: { roles: clerks('GET /orders', '{ g: [a, b], h: c }') },
    new: {
      roles:
        '{ reader: { trust: [{ issuer: staff, claims: { h: c, g: b } }, { issuer: staff, claims: { g: a, h: c } }], routes: [GET /orders] } }',
    },
    says: [],
    reverse: [],
  },
  {
    name: 'what callers of a wider rule have is no gain by a second role, but for its name',
    old: { roles: `{ reader: { trust: [{ issuer: staff, anySubject: true }], routes: [GET /orders] }, other: {} }` },
    new: {
      roles: `{ reader: { trust: [{ issuer: staff, anySubject: true }], routes: [GET /orders] }, other: { trust: [{ issuer: staff, claims: { g: clerks } }], routes: [GET /orders] } }`,
    },
    says: [`role_given ${who}: have the role other, which backends see`],
    reverse: [`role_taken ${who}: have no longer the role other, which backends see`],
  },
  {
    name: 'another owner',
    old: { roles: '{ reader: { owner: a@x.example } }' },
    new: { roles: '{ reader: { owner: b@x.example } }' },
    says: ['role_changed owner was "a@x.example" and is "b@x.example"'],
    reverse: ['role_changed owner was "b@x.example" and is "a@x.example"'],
  },
  {
    name: 'a role includes another',
    old: { roles: `{ reader: { trust: [{ issuer: staff, claims: { g: clerks } }], routes: [GET /orders] }, more: { routes: [POST /orders] } }` },
    new: { roles: `{ reader: { trust: [{ issuer: staff, claims: { g: clerks } }], routes: [GET /orders], includes: [more] }, more: { routes: [POST /orders] } }` },
    says: gained('POST /orders'),
    reverse: lost('POST /orders'),
  },
  {
    name: 'a field that the routes file lists no more',
    old: { roles: clerks('Query.orders'), fields: ['Query.orders', 'Query.secret'] },
    new: { roles: clerks('Query.orders'), fields: ['Query.orders', 'Query.added'] },
    says: [
      ...gained(`Query.secret (${noMore})`),
      ...lost('Query.added (which the routes file lists now)'),
    ],
    reverse: [
      ...gained(`Query.added (${noMore})`),
      ...lost('Query.secret (which the routes file lists now)'),
    ],
  },
] // biome-ignore format: a table
