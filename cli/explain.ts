import { hash } from 'node:crypto'
import { createRenderer } from '../functions/authorizer/render.ts'
import { onlyToken } from '../functions/authorizer/token-place.ts'
import type { Access, Issuer } from '../shared/access/access.ts'
import { type Decision, decideFor, type Request, rolesOf } from '../shared/access/decide.ts'
import { type Facts, PosternError } from '../shared/error.ts'
import { type MethodArn, parseMethodArn } from '../shared/gateway/arn.ts'
import { parseRoute, routeKey } from '../shared/gateway/route.ts'
import { fetchJson } from '../shared/http/fetch-json.ts'
import { type Outcome, reasons } from '../shared/reason.ts'
import { peek } from '../shared/token/peek.ts'
import { createVerifier, type Verified } from '../shared/token/verify.ts'
import { type Check, checksOf } from './checks.ts'
import { reasonTexts } from './reason-text.ts'
import { type RoleMiss, roleMisses } from './role-misses.ts'

export type ExplainOptions = {
  readonly access: Access
  /** `api.public` of the manifest: routes whose requests the gateway lets through without asking. */
  readonly publicRoutes: readonly string[]
  /** As the file has it: bare or after `Bearer`. */
  readonly token: string
  readonly request: Request
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
  readonly request: Request
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
  const { access, request } = options
  let verified: Verified | undefined
  let outcome: Refused
  const nowMs = options.nowMs()
  try {
    verified = await verify(options, nowMs)
    outcome = decideAndRender(access, request, verified, nowMs)
  } catch (error) {
    outcome = refused(error)
  }
  const issuer = verified?.issuer ?? issuerHeldAgainst(access, options.token, outcome.reason)
  const route = routeOf(decideFor(access, [nobody], {}, request), options.publicRoutes)
  return {
    ...withAllowed(outcome, issuer),
    means: reasonTexts[outcome.reason].means,
    mend: mendOf(outcome, route, options.localIssuers),
    checks: checksOf(outcome.reason, issuer?.type),
    ...(issuer !== undefined && { issuer: issuer.name }),
    ...callerOf(access, verified, nowMs),
    request,
    ...route,
    grantedBy: access.roles
      .filter((role) => decideFor(access, [role], verified?.claims ?? {}, request).effect === 'allow')
      .map((role) => role.name),
  }
}

/** Has no routes, so that a decision for it says only what the request resolves to. */
const nobody = { name: '', routes: [] }

type ResolvedRoute = Pick<Explanation, 'route' | 'severalRoutes' | 'public'>

function routeOf({ reason, route }: Decision, publicRoutes: readonly string[]): ResolvedRoute {
  if (route === undefined) return reason === 'route_not_granted' ? { severalRoutes: true } : {}
  const isPublic = publicRoutes.some((text) => keyOf(text) === keyOf(route))
  return { route, ...(isPublic && { public: true as const }) }
}

/** What to do about the reason, here: no token cures a public route, and a `--local` issuer is the reader's own. */
function mendOf({ effect, reason }: Refused, route: ResolvedRoute, localIssuers: string | undefined): string {
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

/** A made-up API: its name stands in the policy, and nothing is decided by it. */
const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/explain'

/** The request as API Gateway's ARN has it, or `undefined` for one that it would not pass on. */
export function requestArn(method: string, path: string): MethodArn | undefined {
  return parseMethodArn(`${prefix}/${method}${path}`)
}

async function verify({ access, token, nowMs: clock }: ExplainOptions, nowMs: number): Promise<Verified> {
  const bare = onlyToken([token], 'header')
  const verifier = createVerifier(access.issuers, { fetchJson, nowMs: clock })
  return verifier.verify(bare, hash('sha256', bare, 'base64url'), { nowMs })
}

function decideAndRender(access: Access, request: Request, verified: Verified, nowMs: number): Refused {
  const { issuer, claims } = verified
  const roles = rolesOf(access, issuer.name, claims, nowMs / 1000)
  const decision = decideFor(access, roles, claims, request)
  const { effect, reason } = decision
  const arn = requestArn(request.method, request.path)
  if (!arn) throw new PosternError('event_invalid', 'API Gateway would not pass such a request on')
  const simple = request.api === 'http' && access.app.response === 'simple'
  const roleNames = roles.map((role) => role.name).join()
  createRenderer(access.app)(
    { api: request.api, simple, arn, values: [], requestId: undefined, routed: undefined },
    decision,
    { issuer: issuer.name, claims, roleNames, decisionId: '00000000-0000-0000-0000-000000000000' },
  )
  return { effect, reason }
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
function issuerHeldAgainst(access: Access, token: string, reason: Outcome): Issuer | undefined {
  if (checksOf(reason, undefined).find(({ id }) => id === 'issuer')?.result !== 'ok') return undefined
  const { iss } = peek(onlyToken([token], 'header')).unverified
  return access.issuers.find((issuer) => issuer.iss === iss)
}

function callerOf(
  access: Access,
  verified: Verified | undefined,
  nowMs: number,
): Pick<Explanation, 'caller' | 'rolesMissed'> {
  if (verified === undefined) return { rolesMissed: [] }
  const { issuer, claims } = verified
  const roles = rolesOf(access, issuer.name, claims, nowMs / 1000)
  const names = roles.map((role) => role.name)
  return {
    caller: { issuer: issuer.name, subject: claims.sub as string, roles: names },
    rolesMissed: roleMisses(access, issuer.name, claims, roles, nowMs / 1000),
  }
}
