import { hash } from 'node:crypto'
import { decideCall } from '../functions/authorizer/decide-call.ts'
import type { Call } from '../functions/authorizer/event.ts'
import { render } from '../functions/authorizer/render.ts'
import type { Access, App, Issuer } from '../shared/access/access.ts'
import { rolesIn } from '../shared/access/app-of.ts'
import { type Decision, decideFor, type Request, rolesOf } from '../shared/access/decide.ts'
import { type Facts, PosternError } from '../shared/error.ts'
import { parseRoute, routeKey } from '../shared/gateway/route.ts'
import { fetchJson } from '../shared/http/fetch-json.ts'
import { type Outcome, reasons } from '../shared/reason.ts'
import { peek } from '../shared/token/peek.ts'
import { onlyToken } from '../shared/token/token-place.ts'
import { createVerifier, type Verified } from '../shared/token/verify.ts'
import { type Check, checksOf } from './checks.ts'
import { type Asked, callOf, requestOf } from './explain-call.ts'
import { reasonTexts } from './reason-text.ts'
import { type RoleMiss, roleMisses } from './role-misses.ts'

export type ExplainOptions = Asked & {
  readonly access: Access
  /** `api.public` of an app: routes whose requests the gateway lets through without asking. */
  readonly publicRoutes: (app: App) => readonly string[]
  readonly nowMs: () => number
  /** Where `--local` says that the keys are. */
  readonly localIssuers?: string | undefined
}

/** What `postern explain --json` prints; its keys are stable. Holds no token and, of the claims, the subject alone. */
export type Explanation = {
  readonly effect: 'allow' | 'deny'
  readonly reason: Outcome
  /** The failed check in words, and what it expected. */
  readonly message?: string
  readonly facts?: Facts
  /** What the fetch of keys ran into. */
  readonly cause?: string
  readonly means: string
  readonly mend: string
  readonly checks: readonly Check[]
  /** Which issuer the token was held against, once that check passed. */
  readonly issuer?: string
  /** Known once every check of the token has passed. */
  readonly caller?: { readonly issuer: string; readonly subject: string; readonly roles: readonly string[] }
  readonly rolesMissed: readonly RoleMiss[]
  /** Absent where no request could be read out of the event. */
  readonly request?: Request
  /** The app it is for. */
  readonly app?: string
  /** The route of R that the request resolves to, whoever calls; absent where that is none or one of several. */
  readonly route?: string
  /** Whether several routes could be meant, whose order AWS does not document. */
  readonly severalRoutes?: true
  /** Whether the manifest lists that route under `api.public`: no authorizer belongs in front of it. */
  readonly public?: true
  readonly grantedBy: readonly string[]
}

type Refused = Pick<Explanation, 'effect' | 'reason' | 'message' | 'facts' | 'cause'>

/**
 * Replays a token against a request with the authorizer's own code, and says how far it came. Fetches the issuer's
 * keys as the authorizer would, and does not throw for what the token or the issuer is.
 */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { access } = options
  let call: Call | undefined
  let token: string | undefined
  let verified: Verified | undefined
  let outcome: Refused
  const nowMs = options.nowMs()
  try {
    call = callOf(access, options)
    // A token in a file may stand after "Bearer", wherever the manifest looks for it.
    token = onlyToken(call.values, 'event' in options ? call.app.token.place : 'header')
    verified = await verify(options, token, nowMs)
    outcome = decideAndRender(access, call, verified, nowMs, options)
  } catch (error) {
    outcome = refused(error)
  }
  const issuer = verified?.issuer ?? issuerHeldAgainst(access, token, outcome.reason)
  const asked = call && askedOf(options, call, verified)
  return {
    ...withAllowed(outcome, issuer),
    means: reasonTexts[outcome.reason].means,
    mend: mendOf(outcome, asked ?? {}, options.localIssuers),
    checks: checksOf(outcome.reason, issuer?.type, 'event' in options),
    ...(issuer !== undefined && { issuer: issuer.name }),
    // After a fault in Postern itself nothing more is worked out: it would meet the same.
    ...callerOf(access, call?.app, outcome.reason === 'internal_error' ? undefined : verified, nowMs),
    grantedBy: [],
    ...asked,
  }
}

/** What is asked for, whoever asks. */
function askedOf(options: ExplainOptions, call: Call, verified: Verified | undefined): AskedFor {
  const { access, publicRoutes } = options
  const { app } = call
  const request = 'request' in options ? options.request : requestOf(call)
  const nobody = { name: '', routes: [], ...(app.of?.[0] !== undefined && { app: app.of[0] }) }
  const claims = verified?.claims ?? {}
  const { api, method, path } = request
  return {
    request: { api, method, path },
    ...(access.appOf !== undefined && { app: app.name }),
    // Nobody's roles list no routes, so that a decision for them says only what the request resolves to.
    ...routeOf(decideFor(app, [nobody], {}, request), publicRoutes(app)),
    grantedBy: rolesIn(app, access.roles)
      .filter((role) => decideFor(app, [role], claims, request).effect === 'allow')
      .map((role) => role.name),
  }
}

