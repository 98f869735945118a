import { describe, expect, test } from 'vitest'
import type { Access } from '../../../shared/access/access.ts'
import type { Json } from '../../../shared/json.ts'
import { type BrokerReason, type Reason, reasons } from '../../../shared/reason.ts'
import { accessOf, withApp } from '../../support/access.ts'
import {
  authorizerReasons,
  contextOf,
  expectAllowed,
  expectedRefusal,
  expectNoToken,
  expectShape,
  lets,
} from '../../support/answers.ts'
import { withKeys, withResponse } from '../../support/attacks.ts'
import { type Fetch, standOf } from '../../support/calls.ts'
import { type Asked, type Form, forms, pathForms } from '../../support/events.ts'
import { setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter, nowMs, nowSeconds } from '../../support/token.ts'

const iss = 'https://id.partner.example'
const key = makeKey('P-256', 'k1')
const stranger = makeKey('P-256', 'k1')
const doubled = makeKey('P-256', 'double')
const rsa = makeKey('RSA', 'rsa')
const mint = minter(key, 'ES256', baseClaims(iss))
const token = mint()

const manifest = {
  version: 1,
  issuers: {
    partner: {
      type: 'oidc',
      issuer: iss,
      audience: ['orders'],
      algorithms: ['ES256'],
      require: { tenant: { all: ['acme'] } },
    },
  },
  api: { context: ['email', 'list'] },
  roles: {
    reader: {
      description: 'Read orders',
      owner: 'team-orders@example.com',
      trust: [{ issuer: 'partner', claims: { tenant: 'acme' }, not: { suspended: true } }],
      routes: ['GET /orders', 'GET /orders/{id}', '$connect', 'Query.orders'],
    },
    writer: {
      description: 'Write orders',
      owner: 'team-orders@example.com',
      trust: [{ issuer: 'partner', claims: { tenant: 'nobody' } }],
      routes: ['POST /orders'],
    },
  },
}
const compiled = accessOf(manifest)
const pinned = withKeys(compiled, () => ({ jwks: setOf(key, doubled, doubled, rsa) as { keys: Json[] } }))
const unpinned = withKeys(compiled, () => ({ jwksUri: 'https://id.partner.example/keys' }))
const acme = (claims: object = {}, header: object = {}) =>
  mint({ claims: { tenant: 'acme', ...claims }, header: { ...header } })

type Case = {
  readonly value?: string
  readonly asked?: Asked
  readonly access?: Access
  readonly fetch?: Fetch
  /** Changes the event after it was built. */
  readonly event?: (event: Record<string, Json>) => Json
  /** Goes first, on the same authorizer. */
  readonly before?: string
  readonly laterMs?: number
}

