import type { DecisionRecord } from '../../shared/audit/record.ts'
import {
  addressOf,
  authorizationsOf,
  classified,
  common,
  type OcsfEvent,
  type Origin,
  unmappedOf,
  userOf,
} from './common.ts'

/** What a record has where credentials were handed out. */
export const lentMembers = [
  'role',
  'awsRole',
  'sessionName',
  'sessionSeconds',
  'accessKeyId',
  'expiresAtMs',
] as const satisfies readonly (keyof DecisionRecord)[]

type LentRecord = DecisionRecord & Required<Pick<DecisionRecord, (typeof lentMembers)[number]>>

export function isLent(record: DecisionRecord): record is LentRecord {
  return record.effect === 'allow' && lentMembers.every((name) => record[name] !== undefined)
}

/**
 * Class 3003: a caller got the credentials of a session in an AWS role. As in the events that AWS makes of CloudTrail,
 * the AWS role is the session's issuer, and who vouched for the caller stands in the actor's own session.
 */
export function authorizeSession(record: LentRecord, origin: Origin): OcsfEvent {
  const { issuer, role, awsRole, sessionName, sessionSeconds, accessKeyId, expiresAtMs, sourceIp } = record
  const key = {
    name: 'session.credential_uid',
    type_id: 19,
    type: 'User Credential ID',
    value: accessKeyId,
  }
  const unmapped = unmappedOf(record)
  return {
    ...classified(3003, { id: 1, name: 'Assign Privileges' }),
    ...common(record, origin),
    actor: { user: userOf(record), session: { issuer } },
    user: userOf(record),
    session: {
      // The name is the same in all sessions of a caller.
      uid: accessKeyId,
      credential_uid: accessKeyId,
      uid_alt: sessionArn(awsRole, sessionName),
      issuer: awsRole,
      created_time: expiresAtMs - sessionSeconds * 1000,
      expiration_time: expiresAtMs,
      is_remote: true,
    },
    privileges: privilegesOf(record),
    policy: { name: role },
    authorizations: authorizationsOf(record),
    observables: sourceIp === undefined ? [key] : [addressOf(sourceIp), key],
    unmapped: Object.fromEntries(Object.entries(unmapped).filter(([name]) => !placed.has(name))),
  }
}

/** What stands elsewhere in the event. The name does too, within an ARN, but it is what CloudTrail is searched by. */
const placed: ReadonlySet<string> = new Set([
  ...lentMembers.filter((name) => name !== 'sessionName'),
  'scopes',
])

/** Of all that the role lends, or of the scopes that were asked for: the class has it that there is at least one. */
function privilegesOf({ role, scopes }: LentRecord): readonly string[] {
  return scopes === undefined ? [role] : scopes.split(' ').map((scope) => `${role}/${scope}`)
}

/** A session's ARN has no more of the AWS role's path than its name (facts B2). */
function sessionArn(awsRole: string, sessionName: string): string | undefined {
  const [, partition, account, name] =
    /^arn:([\w-]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(awsRole) ?? []
  return name && `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`
}
