import { isIP } from 'node:net'
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'

/**
 * What is wrong with an event by OCSF 1.8.0: facts H written down a second time, and the attributes and captions of the
 * schema at that version for what Postern sends beyond them.
 */
export function ocsfProblems(event: Json): readonly string[] {
  if (!isJsonObject(event)) return ['not an object']
  const kind = classes[String(event.class_uid)]
  if (kind === undefined) return [`class_uid ${event.class_uid}`]
  const attributes = [...base, ...inProfiles, ...kind.required, ...kind.others]
  return [
    ...Object.keys(event)
      .filter((name) => !attributes.includes(name))
      .map((name) => `unknown ${name}`),
    ...missing(event, ...kind.required, 'activity_id', 'category_uid', 'metadata', 'severity_id', 'time'),
    ...kind.atLeastOne.flatMap((names) => atLeastOne(event, 'the event', names)),
    ...justOne(event, kind.justOne),
    ...(event.type_uid === Number(event.class_uid) * 100 + Number(event.activity_id) ? [] : ['type_uid']),
    ...(event.category_uid === kind.category ? [] : ['category_uid']),
    ...(kind.activities.includes(Number(event.activity_id)) ? [] : ['activity_id']),
    ...(event.activity_id === 99 && !isText(event.activity_name) ? ['activity_name'] : []),
    ...(isTimeMs(event.time) ? [] : ['time']),
    ...enumProblems(event),
    ...metadataProblems(event),
    ...observableProblems(event),
    ...sessionProblems(event.session),
    ...objectProblems(event, 'event'),
  ]
}

const base = [
  'activity_id', 'activity_name', 'category_uid', 'class_uid', 'type_uid', 'metadata', 'severity_id', 'time',
  'status_id', 'status', 'status_code', 'status_detail', 'message', 'observables', 'timezone_offset', 'unmapped',
] // biome-ignore format: a list
const inProfiles = ['cloud', 'api', 'action_id', 'disposition_id', 'authorizations', 'policy']

type Kind = {
  readonly category: number
  readonly required: readonly string[]
  readonly atLeastOne: readonly (readonly string[])[]
  readonly justOne?: readonly string[]
  readonly activities: readonly number[]
  readonly others: readonly string[]
}
const classes: Readonly<Record<string, Kind>> = {
  3002: {
    category: 3,
    required: ['user'],
    atLeastOne: [['service', 'dst_endpoint']],
    activities: [1, 2, 3, 4, 5, 6, 7],
    others: ['service', 'auth_protocol_id', 'auth_protocol', 'logon_type_id', 'is_remote', 'session', 'src_endpoint', 'http_request', 'actor'], // biome-ignore format: a list
  },
  3003: {
    category: 3,
    required: ['user'],
    atLeastOne: [],
    justOne: ['privileges', 'group'],
    activities: [1, 2],
    others: ['session', 'privileges', 'group', 'actor', 'src_endpoint', 'dst_endpoint', 'http_request', 'http_response'], // biome-ignore format: a list
  },
  6003: {
    category: 6,
    required: ['actor', 'api', 'src_endpoint'],
    atLeastOne: [],
    activities: [1, 2, 3, 4, 99],
    others: ['http_request'],
  },
}

/** At least one of these must be there, by the name under which the object stands. */
const constraints: Readonly<Record<string, readonly string[]>> = {
  user: ['account', 'name', 'uid'],
  actor: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
  service: ['name', 'uid'],
  product: ['name', 'uid'],
  account: ['name', 'uid'],
  src_endpoint: ['ip', 'uid', 'name', 'hostname', 'svc_name', 'instance_uid', 'interface_uid', 'interface_name', 'domain'], // biome-ignore format: a list
  policy: ['name', 'type', 'uid'],
  url: ['url_string', 'path'],
}
const requiredOf: Readonly<Record<string, readonly string[]>> = {
  api: ['operation'],
  request: ['uid'],
  metadata: ['product', 'version'],
  cloud: ['provider'],
}

const enums: Readonly<Record<string, readonly number[]>> = {
  severity_id: [1, 2, 3, 4, 5, 6],
  status_id: [0, 1, 2, 99],
  action_id: [1, 2, 3, 4],
  disposition_id: [1, 2, 24, 25, 26, 27],
  auth_protocol_id: [4, 6, 99],
  logon_type_id: [3],
}

function enumProblems(event: JsonObject): readonly string[] {
  const statuses: Readonly<Record<string, string>> = { 1: 'Success', 2: 'Failure' }
  return [
    ...Object.entries(enums).flatMap(([name, values]) =>
      event[name] === undefined || values.includes(Number(event[name])) ? [] : [name],
    ),
    ...(event.status === undefined || event.status === statuses[String(event.status_id)] ? [] : ['status']),
  ]
}