/** One way to each reason. Where the map of reasons grows, this no longer compiles. */
const ways: Readonly<Record<Exclude<Reason, BrokerReason>, Case>> = {
  token_missing: { value: '' },
  token_ambiguous: { value: `${token},${token}` },
  token_too_large: { value: 'x'.repeat(8193) },
  token_malformed: { value: 'x' },
  token_encrypted: { value: 'a.b.c.d.e' },
  encoding_invalid: { value: `${token}=` },
  header_invalid: { value: acme({}, { kid: 5 }) },
  payload_invalid: { value: mint({ claims: '[]' }) },
  crit_unsupported: { value: acme({}, { crit: ['x'] }) },
  typ_not_allowed: { value: acme({}, { typ: 'dpop+jwt' }) },
  issuer_unknown: { value: acme({ iss: 'https://attacker.example' }) },
  algorithm_not_allowed: { value: acme({}, { alg: 'none' }) },
  key_unknown: { value: acme({}, { kid: 'k9' }) },
  key_ambiguous: { value: acme({}, { kid: 'double' }) },
  key_unfit: { value: acme({}, { kid: 'rsa' }) },
  signature_invalid: { value: minter(stranger, 'ES256', baseClaims(iss))() },
  expiry_invalid: { value: acme({ exp: null }) },
  token_expired: { value: acme({ exp: nowSeconds }) },
  not_before_invalid: { value: acme({ nbf: null }) },
  issued_at_invalid: { value: acme({ iat: null }) },
  token_not_yet_valid: { value: acme({ nbf: nowSeconds + 60 }) },
  audience_not_allowed: { value: acme({ aud: 'other' }) },
  token_use_not_allowed: { value: acme({ nonce: 'n' }) },
  claim_required: { value: token },
  subject_invalid: { value: acme({ sub: '' }) },
  proof_required: { value: acme({ cnf: {} }) },
  claim_unsafe: { value: acme({ email: 'a\r\nx-roles: admin' }) },
  role_none: { value: acme({ suspended: true }) },
  route_unknown: { value: acme(), asked: { path: '/nowhere' } },
  route_not_granted: { value: acme(), asked: { method: 'POST' } },
  path_not_canonical: { value: acme(), asked: { path: '/orders//1' } },
  policy_narrowed: {
    value: acme(),
    asked: { path: '/orders/a%20b' },
    access: withApp(pinned, { encodedPaths: 'allow' }),
  },
  stage_unknown: { value: acme(), asked: { stage: '*' } },
  keys_unavailable: { value: acme(), access: unpinned, fetch: () => Promise.reject(new Error('down')) },
  keys_stale: {
    value: acme({}, { kid: 'k9' }),
    access: unpinned,
    before: acme(),
    laterMs: 0,
    fetch: onceThenDown(),
  },
  event_unknown: { event: (event) => ({ ...event, type: 'NONE' }) },
  event_invalid: {
    event: (event) => ({
      ...event,
      methodArn: 'arn',
      routeArn: 'arn',
      ...(event.requestHeaders && { requestContext: { ...(event.requestContext as object), apiId: 5 } }),
    }),
  },
  token_place_unreachable: {
    access: withApp(pinned, { token: { place: 'query', name: 'token' } }),
  },
  app_unknown: {
    access: { ...pinned, appOf: { alias: { billing: 0 }, apiId: { z9y8x7w6v5: 0 } } },
  },
  routes_stale: {
    value: acme(),
    asked: { path: '/orders/export' },
    access: withApp(pinned, { proven: { rest: true, http: true } }),
    event: (event) => servedBy(event, 'GET', '/orders/export'),
  },
  answer_too_large: { value: acme({ list: ['"'.repeat(2600)] }) },
  // A bundle that was tampered with: its rules point to roles that are not there.
  internal_error: { value: acme(), access: { ...pinned, roles: [] } },
}

/** API Gateway names the route that it took, once beside the context and once in it. */
function servedBy(event: Record<string, Json>, method: string, path: string): Json {
  const context = event.requestContext as Record<string, Json>
  const routeKey = `${method} ${path}`
  if (event.version === '2.0') return { ...event, routeKey, requestContext: { ...context, routeKey } }
  return { ...event, resource: path, requestContext: { ...context, resourcePath: path } }
}

/** Answers the first time it is asked, for each of the forms. */
function onceThenDown(): Fetch {
  let asked = 0
  return async () => {
    if (asked++ % 2 === 0) return setOf(key)
    throw new Error('down')
  }
}

/** A token of a query is unreachable in a TOKEN event and in AppSync's; the other forms just find none. */
const reachable = (form: Form, reason: string) => {
  if (reason === 'token_place_unreachable') return form.name === 'REST TOKEN' || form.api === 'appsync'
  if (form.api === 'websocket' || form.api === 'appsync') {
    // Neither has a path, nor AppSync a stage; both are asked about one thing, which the reader may have.
    if (['route_unknown', 'route_not_granted', 'path_not_canonical', 'routes_stale'].includes(reason))
      return false
    if (form.api === 'appsync')
      return !['stage_unknown', 'policy_narrowed', 'answer_too_large'].includes(reason)
  }
  // A simple answer narrows nothing, and a TOKEN event does not say which route was taken.
  if (reason === 'policy_narrowed') return form.response === 'policy' && form.api !== 'websocket'
  return reason !== 'routes_stale' || form.name !== 'REST TOKEN'
}
const ofTheRequest = [
  'role_none',
  'route_unknown',
  'route_not_granted',
  'path_not_canonical',
  'policy_narrowed',
  'stage_unknown',
]

