import type { AccessRows } from '../../shared/access/access.ts'
import { type Decision, decideFor, rolesOf } from '../../shared/access/decide.ts'
import { PosternError } from '../../shared/error.ts'
import { stageName } from '../../shared/gateway/arn.ts'
import { hasRoute } from '../../shared/gateway/stale.ts'
import type { Verified } from '../../shared/token/verify.ts'
import type { Call } from './event.ts'

/**
 * The decision on a call of a verified caller. The console's test of an authorizer has `*` for a stage, and nothing is
 * granted there. Throws `routes_stale`, and what `decideFor` throws.
 */
export function decideCall(
  access: AccessRows,
  call: Call,
  { issuer, claims }: Pick<Verified, 'issuer' | 'claims'>,
  nowMs: number,
): Decision {
  const { app, api } = call
  if (api !== 'appsync' && !stageName.test(call.arn.stage))
    return { effect: 'deny', reason: 'stage_unknown', roles: [] }
  const roles = rolesOf(access, issuer.name, claims, nowMs / 1000)
  if (api === 'appsync') return decideFor(app, roles, claims, { api, method: '', path: '' })
  const { arn, routed, simple } = call
  const decision = decideFor(app, roles, claims, { api, method: arn.method, path: arn.path, simple })
  // The gateway took another route than any that was decided on: the routes file is not the API's any more.
  const { routes, proven } = app
  if (
    decision.effect === 'allow' &&
    api !== 'websocket' &&
    proven[api] &&
    routed !== undefined &&
    !hasRoute(routes[api], routed, arn)
  )
    throw new PosternError('routes_stale', 'the routes file lacks the route that API Gateway took', {
      routed,
    })
  return decision
}
