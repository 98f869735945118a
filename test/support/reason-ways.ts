import type { Access } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import { accessOf } from './access.ts'
import { withKeys } from './attacks.ts'
import { type Fetch, type Outcome, standOf } from './calls.ts'
import { type Asked, type Form, restRequest, restToken } from './events.ts'
import { setOf } from './issuers.ts'
import { makeKey } from './keys.ts'
import { baseClaims, minter, nowSeconds } from './token.ts'

const iss = 'https://id.partner.example'
const key = makeKey('Ed25519', 'k1')
const doubled = makeKey('Ed25519', 'double')
const rsa = makeKey('RSA', 'rsa')
const claims = { ...baseClaims(iss), tenant: 'acme', plan: 'full' }
const sign = minter(key, 'EdDSA', claims)
const mint = (changed: object = {}, header: object = {}) =>
  sign({ claims: { ...changed }, header: { ...header } })

/** Of one issuer and three roles, two of which trust the caller: `reader` and `lister`. */
function accessWith(api: object, routes?: object): Access {
  const partner = { type: 'oidc', issuer: iss, audience: ['orders'], algorithms: ['EdDSA'], require: { plan: 'full' } } // biome-ignore format: a manifest
  const trust = [{ issuer: 'partner', claims: { tenant: 'acme' }, not: { suspended: true } }]
  const nobody = [{ issuer: 'partner', claims: { tenant: 'nobody' } }]
  const roles = {
    reader: { trust, routes: ['GET /orders', 'GET /orders/{id}'] },
    lister: { trust, routes: ['GET /orders'] },
    writer: { trust: nobody, routes: ['POST /orders', 'DELETE /orders/{id}'] },
  }
  return accessOf({ version: 1, issuers: { partner }, api: { context: ['email', 'list'], ...api }, roles }, routes) // biome-ignore format: a manifest
}
const pinned = (access: Access) =>
  withKeys(access, () => ({ jwks: setOf(key, doubled, doubled, rsa) as { keys: Json[] } }))
const plain = pinned(accessWith({}))
/** What decides a way that names no other. */
export const defaultAccess = plain
const unpinned = withKeys(plain, () => ({ jwksUri: `${iss}/keys` }))
const routed = { rest: ['GET /orders', 'GET /orders/{id}', 'POST /orders', 'DELETE /orders/{id}'] }

export type Way = {
  readonly token?: string
  readonly asked?: Asked
  /** Default: a REST REQUEST event, which says most of all. */
  readonly form?: Form
  readonly access?: Access
  readonly fetch?: Fetch
  readonly change?: (event: Record<string, Json>) => Json
  /** Goes first, on the same authorizer. */
  readonly before?: string
}

/** A way to each outcome. */
export const ways: Readonly<Record<string, Way>> = {
  granted: {},
  token_missing: { token: '' },
  token_ambiguous: { token: `${mint()},${mint()}` },
  token_too_large: { token: 'x'.repeat(8193) },
  token_malformed: { token: 'x' },
  token_encrypted: { token: 'a.b.c.d.e' },
  encoding_invalid: { token: `${mint()}=` },
  header_invalid: { token: mint({}, { kid: 5 }) },
  payload_invalid: { token: sign({ claims: '[]' }) },
  crit_unsupported: { token: mint({}, { crit: ['x'] }) },
  typ_not_allowed: { token: mint({}, { typ: 'dpop+jwt' }) },
  issuer_unknown: { token: mint({ iss: 'https://attacker.example' }) },
  algorithm_not_allowed: { token: mint({}, { alg: 'none' }) },
  key_unknown: { token: mint({}, { kid: 'k9' }) },
  key_ambiguous: { token: mint({}, { kid: 'double' }) },
  key_unfit: { token: mint({}, { kid: 'rsa' }) },
  signature_invalid: { token: minter(makeKey('Ed25519', 'k1'), 'EdDSA', claims)() },
  expiry_invalid: { token: mint({ exp: null }) },
  token_expired: { token: mint({ exp: nowSeconds }) },
  not_before_invalid: { token: mint({ nbf: null }) },
  issued_at_invalid: { token: mint({ iat: null }) },
  token_not_yet_valid: { token: mint({ nbf: nowSeconds + 60 }) },
  audience_not_allowed: { token: mint({ aud: 'other' }) },
  token_use_not_allowed: { token: mint({ nonce: 'n' }) },
  claim_required: { token: mint({ plan: 'trial' }) },
  subject_invalid: { token: mint({ sub: '' }) },
  proof_required: { token: mint({ cnf: {} }) },
  claim_unsafe: { token: mint({ email: 'a\r\nx-roles: admin' }) },
  role_none: { token: mint({ suspended: true }) },
  route_unknown: { asked: { path: '/nowhere' } },
  route_not_granted: { asked: { method: 'DELETE', path: '/orders/1' } },
  policy_narrowed: {
    asked: { path: '/orders/a%20b' },
    access: pinned(accessWith({ encodedPaths: 'allow' })),
  },
  path_not_canonical: { asked: { path: '/orders//1' } },
  stage_unknown: { asked: { stage: '*' } },
  keys_unavailable: { access: unpinned, fetch: () => Promise.reject(new Error('down')) },
  keys_stale: { token: mint({}, { kid: 'k9' }), access: unpinned, before: mint(), fetch: onceThenDown() },
  event_unknown: { change: (event) => ({ ...event, type: 'NONE' }) },
  event_invalid: { change: (event) => ({ ...event, methodArn: 'arn' }) },
  token_place_unreachable: { form: restToken, access: pinned(accessWith({ token: { query: 'token' } })) },
  // What `apps` compiles to, with no app in it.
  app_unknown: { access: { ...plain, appOf: { alias: {}, apiId: {} } } as Access },
  routes_stale: {
    asked: { path: '/orders/export' },
    access: pinned(accessWith({ routesFile: './routes.json' }, routed)),
    change: (event) => {
      const context = event.requestContext as Record<string, Json>
      return {
        ...event,
        resource: '/orders/export',
        requestContext: { ...context, resourcePath: '/orders/export' },
      }
    },
  },
  answer_too_large: { token: mint({ list: ['"'.repeat(2600)] }) },
  // A bundle that was tampered with: its rules point to roles that are not there.
  internal_error: { access: { ...plain, roles: [] } },
}

/** A real authorizer's outcome by a way, of a caller with that subject. */
export async function outcomeOf(way: Way, token: string = way.token ?? mint()): Promise<Outcome> {
  const { access = plain, form = restRequest, asked, change = (event) => event } = way
  const stand = standOf(access, way.fetch)
  if (way.before !== undefined) await stand.call(form.event(`Bearer ${way.before}`))
  return stand.call(change(form.event(token === '' ? '' : `Bearer ${token}`, asked)))
}

export function tokenOf(subject: string): string {
  return mint({ sub: subject })
}

/** Answers the first time it is asked. */
function onceThenDown(): Fetch {
  let asked = 0
  return async () => {
    if (asked++ === 0) return setOf(key)
    throw new Error('down')
  }
}
