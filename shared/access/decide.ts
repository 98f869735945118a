import { canonicalPath } from '../gateway/canonical-path.ts'
import { holdsOwn } from '../gateway/grants.ts'
import { permits } from '../gateway/policy.ts'
import { type Api, type Candidate, resolveRoute } from '../gateway/resolve.ts'
import type { Json } from '../json.ts'
import type { Outcome } from '../reason.ts'
import type { Access, App, IssuerName, Role } from './access.ts'
import type { Claims } from './claims.ts'
import { type OwnRoutes, ownRoutesOf } from './own-routes.ts'
import { policyOf } from './policy-of.ts'
import { rolesOf } from './roles-of.ts'

export { rolesOf }

/** Who calls: an issuer of the manifest and claims verified as its own. */
export type Principal = { readonly issuer: IssuerName; readonly claims: Claims }

/** A concrete call, as the gateway's ARN names it: `path` begins with `/` and is not decoded. */
export type Request = { readonly api: Api; readonly method: string; readonly path: string }

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
export function decide(access: Access, principal: Principal, request: Request, nowSeconds: number): Decision {
  const roles = rolesOf(access, principal.issuer, principal.claims, nowSeconds)
  return decideFor(access, roles, principal.claims, request)
}

/** The same for roles already known. Throws `answer_too_large` where R is beyond what a policy can tell apart. */
export function decideFor(
  access: Access,
  roles: readonly Role[],
  claims: Readonly<Record<string, Json>>,
  request: Request,
): Decision {
  if (roles.length === 0) return { effect: 'deny', reason: 'role_none', roles }
  const { app } = access
  const segments = canonicalPath(request.path, app.encodedPaths)
  if (segments === undefined) return { effect: 'deny', reason: 'path_not_canonical', roles }
  const candidates = resolveRoute(app.routes[request.api], request.api, request.method, segments)
  const first = candidates[0]
  if (first === undefined) return { effect: 'deny', reason: 'route_unknown', roles }
  const own = ownRoutesOf(roles, claims)
  const reason = reasonFor(candidates, roles, own, segments)
  const found = reason === 'granted' && isNarrowed(app, request, roles, own) ? 'policy_narrowed' : reason
  const effect = found === 'granted' ? 'allow' : 'deny'
  return candidates.length === 1
    ? { effect, reason: found, roles, route: first.route }
    : { effect, reason: found, roles }
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
  { api, method, path }: Request,
  roles: readonly Role[],
  own: OwnRoutes,
): boolean {
  if (app.cacheSeconds === 0 || (api === 'http' && app.response === 'simple')) return false
  // Every policy denies escapes: no list of patterns tells a sound one from an unsound one.
  if (path.includes('%')) return true
  const { policy } = policyOf(app, api, roles, own)
  return policy.narrowed && !permits(policy, method, path)
}
