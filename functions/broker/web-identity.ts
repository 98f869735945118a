import type { Lendable } from '../../shared/access/lendable.ts'
import { PosternError } from '../../shared/error.ts'
import type { Json } from '../../shared/json.ts'
import type { Lease } from '../../shared/sts/lease.ts'
import { onlyToken } from '../../shared/token/token-place.ts'
import { borrow, readParameters, readSeconds, roleLending, roleNamed } from './borrow.ts'
import type { Call, HttpAnswer } from './call.ts'
import type { Caller } from './caller.ts'
import { instant } from './container.ts'
import type { Parts } from './parts.ts'
import { stsAnswer } from './sts-answer.ts'
import { isXmlText } from './sts-xml.ts'

const known = ['RoleArn', 'RoleSessionName', 'WebIdentityToken', 'DurationSeconds']

/**
 * STS's AssumeRoleWithWebIdentity, which SDKs call by themselves with `AWS_WEB_IDENTITY_TOKEN_FILE` (facts C3).
 * `RoleArn` names an AWS role that one role of the caller lends, or the role itself: `arn:postern:iam:::role/NAME`.
 * `RoleSessionName` is recorded, and never used; `Policy` and `PolicyArns` are refused.
 */
export async function answerWebIdentity(
  parts: Parts,
  call: Call,
  form: URLSearchParams,
): Promise<HttpAnswer> {
  for (const name of form.keys())
    if (/^Policy(Arns\b.*)?$/.test(name))
      throw new PosternError(
        'request_invalid',
        `"${name}" is not taken: the manifest says what a session may do`,
      )
  const {
    RoleArn = '',
    RoleSessionName = '',
    WebIdentityToken = '',
    DurationSeconds,
  } = readParameters(form, known)
  if (!sessionName.test(RoleSessionName))
    throw new PosternError(
      'request_invalid',
      '"RoleSessionName" is not 2 to 64 of letters, digits and _+=,.@-',
    )
  call.record.askedSessionName = RoleSessionName
  if (RoleArn === '') throw new PosternError('request_invalid', '"RoleArn" is missing')
  const wish = { scopes: undefined, seconds: readSeconds(DurationSeconds, 'DurationSeconds') }
  // SDKs send a token's file as it is, with the newline at its end (facts C3).
  const caller = await parts.identify(call, onlyToken([WebIdentityToken.trim()], 'query'))
  const role = roleOf(caller, RoleArn)
  const lease = await borrow(parts.leases, call, caller, role, wish, parts.nowMs)
  await store(parts, call, lease)
  return stsAnswer(call, 'AssumeRoleWithWebIdentity', resultOf(lease, caller, call))
}

/** Facts B1. */
const sessionName = /^[\w+=,.@-]{2,64}$/
const ofPostern = /^arn:postern:iam:::role\/(.+)$/

function roleOf(caller: Caller, roleArn: string): Lendable {
  const name = ofPostern.exec(roleArn)?.[1]
  return name === undefined ? roleLending(caller, roleArn) : roleNamed(caller, name)
}

/**
 * So that GetCallerIdentity, which clients call next, knows the key. The credentials are good without it: a table that
 * is down must not keep bots from their work, and the record says that it was.
 */
async function store({ identities }: Parts, { record }: Call, lease: Lease): Promise<void> {
  if (identities === undefined || stored.has(lease)) return
  const { accessKeyId, assumedRoleArn, assumedRoleId, accountId, expiresAtMs } = lease
  const identity = {
    accessKeyId,
    arn: assumedRoleArn,
    userId: assumedRoleId,
    account: accountId,
    expiresAtMs,
  }
  record.identityStored = await identities.put(identity).then(
    () => 1,
    () => 0,
  )
  if (record.identityStored === 1) stored.add(lease)
}

const stored = new WeakSet<Lease>()

function resultOf(lease: Lease, { issuer, claims }: Caller, { record }: Call) {
  return {
    Credentials: {
      AccessKeyId: lease.accessKeyId,
      SecretAccessKey: lease.secretAccessKey,
      SessionToken: lease.sessionToken,
      Expiration: instant(lease.expiresAtMs),
    },
    SubjectFromWebIdentityToken: subjectOf(claims.sub),
    AssumedRoleUser: { AssumedRoleId: lease.assumedRoleId, Arn: lease.assumedRoleArn },
    PackedPolicySize: lease.packedPercent === undefined ? undefined : String(lease.packedPercent),
    Provider: issuer.iss,
    Audience: audienceOf(claims.aud, issuer.audience),
    SourceIdentity: record.sessionName,
  }
}

/** The model's lengths: 6 to 255 characters. A member that cannot be said is left out. */
function subjectOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' || !isXmlText(value)) return undefined
  const { length } = [...value]
  return length >= 6 && length <= 255 ? value : undefined
}

/** The one that the issuer's entry names, of those that the token is for. */
function audienceOf(aud: Json | undefined, ours: readonly string[] | null): string | undefined {
  const all = Array.isArray(aud) ? aud : [aud]
  const one = all.find((each) => typeof each === 'string' && (ours === null || ours.includes(each)))
  return typeof one === 'string' && isXmlText(one) ? one : undefined
}
