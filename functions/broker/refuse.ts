import { type Reason, reasons } from '../../shared/reason.ts'
import { type HttpAnswer, jsonAnswer } from './call.ts'
import { stsRefusal } from './sts-answer.ts'

/** What the caller is told: of its own faults what failed, of ours no more than the reason. */
function toldOf(reason: Reason, message: string, decisionId: string): string {
  const detail = reasons[reason].fault === 'caller' ? `: ${message}` : ''
  return `${reason}${detail} (decision ${decisionId})`
}

/** A refusal as STS would answer it. */
export function refuseAsSts(reason: Reason, message: string, decisionId: string): HttpAnswer {
  const { sts, http } = reasons[reason]
  return stsRefusal(decisionId, sts, http, toldOf(reason, message, decisionId))
}

/** A refusal as JSON. SDKs read a container's error by either spelling (facts C1). */
export function refuseAsJson(reason: Reason, message: string, decisionId: string): HttpAnswer {
  const { sts: code, http } = reasons[reason]
  const told = toldOf(reason, message, decisionId)
  // RFC 6750 section 3: no error code where no token was sent.
  const challenge = reason === 'token_missing' ? 'Bearer' : 'Bearer error="invalid_token"'
  const headers = http === 401 ? { 'www-authenticate': challenge } : {}
  return jsonAnswer(http, { code, message: told, Code: code, Message: told, reason, decisionId }, headers)
}

/** A refusal as RFC 6749 section 5.2 has it: 400 but for a client that does not prove itself, and faults of ours. */
export function refuseAsOAuth(reason: Reason, message: string, decisionId: string): HttpAnswer {
  const { oauth: error, http, fault } = reasons[reason]
  const status = error === 'invalid_client' ? 401 : fault === 'caller' && http !== 404 ? 400 : http
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="postern"' } : {}
  const described = { error, error_description: toldOf(reason, message, decisionId), reason, decisionId }
  return jsonAnswer(status, described, challenge)
}
