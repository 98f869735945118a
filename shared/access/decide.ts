import { canonicalPath } from '../gateway/canonical-path.ts'
import { type Candidate, resolveRoute } from '../gateway/resolve.ts'
import type { Outcome } from '../reason.ts'
import type { Access, IssuerName, Role } from './access.ts'
import type { Claims } from './claims.ts'
import { rolesOf } from './roles-of.ts'

export { rolesOf }

/** Who calls: an issuer of the manifest and claims verified as its own. */
export type Principal = { readonly issuer: IssuerName; readonly claims: Claims }

/** A concrete call, as the gateway's ARN names it: `path` begins with `/` and is not decoded. */
export type Request = { readonly api: 'rest' | 'http'; readonly method: string; readonly path: string }

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
  return decideFor(access, rolesOf(access, principal.issuer, principal.claims, nowSeconds), request)
}

/** The same for roles already known. */
export function decideFor(access: Access, roles: readonly Role[], request: Request): Decision {
  if (roles.length === 0) return { effect: 'deny', reason: 'role_none', roles }
  const segments = canonicalPath(request.path, access.app.encodedPaths)
  if (segments === undefined) return { effect: 'deny', reason: 'path_not_canonical', roles }
  const candidates = resolveRoute(access.app.routes[request.api], request.api, request.method, segments)
  const first = candidates[0]
  if (first === undefined) return { effect: 'deny', reason: 'route_unknown', roles }
  const granted = candidates.every((candidate) => areGranted(roles, candidate))
  const effect = granted ? 'allow' : 'deny'
  const reason = granted ? 'granted' : 'route_not_granted'
  return candidates.length === 1 ? { effect, reason, roles, route: first.route } : { effect, reason, roles }
}

function areGranted(roles: readonly Role[], candidate: Candidate): boolean {
  for (const role of roles) if (grants(role, candidate)) return true
  return false
}

/** A role grants a route that it lists, or lists with ANY. Nothing else covers it. */
function grants(role: Role, candidate: Candidate): boolean {
  for (const key of candidate.keys) if (role.routes.includes(key)) return true
  return false
}