describe.each(forms)('every reason, by $name', (form) => {
  const seen = new Set<unknown>()
  const rows = (Object.entries(ways) as [Reason, Case][]).filter(([reason]) => reachable(form, reason))

  test.each(rows)('%s: its record, and what API Gateway is told', async (reason, way) => {
    const value = way.value === '' ? '' : `Bearer ${way.value ?? acme()}`
    const stand = standOf(withResponse(way.access ?? pinned, form.response), way.fetch)
    if (way.before !== undefined) await stand.call(form.event(`Bearer ${way.before}`))
    stand.clock.nowMs = nowMs + (way.laterMs ?? 0)
    const event = form.event(value, way.asked)
    const outcome = await stand.call(way.event ? way.event(event) : event)
    seen.add(outcome.record.reason)
    const app = reason === 'app_unknown' ? '-' : 'api'
    expect(outcome.record).toMatchObject({ kind: 'decision', effect: 'deny', reason, app })
    expectNoToken(outcome, value)
    const expected = expectedRefusal(form.api, reason)
    expect(outcome.thrown?.message).toBe(
      { unauthorized: 'Unauthorized', fault: reason, deny: undefined }[expected],
    )
    if (expected !== 'deny') return
    expectShape(form, outcome.answer)
    expect(lets(outcome, form.arn(way.asked))).toBe(false)
    if (form.api === 'appsync') return
    expect(contextOf(outcome).decisionId).toBe(outcome.record.decisionId)
    const told = ofTheRequest.includes(reason) ? 'route_not_granted' : reason
    expect(contextOf(outcome).deniedReason).toBe(told)
  })

  test('and none of them is named twice or never', () => {
    expect([...seen].sort()).toEqual(authorizerReasons.filter((reason) => reachable(form, reason)).sort())
  })

  test('control: a route that R has, and one that the event names once alone, are served', async () => {
    const access = withApp(pinned, { proven: { rest: true, http: true } })
    const stand = standOf(withResponse(access, form.response))
    if (form.name === 'REST TOKEN' || !pathForms.includes(form)) return
    const event = form.event(`Bearer ${acme()}`, { path: '/orders/1' })
    const known = await stand.call(servedBy(event, 'GET', '/orders/{orderId}'))
    expect(known.record.reason).toBe('granted')
    const sloppy = await stand.call({ ...event, resource: '/orders/export', routeKey: 'GET /orders/export' })
    expect(sloppy.record.reason).toBe('granted')
  })

  test('control: granted, with the same authorizer and the same claims', async () => {
    const value = acme({ email: 'anna@partner.example', list: ['a', 1] })
    const outcome = await standOf(withResponse(pinned, form.response)).call(form.event(`Bearer ${value}`))
    expectAllowed(form, outcome, value)
    expect(outcome.record).toMatchObject({ issuer: 'partner', subject: 'bot-1', roles: 'reader' })
    const routes = { rest: 'GET /orders', http: 'GET /orders', websocket: '$connect', appsync: undefined }
    expect(outcome.record.route).toBe(routes[form.api])
    expect(contextOf(outcome)).toEqual({
      email: 'anna@partner.example',
      list: '["a",1]',
      issuer: 'partner',
      subject: 'bot-1',
      roles: 'reader',
      app: 'api',
      decisionId: outcome.record.decisionId,
      deniedReason: 'route_not_granted',
    })
    if (form.response === 'policy') expect(outcome.answer).toMatchObject({ principalId: 'partner|bot-1' })
  })
})

/** The table a second time, in the columns that the authorizer acts on. */
describe('the table of reasons', () => {
  test.each(authorizerReasons)('%s', (name) => {
    const { fault, final, http } = reasons[name]
    const rest = expectedRefusal('rest', name)
    expect(fault).toBe(rest === 'fault' ? 'ours' : 'caller')
    expect(final).toBe(expectedRefusal('http', name) === 'deny')
    if (rest === 'unauthorized') expect(http).toBe(401)
    else if (rest === 'deny') expect(http).toBe(403)
    else expect([400, 500, 503]).toContain(http)
  })
})
