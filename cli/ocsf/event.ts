import type { DecisionRecord } from '../../shared/audit/record.ts'
import {
  activityOf,
  authorizationsOf,
  classified,
  common,
  type OcsfEvent,
  type Origin,
  serviceOf,
  userOf,
} from './common.ts'
import { authorizeSession, isLent } from './session.ts'

/**
 * A decision record as an event of OCSF 1.8.0 (https://schema.ocsf.io/1.8.0): Authorize Session where credentials were
 * handed out, else API Activity once it is known who acts, Authentication before that.
 */
export function ocsfEvent(record: DecisionRecord, origin: Origin): OcsfEvent {
  if (isLent(record)) return authorizeSession(record, origin)
  const actor = actorOf(record)
  return actor === undefined ? authentication(record, origin) : apiActivity(record, actor, origin)
}

/** Class 3002: a token that was refused, or that a fault of ours kept from being judged. */
function authentication(record: DecisionRecord, origin: Origin): OcsfEvent {
  return {
    ...classified(3002, { id: 1, name: 'Logon' }),
    ...common(record, origin),
    user: { name: 'unknown', type_id: 0 },
    service: serviceOf(record),
    auth_protocol_id: 6,
    auth_protocol: 'OAUTH 2.0',
    logon_type_id: 3,
    is_remote: true,
  }
}

/** Class 6003: a call of a caller whose token held, or about an access key that was handed out. */
function apiActivity(record: DecisionRecord, actor: OcsfEvent, origin: Origin): OcsfEvent {
  const { method, action } = record
  const activity = action === 'GetCallerIdentity' ? activityOf('GET') : activityOf(method)
  return {
    ...classified(6003, activity ?? { id: 99, name: method || 'Other' }),
    ...common(record, origin),
    actor,
    authorizations: record.subject === undefined ? undefined : authorizationsOf(record),
  }
}

/** Of an access key nothing is proved but that it was handed out, so its user is left open. */
function actorOf(record: DecisionRecord): OcsfEvent | undefined {
  const { issuer, subject, effect, accessKeyId } = record
  if (subject !== undefined) return { user: userOf(record), session: { issuer } }
  return effect === 'allow' && accessKeyId ? { session: { credential_uid: accessKeyId } } : undefined
}
