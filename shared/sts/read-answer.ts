import type { AssumeRoleCommandOutput } from '@aws-sdk/client-sts'
import { PosternError } from '../error.ts'
import type { AssumeRole } from './assume-role.ts'
import type { Lease } from './lease.ts'

/**
 * STS's answer as a lease, every member of it checked. Throws `sts_unavailable` for one that is not whole, is over
 * already, or is about another session than the one that was asked for.
 */
export function readAnswer(
  { Credentials, AssumedRoleUser, PackedPolicySize }: Partial<AssumeRoleCommandOutput>,
  request: AssumeRole,
  droppedTags: readonly string[],
  nowMs: number,
): Lease {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
  const arn = AssumedRoleUser?.Arn ?? ''
  const accountId = assumedRoleArn.exec(arn)?.[1]
  const expiresAtMs = Expiration instanceof Date ? Expiration.getTime() : Number.NaN
  if (!accessKeyId.test(AccessKeyId ?? '')) throw unsound('AccessKeyId')
  if (!visible.test(SecretAccessKey ?? '')) throw unsound('SecretAccessKey')
  if (!visible.test(SessionToken ?? '')) throw unsound('SessionToken')
  if (!(expiresAtMs > nowMs)) throw unsound('Expiration')
  if (accountId === undefined || !arn.endsWith(`/${request.RoleSessionName}`))
    throw unsound('AssumedRoleUser')
  return Object.freeze({
    accessKeyId: AccessKeyId as string,
    secretAccessKey: SecretAccessKey as string,
    sessionToken: SessionToken as string,
    expiresAtMs,
    mintedAtMs: nowMs,
    assumedRoleArn: arn,
    assumedRoleId: AssumedRoleUser?.AssumedRoleId ?? '',
    accountId,
    seconds: request.DurationSeconds,
    packedPercent: PackedPolicySize,
    droppedTags: Object.freeze([...droppedTags]),
  })
}

/** The model's patterns (facts B2). */
const accessKeyId = /^\w{16,128}$/
const visible = /^[!-~]+$/
const assumedRoleArn = /^arn:aws[\w-]*:sts::(\d{12}):assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+$/

function unsound(member: string): PosternError {
  return new PosternError('sts_unavailable', `STS answered with no sound "${member}"`, { member })
}
