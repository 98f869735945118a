import { canonicalPath } from '../gateway/canonical-path.ts'
import { holdsOwn } from '../gateway/grants.ts'
import { permits } from '../gateway/policy.ts'
import { type Api, type Candidate, resolveRoute } from '../gateway/resolve.ts'
import type { ApiType } from '../gateway/route.ts'
import type { Json } from '../json.ts'
import type { Outcome } from '../reason.ts'
import type { AccessRows, App, IssuerName, Role } from './access.ts'
import { appOf, type Called, rolesIn } from './app-of.ts'
import type { Claims } from './claims.ts'
import { type OwnRoutes, ownRoutesOf } from './own-routes.ts'
import { policyOf } from './policy-of.ts'
import { rolesOf } from './roles-of.ts'

export { rolesOf }

/** Who calls: an issuer of the manifest and claims verified as its own. */
export type Principal = { readonly issuer: IssuerName; readonly claims: Claims }

/** A concrete call; `alias` and `apiId` say which app it is for, where the manifest has apps. */
export type Request = Called & {
  readonly api: ApiType
  /** Empty for WebSocket APIs and AppSync. */
  readonly method: string
  /**
   * As the gateway's ARN has it: it begins with `/` and is not decoded. `$connect` of a WebSocket API; a field of
   * AppSync (`Query.orders`), or nothing for whether any field at all is granted.
   */
  readonly path: string
  /** Whether the answer is a boolean rather than a policy. Default: that the app says so and `api` is HTTP. */
  readonly simple?: boolean
}

/** `reason` is `granted` for an allow. `route` is the route of R the request resolved to, where that is one. */
export type Decision = {
  readonly effect: 'allow' | 'deny'
  readonly reason: Outcome
  readonly roles: readonly Role[]
  readonly route?: string
}

/**
 * Whether the caller may make the request (design section 5). Pure: no I/O, no clock. Never throws for what a
 * stranger sent. Does not check the token; `Claims` cannot be had without that.
 */
export function decide(
  access: AccessRows,
  principal: Principal,
  request: Request,
  nowSeconds: number,
): Decision {
  const app = appOf(access, request)
  if (app === undefined) return { effect: 'deny', reason: 'app_unknown', roles: [] }
  const roles = rolesOf(access, principal.issuer, principal.claims, nowSeconds)
  return decideFor(app, roles, principal.claims, request)
}

/**
 * The same for an app and roles already known; of these only the app's count. Throws `answer_too_large` where R is
 * beyond what a policy can tell apart.
 */
export function decideFor(
  app: App,
  ofCaller: readonly Role[],
  claims: Readonly<Record<string, Json>>,
  request: Request,
): Decision {
  const roles = rolesIn(app, ofCaller)
  if (roles.length === 0) return { effect: 'deny', reason: 'role_none', roles }
  const { api, method, path } = request
  if (api === 'websocket' || api === 'appsync') return decideListed(listedFor(app, api, path), roles)
  const segments = canonicalPath(path, app.encodedPaths)
  if (segments === undefined) return { effect: 'deny', reason: 'path_not_canonical', roles }
  const candidates = resolveRoute(app.routes[api], api, method, segments)
  const first = candidates[0]
  if (first === undefined) return { effect: 'deny', reason: 'route_unknown', roles }
  const own = ownRoutesOf(roles, claims)
  const reason = reasonFor(candidates, roles, own, segments)
  const isSimple = request.simple ?? (api === 'http' && app.response === 'simple')
  const isNarrow = reason === 'granted' && !isSimple && isNarrowed(app, api, method, path, roles, own)
  const found = isNarrow ? 'policy_narrowed' : reason
  const effect = found === 'granted' ? 'allow' : 'deny'
  return candidates.length === 1
    ? { effect, reason: found, roles, route: first.route }
    : { effect, reason: found, roles }
}

function listedFor({ fields }: App, api: 'websocket' | 'appsync', path: string): readonly string[] {
  if (api === 'websocket') return path === '$connect' ? [path] : []
  return path === '' ? fields : fields.filter((field) => field === path)
}

/** Of routes without a path, whether a role lists one: AppSync then denies the others by itself. */
function decideListed(routes: readonly string[], roles: readonly Role[]): Decision {
  if (routes.length === 0) return { effect: 'deny', reason: 'route_unknown', roles }
  const listed = new Set(roles.flatMap((role) => role.routes))
  const granted = routes.some((route) => listed.has(`ANY ${route}`))
  const outcome = granted
    ? ({ effect: 'allow', reason: 'granted' } as const)
    : ({ effect: 'deny', reason: 'route_not_granted' } as const)
  const only = routes[0]
  return routes.length === 1 && only !== undefined
    ? { ...outcome, roles, route: only }
    : { ...outcome, roles }
}

function reasonFor(
  candidates: readonly Candidate[],
  roles: readonly Role[],
  own: OwnRoutes,
  segments: readonly string[],
): 'granted' | 'claim_unsafe' | 'route_not_granted' {
  const lacking = candidates.find((candidate) => !isGranted(roles, own, candidate, segments))
  if (lacking === undefined) return 'granted'
  return own.unsafe.some((key) => lacking.keys.includes(key)) ? 'claim_unsafe' : 'route_not_granted'
}

/** A role grants a route that it lists, or lists with ANY, or the caller's own part of it. Nothing else covers it. */
function isGranted(
  roles: readonly Role[],
  own: OwnRoutes,
  candidate: Candidate,
  segments: readonly string[],
): boolean {
  for (const role of roles) for (const key of candidate.keys) if (role.routes.includes(key)) return true
  return holdsOwn(own.routes, candidate, segments)
}

/** Whether API Gateway, with the caller's policy in its cache, would refuse the request: then it is refused always. */
function isNarrowed(
  app: App,
  api: Api,
  method: string,
  path: string,
  roles: readonly Role[],
  own: OwnRoutes,
): boolean {
  if (app.cacheSeconds === 0) return false
  // Every policy denies escapes: no list of patterns tells a sound one from an unsound one.
  if (path.includes('%')) return true
  const { policy } = policyOf(app, api, roles, own)
  return policy.narrowed && !permits(policy, method, path)
}
