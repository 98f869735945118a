import { hash } from 'node:crypto'
import { decideCall } from '../functions/authorizer/decide-call.ts'
import type { Call } from '../functions/authorizer/event.ts'
import { render } from '../functions/authorizer/render.ts'
import type { Access, App } from '../shared/access/access.ts'
import { rolesIn } from '../shared/access/app-of.ts'
import { type Decision, decideFor, rolesOf } from '../shared/access/decide.ts'
import { parseRoute, routeKey } from '../shared/gateway/route.ts'
import { fetchJson } from '../shared/http/fetch-json.ts'
import { onlyToken } from '../shared/token/token-place.ts'
import { createVerifier, type Verified } from '../shared/token/verify.ts'
import { type Asked, callOf, requestOf } from './explain-call.ts'
import { isOurs, mendOf, refused, verdictText } from './explain-verdict.ts'
import type { Explanation, Verdict } from './explanation.ts'
import { roleMisses } from './role-misses.ts'

export type ExplainOptions = Asked & {
  readonly access: Access
  /** `api.public` of an app: routes whose requests the gateway lets through without asking. */
  readonly publicRoutes: (app: App) => readonly string[]
  readonly nowMs: () => number
  /** Where `--local` says that the keys are. */
  readonly localIssuers?: string | undefined
}

/**
 * Replays a token against a request with the authorizer's own code, and says how far it came. Fetches the issuer's
 * keys as the authorizer would, and does not throw for what the token or the issuer is.
 */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { access } = options
  let call: Call | undefined
  let token: string | undefined
  let verified: Verified | undefined
  let verdict: Verdict
  const nowMs = options.nowMs()
  try {
    call = callOf(access, options)
    // A token in a file may stand after "Bearer", wherever the manifest looks for it.
    token = onlyToken(call.values, 'event' in options ? call.app.token.place : 'header')
    verified = await verify(options, token, nowMs)
    verdict = decideAndRender(access, call, verified, nowMs, options)
  } catch (error) {
    verdict = refused(error)
  }
  const asked = call && askedOf(options, call, verified)
  return {
    ...verdictText(access, verdict, 'event' in options ? 'event' : 'request', token, verified?.issuer),
    mend: mend(verdict, asked ?? {}, options.localIssuers),
    // After a fault in Postern itself nothing more is worked out: it would meet the same.
    ...callerOf(access, call?.app, verdict.reason === 'internal_error' ? undefined : verified, nowMs),
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

/** No token cures a public route. */
function mend(
  { effect, reason }: Verdict,
  route: Pick<ResolvedRoute, 'public'>,
  localIssuers: string | undefined,
): string {
  if (effect === 'deny' && !isOurs(reason) && route.public)
    return 'Take the authorizer off this route: the manifest lists it under `api.public`.'
  return mendOf(reason, localIssuers)
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
): Verdict {
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

function callerOf(
  access: Access,
  app: App | undefined,
  verified: Verified | undefined,
  nowMs: number,
): Pick<Explanation, 'caller' | 'rolesMissed'> {
  if (verified === undefined || app === undefined) return { rolesMissed: [] }
  const { issuer, claims } = verified
  const all = rolesIn(app, access.roles)
  const roles = rolesIn(app, rolesOf(access, issuer.name, claims, nowMs / 1000))
  const names = roles.map((role) => role.name)
  return {
    caller: { issuer: issuer.name, subject: claims.sub as string, roles: names },
    rolesMissed: roleMisses(access, all, issuer.name, claims, roles, nowMs / 1000),
  }
}
