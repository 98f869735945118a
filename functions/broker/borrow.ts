import type { RoleCredentials } from '../../shared/access/access.ts'
import type { Lendable } from '../../shared/access/lendable.ts'
import { PosternError } from '../../shared/error.ts'
import type { Lease } from '../../shared/sts/lease.ts'
import type { Leases } from '../../shared/sts/leases.ts'
import { sessionOf } from '../../shared/sts/session.ts'
import { minSessionSeconds } from '../../shared/sts/session-seconds.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'

/** What a caller asks for beside the role. */
export type Wish = {
  readonly scopes: readonly string[] | undefined
  readonly seconds: number | undefined
}

/** STS's own bound (facts B1). */
export const maxAskedSeconds = 43_200

/**
 * The caller's role of that name, where it lends an AWS role. Throws `role_not_granted`, with one message for a role
 * that is another's and for one that is not there, and `role_lends_nothing`.
 */
export function roleNamed(caller: Caller, name: string): Lendable {
  const found = caller.lendable.find(({ role }) => role.name === name)
  if (found !== undefined) return found
  if (caller.roles.some((role) => role.name === name))
    throw new PosternError('role_lends_nothing', "this role of the caller's lends no AWS role")
  throw notGranted()
}

/** The caller's one role with that AWS role. Throws `role_not_granted`, `role_ambiguous`. */
export function roleLending(caller: Caller, roleArn: string): Lendable {
  const [found, another] = caller.lendable.filter(({ role }) => role.credentials?.roleArn === roleArn)
  if (found === undefined) throw notGranted()
  if (another === undefined) return found
  throw new PosternError(
    'role_ambiguous',
    `the roles ${found.role.name} and ${another.role.name} lend this AWS role; name one as arn:postern:iam:::role/NAME`,
  )
}

function notGranted(): PosternError {
  return new PosternError('role_not_granted', 'no role of the caller is called that, or lends that')
}

/** Credentials of the role for the caller. The record has all that is known of the session, however it ends. */
export async function borrow(
  leases: Leases,
  call: Call,
  caller: Caller,
  { role, trustEnds, scopes: within }: Lendable,
  wish: Wish,
  nowMs: () => number,
): Promise<Lease> {
  const { record, visit } = call
  const credentials = role.credentials as RoleCredentials
  record.role = role.name
  if (role.app !== undefined) record.app = role.app
  record.awsRole = credentials.roleArn
  const scopes = scopesWithin(wish.scopes, within)
  const session = sessionOf(credentials, {
    role: role.name,
    issuer: caller.issuer.name,
    claims: caller.claims,
    scopes,
    asked: wish.seconds,
    nowSeconds: visit.nowMs / 1000,
    tokenEnds: caller.times.expiresAt,
    trustEnds,
  })
  if (scopes) record.scopes = scopes.join(' ')
  record.sessionName = session.name
  record.sessionSeconds = session.seconds
  const askedMs = nowMs()
  try {
    const { lease, held } = await leases.borrow(session)
    describeLease(call, lease, held)
    return lease
  } finally {
    if (record.leaseHeld !== 1) record.stsMs = nowMs() - askedMs
  }
}

/** A token that names scopes of a role gives no more than those; by default all of them. */
function scopesWithin(
  asked: readonly string[] | undefined,
  within: readonly string[] | undefined,
): readonly string[] | undefined {
  if (within === undefined || asked === undefined) return asked ?? within
  if (asked.every((name) => within.includes(name))) return asked
  throw new PosternError(
    'scope_unknown',
    `the token's own scope leaves of this role ${within.join(', ')} alone`,
  )
}

function describeLease({ record }: Call, lease: Lease, held: boolean): void {
  record.leaseHeld = held ? 1 : 0
  record.accessKeyId = lease.accessKeyId
  record.expiresAtMs = lease.expiresAtMs
  if (lease.packedPercent !== undefined) record.packedPercent = lease.packedPercent
  if (lease.droppedTags.length > 0) record.droppedTags = lease.droppedTags.join()
}

/** A length in seconds as text. Throws `request_invalid`. */
export function readSeconds(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (seconds >= minSessionSeconds && seconds <= maxAskedSeconds) return seconds
  throw new PosternError(
    'request_invalid',
    `"${name}" is not a whole number of seconds from ${minSessionSeconds} to ${maxAskedSeconds}`,
  )
}

/** The values of parameters, each there once, and none that is not among `known`. Throws `request_invalid`. */
export function readParameters(
  parameters: URLSearchParams,
  known: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const values: Record<string, string> = Object.create(null)
  for (const [name, value] of parameters) {
    if (!known.includes(name))
      throw new PosternError('request_invalid', `of parameters it takes ${known.join(', ') || 'none'}`)
    if (name in values) throw new PosternError('request_invalid', `"${name}" is there twice`)
    values[name] = value
  }
  return values
}
