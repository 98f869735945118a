import { readSeconds, roleLending, roleNamed } from '../functions/broker/borrow.ts'
import type { Call } from '../functions/broker/call.ts'
import { type Caller, identify } from '../functions/broker/caller.ts'
import type { Access, Role, RoleCredentials } from '../shared/access/access.ts'
import { startRecord } from '../shared/audit/record.ts'
import { fetchJson } from '../shared/http/fetch-json.ts'
import { didYouMean } from '../shared/manifest/spelling.ts'
import { type Asked, sessionOf } from '../shared/sts/session.ts'
import { maxChainedSeconds } from '../shared/sts/session-seconds.ts'
import { onlyToken } from '../shared/token/token-place.ts'
import { createVerifier } from '../shared/token/verify.ts'
import { mendOf, refused, verdictText } from './explain-verdict.ts'
import type { Borrow, Bound, Explanation, Loan, PlannedSession, Verdict } from './explanation.ts'
import { reasonTexts } from './reason-text.ts'
import { roleMisses } from './role-misses.ts'

export type ExplainRoleOptions = {
  readonly access: Access
  readonly token: string
  readonly borrow: Borrow
  readonly nowMs: () => number
  /** Where `--local` says that the keys are. */
  readonly localIssuers?: string | undefined
}

/**
 * Replays a token against a role with the broker's own code, and says how far it came and what session the broker would
 * ask of STS. Fetches the issuer's keys as the broker would; asks STS nothing, so of the AWS role's trust policy and of
 * the session's packed size it knows nothing.
 */
export async function explainRole(options: ExplainRoleOptions): Promise<Explanation> {
  const { access, borrow } = options
  const nowMs = options.nowMs()
  let token: string | undefined
  let caller: Caller | undefined
  let session: PlannedSession | undefined
  let verdict: Verdict
  try {
    const seconds = readSeconds(borrow.durationSeconds?.toString(), 'durationSeconds')
    token = onlyToken([options.token], 'header')
    const verifier = createVerifier(access.issuers, { fetchJson, nowMs: options.nowMs })
    caller = await identify(access, verifier, callAt(nowMs), token)
    session = plan(caller, borrow, seconds, nowMs / 1000)
    verdict = { effect: 'allow', reason: 'granted' }
  } catch (error) {
    verdict = refused(error)
  }
  const lenders = lendersOf(access, borrow.role)
  const role = access.roles.find(({ name }) => name === borrow.role)
  // After a fault in Postern itself nothing more is worked out: it would meet the same.
  const known = verdict.reason === 'internal_error' ? undefined : caller
  return {
    ...verdictText(access, verdict, 'role', token, caller?.issuer),
    mend: mend(verdict, access, borrow.role, role, options.localIssuers),
    ...callerOf(access, known, [...(role ? [role] : []), ...lenders], nowMs / 1000),
    borrow,
    ...(role?.app !== undefined && { app: role.app }),
    lends: loansOf(access, borrow.role, role),
    grantedBy: lenders.map(({ name }) => name),
    ...(session && { session }),
  }
}

/** Of a call `identify` needs its time, and a record to fill. */
function callAt(nowMs: number): Call {
  const record = startRecord('', '', nowMs)
  const request = { httpMethod: 'GET', path: '/', query: new URLSearchParams(), headers: [], body: '' }
  const unknown = { requestId: undefined, sourceIp: undefined, apiId: undefined, stage: undefined }
  return { ...request, ...unknown, record, visit: { nowMs } }
}

function isAwsRole(role: string): boolean {
  return role.startsWith('arn:')
}

function plan(
  caller: Caller,
  { role: asked, scopes }: Borrow,
  seconds: number | undefined,
  nowSeconds: number,
): PlannedSession {
  const { role, trustEnds } = isAwsRole(asked) ? roleLending(caller, asked) : roleNamed(caller, asked)
  const credentials = role.credentials as RoleCredentials
  const wish: Asked = {
    role: role.name,
    issuer: caller.issuer.name,
    claims: caller.claims,
    scopes,
    asked: seconds,
    nowSeconds,
    tokenEnds: caller.times.expiresAt,
    trustEnds,
  }
  const { roleArn, policy, ...session } = sessionOf(credentials, wish)
  return {
    awsRole: roleArn,
    ...session,
    sourceIdentity: session.name,
    boundedBy: boundOf(credentials, wish, session.seconds),
    ...(policy !== undefined && { policy: JSON.parse(policy) }),
  }
}

/** As `sessionSeconds` comes to it. */
function boundOf(
  { durationSeconds, maxDurationSeconds, endsWithToken }: RoleCredentials,
  { asked, tokenEnds, trustEnds = Number.POSITIVE_INFINITY }: Asked,
  seconds: number,
): Bound {
  const wanted = asked ?? durationSeconds
  if (seconds < Math.min(wanted, maxDurationSeconds, maxChainedSeconds))
    return endsWithToken && tokenEnds < trustEnds ? 'token' : 'trust'
  if (seconds < wanted) return 'maxDurationSeconds'
  return asked === undefined ? 'durationSeconds' : 'asked'
}

/** The roles whose callers may borrow what is asked for: that role, and those that include it. */
function lendersOf({ roles }: Access, asked: string): readonly Role[] {
  const isMeant = (at: number) => {
    const { name, credentials } = roles[at] as Role
    return isAwsRole(asked) ? credentials?.roleArn === asked : name === asked
  }
  return roles.filter(({ lends = [] }) => lends.some(isMeant))
}

function loansOf({ roles }: Access, asked: string, role: Role | undefined): readonly Loan[] {
  const lent = isAwsRole(asked)
    ? roles.filter(({ credentials }) => credentials?.roleArn === asked)
    : (role?.lends ?? []).map((at) => roles[at] as Role)
  return lent.map(({ name, credentials }) => {
    const { roleArn, scopes } = credentials as RoleCredentials
    return { role: name, awsRole: roleArn, scopes: scopes && Object.keys(scopes) }
  })
}

/** The broker tells a caller neither which roles there are nor what they include; whoever has the manifest knows. */
function mend(
  { reason }: Verdict,
  access: Access,
  asked: string,
  role: Role | undefined,
  localIssuers: string | undefined,
): string {
  if (reason === 'granted') return `Nothing here. Where STS refuses it: ${reasonTexts.sts_refused.mend}`
  if (reason === 'role_lends_nothing') {
    const included = (role?.lends ?? []).map((at) => access.roles[at]?.name)
    if (included.length > 0) return `Ask for one of the roles that it includes: ${included.join(', ')}.`
  }
  if (reason !== 'role_not_granted') return mendOf(reason, localIssuers)
  if (lendersOf(access, asked).length > 0)
    return 'Mend what the caller lacks: its claims, or the `trust` of a role that lends this.'
  if (role !== undefined) return reasonTexts.role_lends_nothing.mend
  if (isAwsRole(asked)) return 'No role of the manifest lends that AWS role.'
  const near = didYouMean(
    asked,
    access.roles.map(({ name }) => name),
  )
  return `No role of the manifest is called that${near === undefined ? '.' : `; did you mean "${near}"?`}`
}

function callerOf(
  access: Access,
  caller: Caller | undefined,
  among: readonly Role[],
  nowSeconds: number,
): Pick<Explanation, 'caller' | 'rolesMissed'> {
  if (caller === undefined) return { rolesMissed: [] }
  const { issuer, claims, roles } = caller
  return {
    caller: { issuer: issuer.name, subject: claims.sub as string, roles: roles.map(({ name }) => name) },
    rolesMissed: roleMisses(access, among, issuer.name, claims, roles, nowSeconds),
  }
}
