import { hash, randomUUID } from 'node:crypto'
import type { AccessRows, App, Role } from '../../shared/access/access.ts'
import { cut, type DecisionRecord, recordLine, startRecord } from '../../shared/audit/record.ts'
import { PosternError } from '../../shared/error.ts'
import type { KeyDependencies } from '../../shared/token/key-fetch.ts'
import { settleKeys } from '../../shared/token/settle-keys.ts'
import { onlyToken } from '../../shared/token/token-place.ts'
import { createVerifier, type Verified, type Visit } from '../../shared/token/verify.ts'
import { decideCall } from './decide-call.ts'
import { type Call, readEvent } from './event.ts'
import { type Answer, refusal, render } from './render.ts'

export type Dependencies = KeyDependencies & {
  /** Takes one decision record, a line of JSON without its newline. */
  readonly emit: (line: string) => void
}

/** What Lambda calls. Of its context only the ARN by which the function was invoked is read. */
export type Authorizer = (
  event: unknown,
  context?: { readonly invokedFunctionArn?: unknown },
) => Promise<Answer>

/** The authorizer: an event in, API Gateway's answer out, one record per call. Create it once, outside the handler. */
export function createAuthorizer(access: AccessRows, dependencies: Dependencies): Authorizer {
  const verifier = createVerifier(access.issuers, dependencies)
  // A call whose app is not known is nobody's.
  const unknownApp = access.appOf === undefined ? (access.apps.at(0) as App).name : '-'

  // One async function: a second one around it costs a promise and a turn of the queue on every call.
  return async (event, context) => {
    const nowMs = dependencies.nowMs()
    const record = startRecord(randomUUID(), unknownApp, nowMs)
    const visit: Visit = { nowMs }
    let call: Call | undefined
    try {
      call = readEvent(event, access, access.appOf && aliasOf(context?.invokedFunctionArn))
      describeCall(record, call)
      const token = onlyToken(call.values, call.app.token.place)
      record.tokenSha256 = hash('sha256', token, 'base64url')
      const verifying = verifier.verify(token, record.tokenSha256, visit)
      const verified = verifying instanceof Promise ? await verifying : verifying
      describeCaller(record, verified, nowMs)
      record.tokenRemembered = visit.remembered ? 1 : 0
      const decision = decideCall(access, call, verified, nowMs)
      const roleNames = namesOf(decision.roles)
      record.roles = roleNames
      if (decision.route !== undefined) record.route = decision.route
      const { issuer, claims, times } = verified
      const rendered = render(call, decision, {
        issuer: issuer.name,
        claims,
        roleNames,
        decisionId: record.decisionId,
        secondsLeft: times.expiresAt - nowMs / 1000,
      })
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
      const settling = settleKeys(visit, dependencies.nowMs())
      if (settling) await settling
      record.durationMs = dependencies.nowMs() - nowMs
      dependencies.emit(recordLine(record))
    }
  }
}

function namesOf(roles: readonly Role[]): string {
  const only = roles[0]
  return only && roles.length === 1 ? only.name : roles.map((role) => role.name).join()
}

function describeCall(record: DecisionRecord, call: Call): void {
  record.app = call.app.name
  record.api = call.api
  if (call.requestId !== undefined) record.requestId = call.requestId
  if (call.sourceIp !== undefined) record.sourceIp = call.sourceIp
  if (call.api === 'appsync') {
    record.apiId = call.apiId
    return
  }
  record.apiId = call.arn.apiId
  record.stage = call.arn.stage
  record.method = call.arn.method
  record.path = cut(call.arn.path)
}

/** `arn:aws:lambda:eu-west-1:123456789012:function:authorizer:billing`: an alias, where it is no version. */
function aliasOf(invoked: unknown): string | undefined {
  return typeof invoked === 'string' ? /^(?:[^:]*:){7}(?!\d+$)([\w-]+)$/.exec(invoked)?.[1] : undefined
}

function describeCaller(record: DecisionRecord, verified: Verified, nowMs: number): void {
  record.issuer = verified.issuer.name
  record.subject = verified.claims.sub as string
  const keyAgeSeconds = verified.keys.ageSeconds(nowMs)
  if (keyAgeSeconds !== undefined) record.keyAgeSeconds = keyAgeSeconds
}