/** A profile's attributes may stand there only where it is named, and its requirements hold where it is. */
function metadataProblems(event: JsonObject): readonly string[] {
  const { version, profiles = [], uid } = (event.metadata ?? {}) as JsonObject
  if (!Array.isArray(profiles)) return ['profiles']
  const control = ['action_id', 'disposition_id', 'authorizations', 'policy'].filter((name) => name in event)
  return [
    ...(version === '1.8.0' ? [] : ['version']),
    ...(uid === undefined || isText(uid) ? [] : ['metadata.uid']),
    ...profiles.filter((name) => !['cloud', 'datetime', 'host', 'osint', 'security_control'].includes(String(name))).map((name) => `profile ${name}`), // biome-ignore format: a chain
    ...(profiles.includes('cloud')
      ? missing(event, 'cloud')
      : 'cloud' in event
        ? ['cloud without its profile']
        : []),
    ...(profiles.includes('security_control') ? [] : control.map((name) => `${name} without its profile`)),
  ]
}

/** Every object below the event, by the name it has; nothing may be null or an empty text. */
function objectProblems(value: JsonObject, at: string): readonly string[] {
  const name = at.split('.').at(-1) ?? ''
  return [
    ...atLeastOne(value, at, constraints[name] ?? []),
    ...(at.startsWith('event.unmapped') ? [] : missing(value, ...(requiredOf[name] ?? []))),
    ...(name === 'user' && ![undefined, 0, 1, 2, 3, 4, 99].includes(value.type_id as number)
      ? ['user.type_id']
      : []),
    ...Object.entries(value).flatMap(([member, inner]) => {
      if (inner === null || inner === '') return [`${at}.${member} is empty`]
      if (member === 'ip' && isIP(String(inner)) === 0) return [`${at}.ip`]
      const objects = Array.isArray(inner) ? inner : [inner]
      return objects.filter(isJsonObject).flatMap((one) => objectProblems(one, `${at}.${member}`))
    }),
  ]
}

function atLeastOne(value: JsonObject, at: string, names: readonly string[]): readonly string[] {
  return names.length === 0 || names.some((name) => name in value)
    ? []
    : [`${at} has none of ${names.join()}`]
}

function justOne(event: JsonObject, names: readonly string[] | undefined): readonly string[] {
  const given = (names ?? []).filter((name) => name in event)
  return names === undefined || given.length === 1
    ? []
    : [`of ${names.join()} there is ${given.join() || 'none'}`]
}

const observableTypes: Readonly<Record<string, readonly [number, string]>> = {
  ip: [2, 'IP Address'],
  credential_uid: [19, 'User Credential ID'],
}

/** An observable says again what stands at its name, by the type that the dictionary gives the last attribute of it. */
function observableProblems(event: JsonObject): readonly string[] {
  const { observables = [] } = event
  if (!Array.isArray(observables) || 'observables' in event === (observables.length === 0))
    return ['observables']
  return observables.filter(isJsonObject).flatMap(({ name, type_id, type, value }) => {
    const steps = String(name).split('.')
    const [typeId, caption] = observableTypes[steps.at(-1) ?? ''] ?? []
    const found = steps.reduce<Json | undefined>((at, step) => (isJsonObject(at) ? at[step] : undefined), event) // biome-ignore format: a chain
    const isRight = type_id === typeId && type === caption && isText(value) && value === found
    return isRight ? [] : [`observable ${name}`]
  })
}

const sessionTexts = ['uid', 'uid_alt', 'uuid', 'issuer', 'credential_uid', 'expiration_reason', 'terminal']
const sessionFlags = ['is_remote', 'is_mfa', 'is_vpn']

function sessionProblems(session: Json | undefined): readonly string[] {
  if (session === undefined) return []
  if (!isJsonObject(session)) return ['session']
  return Object.entries(session).flatMap(([name, value]) => {
    const isRight =
      (sessionTexts.includes(name) && isText(value)) ||
      (sessionFlags.includes(name) && typeof value === 'boolean') ||
      (['created_time', 'expiration_time'].includes(name) && isTimeMs(value))
    return isRight ? [] : [`session.${name}`]
  })
}

function missing(value: JsonObject, ...names: readonly string[]): readonly string[] {
  return names.filter((name) => !Object.hasOwn(value, name)).map((name) => `${name} is missing`)
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value !== ''
}

/** Seconds or microseconds would be some other century. */
function isTimeMs(time: Json | undefined): boolean {
  return Number.isSafeInteger(time) && Number(time) > Date.UTC(2020) && Number(time) < Date.UTC(2100)
}
