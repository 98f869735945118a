import packageJson from '../../package.json' with { type: 'json' }
import type { DecisionRecord } from '../../shared/audit/record.ts'
import { type Outcome, reasons } from '../../shared/reason.ts'
import { reasonTexts } from '../reason-text.ts'

/** Where the authorizer or the broker ran, as far as it is known: no record says so. */
export type Origin = { readonly region?: string | undefined; readonly account?: string | undefined }

/** An OCSF event. Members that are `undefined` are absent in its JSON. */
export type OcsfEvent = Readonly<Record<string, unknown>>

export type Activity = { readonly id: number; readonly name: string }

const read: Activity = { id: 2, name: 'Read' }
const update: Activity = { id: 3, name: 'Update' }
const activities: Readonly<Record<string, Activity>> = {
  GET: read,
  HEAD: read,
  OPTIONS: read,
  POST: { id: 1, name: 'Create' },
  PUT: update,
  PATCH: update,
  DELETE: { id: 4, name: 'Delete' },
}

/** Of the methods of API Gateway, which OCSF has all; a record may hold any other text. */
export function activityOf(method: string | undefined): Activity | undefined {
  return method !== undefined && Object.hasOwn(activities, method) ? activities[method] : undefined
}

export function classified(classUid: 3002 | 3003 | 6003, { id, name }: Activity): OcsfEvent {
  return {
    category_uid: Math.floor(classUid / 1000),
    class_uid: classUid,
    activity_id: id,
    activity_name: name,
    type_uid: classUid * 100 + id,
  }
}

/** What all classes have, those of the profiles `cloud` and `security_control` included. */
export function common(record: DecisionRecord, { region, account }: Origin): OcsfEvent {
  const { reason, sourceIp, method, path } = record
  const { means } = reasonTexts[reason]
  const ip = sourceIp === undefined ? undefined : { ip: sourceIp }
  return {
    ...judged(reason, record.subject !== undefined),
    time: record.timeMs,
    timezone_offset: 0,
    status_code: reason,
    status_detail: record.message ?? means,
    message: means,
    metadata: {
      version: '1.8.0',
      product: { name: 'Postern', vendor_name: 'Postern', version: packageJson.version },
      uid: record.decisionId,
      profiles: ['cloud', 'security_control'],
    },
    cloud: { provider: 'AWS', region, account: account && { uid: account, type_id: 10 } },
    api: record.api && {
      operation: record.route ?? record.action ?? (method || record.api),
      request: record.requestId && { uid: record.requestId },
      service: serviceOf(record),
    },
    src_endpoint: ip ?? { svc_name: serviceOf(record).name },
    http_request: method && path ? { http_method: activityOf(method) && method, url: { path } } : undefined,
    observables: ip && [addressOf(ip.ip)],
    unmapped: unmappedOf(record),
  }
}

export function addressOf(ip: string): OcsfEvent {
  return { name: 'src_endpoint.ip', type_id: 2, type: 'IP Address', value: ip }
}

/** Whether a subject is a person or a service, no token says in a way that holds for all issuers. */
export function userOf({ subject }: DecisionRecord): OcsfEvent {
  return { uid: subject, type_id: 0 }
}

/** How it came out: severity, status, action, disposition. */
function judged(reason: Outcome, isCallerKnown: boolean): OcsfEvent {
  if (reason === 'granted')
    return { severity_id: 1, status_id: 1, status: 'Success', action_id: 1, disposition_id: 1 }
  const refused = { status_id: 2, status: 'Failure', action_id: 2 }
  if (reasons[reason].fault === 'ours') return { severity_id: 4, ...refused, disposition_id: 27 }
  return { severity_id: 2, ...refused, disposition_id: isCallerKnown ? 26 : 2 }
}

export function serviceOf({ api, apiId }: DecisionRecord): {
  readonly name: string
  readonly uid?: string | undefined
} {
  const names = { appsync: 'AWS AppSync', broker: 'Postern broker' } as const
  return { name: api === 'appsync' || api === 'broker' ? names[api] : 'Amazon API Gateway', uid: apiId }
}

/** One for each role that the caller had; a fault of ours decided nothing. */
export function authorizationsOf({
  effect,
  reason,
  roles,
}: DecisionRecord): readonly OcsfEvent[] | undefined {
  if (reason !== 'granted' && reasons[reason].fault === 'ours') return undefined
  if (!roles) return [{ decision: effect }]
  return roles.split(',').map((name) => ({ decision: effect, policy: { name } }))
}

/** What OCSF has no place for, by the record's own names. */
export function unmappedOf(record: DecisionRecord): OcsfEvent {
  const { app, api, stage, tokenSha256, keyAgeSeconds, tokenRemembered, durationMs } = record
  const { action, role, awsRole, scopes, sessionName, sessionSeconds, accessKeyId, expiresAtMs } = record
  const { leaseHeld, stsMs, packedPercent, droppedTags, askedSessionName, identityStored } = record
  const borrowed = { action, role, awsRole, scopes, sessionName, sessionSeconds, accessKeyId, expiresAtMs }
  const fromSts = { leaseHeld, stsMs, packedPercent, droppedTags, askedSessionName, identityStored }
  const roles = authorizationsOf(record) === undefined ? record.roles || undefined : undefined
  return {
    app,
    api,
    stage,
    roles,
    tokenSha256,
    keyAgeSeconds,
    tokenRemembered,
    durationMs,
    ...borrowed,
    ...fromSts,
  }
}
