import { hash, randomUUID } from 'node:crypto'
import type { Access, Role } from '../../shared/access/access.ts'
import { type Decision, decideFor, rolesOf } from '../../shared/access/decide.ts'
import { cut, type DecisionRecord, recordLine, startRecord } from '../../shared/audit/record.ts'
import { PosternError } from '../../shared/error.ts'
import { stageName } from '../../shared/gateway/arn.ts'
import { hasRoute } from '../../shared/gateway/stale.ts'
import { maxFindMs } from '../../shared/token/issuer-keys.ts'
import type { KeyDependencies } from '../../shared/token/key-fetch.ts'
import { createVerifier, type Verified, type Visit } from '../../shared/token/verify.ts'
import { within } from '../../shared/token/within.ts'
import { type Call, readEvent } from './event.ts'
import { type Answer, createRenderer, refusal } from './render.ts'
import { onlyToken } from './token-place.ts'

export type Dependencies = KeyDependencies & {
  /** Takes one decision record, a line of JSON without its newline. */
  readonly emit: (line: string) => void
}

/** How long an invocation waits at its end for a fetch of keys, since Lambda freezes what is still under way. */
export const maxRefreshWaitMs = 300

/** The authorizer: an event in, API Gateway's answer out, one record per call. Create it once, outside the handler. */
export function createAuthorizer(
  access: Access,
  dependencies: Dependencies,
): (event: unknown) => Promise<Answer> {
  const verifier = createVerifier(access.issuers, dependencies)
  const render = createRenderer(access.app)

  // One async function: a second one around it costs a promise and a turn of the queue on every call.
  return async (event) => {
    const nowMs = dependencies.nowMs()
    const record = startRecord(randomUUID(), access.app.name, nowMs)
    const visit: Visit = { nowMs }
    let call: Call | undefined
    try {
      call = readEvent(event, access.app)
      describeCall(record, call)
      const token = onlyToken(call.values, access.app.token.place)
      record.tokenSha256 = hash('sha256', token, 'base64url')
      const verifying = verifier.verify(token, record.tokenSha256, visit)
      const verified = verifying instanceof Promise ? await verifying : verifying
      describeCaller(record, verified, nowMs)
      const decision = decideCall(access, call, verified, nowMs)
      const roleNames = namesOf(decision.roles)
      record.roles = roleNames
      if (decision.route !== undefined) record.route = decision.route
      const { issuer, claims } = verified
      const caller = { issuer: issuer.name, claims, roleNames, decisionId: record.decisionId }
      const rendered = render(call, decision, caller)
      record.effect = decision.effect
      record.reason = decision.reason
      return rendered
    } catch (error) {
      const known = error instanceof PosternError ? error : undefined
      record.effect = 'deny'
      record.reason = known?.reason ?? 'internal_error'
      record.message = known?.message ?? 'a fault in Postern itself; please report it'
      return refusal(call, record.reason, record.decisionId)
    } finally {
      // Refused or not: a flood of bad tokens must not keep an issuer's keys from being refreshed.
      const pending = visit.keys?.pending(dependencies.nowMs())
      if (pending) await within(patience(pending.overdue, dependencies.nowMs() - nowMs), pending.done)
      record.durationMs = dependencies.nowMs() - nowMs
      dependencies.emit(recordLine(record))
    }
  }
}

function namesOf(roles: readonly Role[]): string {
  const only = roles[0]
  return only && roles.length === 1 ? only.name : roles.map((role) => role.name).join()
}

/** The console's test of an authorizer has `*` for a stage; nothing is granted there. */
function decideCall(access: Access, call: Call, { issuer, claims }: Verified, nowMs: number): Decision {
  if (!stageName.test(call.arn.stage)) return { effect: 'deny', reason: 'stage_unknown', roles: [] }
  const roles = rolesOf(access, issuer.name, claims, nowMs / 1000)
  const { api, arn, routed } = call
  const decision = decideFor(access, roles, claims, { api, method: arn.method, path: arn.path })
  // The gateway took another route than any that was decided on: the routes file is not the API's any more.
  const { routes, proven } = access.app
  if (
    decision.effect === 'allow' &&
    proven[api] &&
    routed !== undefined &&
    !hasRoute(routes[api], routed, arn)
  )
    throw new PosternError('routes_stale', 'the routes file lacks the route that API Gateway took', {
      routed,
    })
  return decision
}

/**
 * A refresh that follows one which froze is waited for in full: on an instance that is called once a minute, none
 * of an issuer that takes longer than the usual wait would ever come in.
 */
function patience(overdue: boolean, elapsedMs: number): number {
  return overdue ? maxFindMs - elapsedMs : Math.min(maxRefreshWaitMs, maxFindMs - elapsedMs)
}

function describeCall(record: DecisionRecord, call: Call): void {
  record.api = call.api
  record.apiId = call.arn.apiId
  record.stage = call.arn.stage
  record.method = call.arn.method
  record.path = cut(call.arn.path)
  if (call.requestId !== undefined) record.requestId = call.requestId
}

function describeCaller(record: DecisionRecord, verified: Verified, nowMs: number): void {
  record.issuer = verified.issuer.name
  record.subject = verified.claims.sub as string
  const keyAgeSeconds = verified.keys.ageSeconds(nowMs)
  if (keyAgeSeconds !== undefined) record.keyAgeSeconds = keyAgeSeconds
}