type AskedFor = Pick<Explanation, 'request' | 'app' | 'route' | 'severalRoutes' | 'public' | 'grantedBy'>

type ResolvedRoute = Pick<Explanation, 'route' | 'severalRoutes' | 'public'>

function routeOf({ reason, route }: Decision, publicRoutes: readonly string[]): ResolvedRoute {
  if (route === undefined) return reason === 'route_not_granted' ? { severalRoutes: true } : {}
  const isPublic = publicRoutes.some((text) => keyOf(text) === keyOf(route))
  return { route, ...(isPublic && { public: true as const }) }
}

/** What to do about the reason, here: no token cures a public route, and a `--local` issuer is the reader's own. */
function mendOf(
  { effect, reason }: Refused,
  route: Pick<ResolvedRoute, 'public'>,
  localIssuers: string | undefined,
): string {
  const ours = reason !== 'granted' && reasons[reason].fault === 'ours'
  if (effect === 'deny' && !ours && route.public)
    return 'Take the authorizer off this route: the manifest lists it under `api.public`.'
  if (localIssuers !== undefined && (reason === 'keys_unavailable' || reason === 'keys_stale'))
    return `Check: is \`npm start\` running, and are its issuers at ${localIssuers}?`
  return reasonTexts[reason].mend
}

function keyOf(text: string): string {
  const route = parseRoute(text)
  return typeof route === 'string' ? text : routeKey(route)
}

async function verify(
  { access, nowMs: clock }: ExplainOptions,
  token: string,
  nowMs: number,
): Promise<Verified> {
  const verifier = createVerifier(access.issuers, { fetchJson, nowMs: clock })
  return verifier.verify(token, hash('sha256', token, 'base64url'), { nowMs })
}

function decideAndRender(
  access: Access,
  call: Call,
  verified: Verified,
  nowMs: number,
  options: ExplainOptions,
): Refused {
  const { issuer, claims } = verified
  const field = 'request' in options && call.api === 'appsync' ? options.request : undefined
  const decision = field
    ? decideFor(call.app, rolesOf(access, issuer.name, claims, nowMs / 1000), claims, field)
    : decideCall(access, call, verified, nowMs)
  render(call, decision, {
    issuer: issuer.name,
    claims,
    roleNames: decision.roles.map((role) => role.name).join(),
    decisionId: '00000000-0000-0000-0000-000000000000',
    secondsLeft: verified.times.expiresAt - nowMs / 1000,
  })
  return { effect: decision.effect, reason: decision.reason }
}

function refused(error: unknown): Refused {
  // Anything else is a bug, and its message might quote what it stumbled over.
  if (!(error instanceof PosternError)) return { effect: 'deny', reason: 'internal_error' }
  const { reason, message, facts, cause } = error
  return { effect: 'deny', reason, message, facts, ...(cause instanceof Error && { cause: cause.message }) }
}

/** The error does not say whom the tokens of this issuer may be for; the manifest does. */
function withAllowed(outcome: Refused, issuer: Issuer | undefined): Refused {
  if (outcome.reason !== 'audience_not_allowed' || !issuer?.audience) return outcome
  return { ...outcome, facts: { ...outcome.facts, allowed: issuer.audience } }
}

/** Only from the check of the issuer on does `iss` say whose rules the token was held against. */
function issuerHeldAgainst(access: Access, token: string | undefined, reason: Outcome): Issuer | undefined {
  if (token === undefined) return undefined
  if (checksOf(reason, undefined).find(({ id }) => id === 'issuer')?.result !== 'ok') return undefined
  const { iss } = peek(token).unverified
  return access.issuers.find((issuer) => issuer.iss === iss)
}

function callerOf(
  access: Access,
  app: App | undefined,
  verified: Verified | undefined,
  nowMs: number,
): Pick<Explanation, 'caller' | 'rolesMissed'> {
  if (verified === undefined || app === undefined) return { rolesMissed: [] }
  const { issuer, claims } = verified
  const roles = rolesIn(app, rolesOf(access, issuer.name, claims, nowMs / 1000))
  const names = roles.map((role) => role.name)
  return {
    caller: { issuer: issuer.name, subject: claims.sub as string, roles: names },
    rolesMissed: roleMisses(access, app, issuer.name, claims, roles, nowMs / 1000),
  }
}
