import { createHash } from 'node:crypto'
import type { Bounds } from './iam/authorize.ts'
import { type ConditionKeys, conditionKeys, type KeySource, tagKeys } from './iam/keys.ts'
import type { Named } from './iam/principals.ts'

/** Who signs with an access key: a user, or a session of a role. */
export type Principal = Named &
  Bounds & {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string | undefined
    /** `aws:userid`: `AROA…:session` or `AIDA…`. */
    readonly userId: string
    readonly tags: ReadonlyMap<string, string>
    readonly transitiveTagKeys: readonly string[]
    readonly sourceIdentity: string | undefined
    readonly issuedAtMs: number | undefined
    readonly expiresAtMs: number | undefined
  }

/** Where and when a request is made, as far as policies can ask. */
export type Surroundings = { readonly nowMs: number; readonly region: string; readonly sourceIp: string }

/** The global condition keys of a request, and what the service adds. */
export function keysOf(
  principal: Principal,
  { nowMs, region, sourceIp }: Surroundings,
  ...others: readonly KeySource[]
): ConditionKeys {
  const { account, arn, roleArn, userId, sourceIdentity, issuedAtMs } = principal
  return conditionKeys(
    {
      'aws:PrincipalAccount': account,
      'aws:PrincipalArn': roleArn ?? arn,
      'aws:PrincipalType': roleArn === undefined ? 'User' : 'AssumedRole',
      'aws:userid': userId,
      'aws:username': roleArn === undefined ? arn.split('/').at(-1) : undefined,
      'aws:SourceIdentity': sourceIdentity,
      'aws:TokenIssueTime': issuedAtMs === undefined ? undefined : isoSeconds(issuedAtMs),
      'aws:CurrentTime': isoSeconds(nowMs),
      'aws:EpochTime': String(Math.floor(nowMs / 1000)),
      'aws:SourceIp': sourceIp,
      // What stands in on loopback is an https endpoint.
      'aws:SecureTransport': 'true',
      'aws:RequestedRegion': region,
    },
    tagKeys('aws:PrincipalTag', principal.tags),
    ...others,
  )
}

/** `2026-11-22T09:00:00Z`, as AWS writes times. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** The unique id that a role or user has; the same one over restarts, so that what was logged yesterday still means the same. */
export function uniqueId(prefix: 'AROA' | 'AIDA', arn: string): string {
  const bytes = createHash('sha256').update(arn).digest().subarray(0, 17)
  return prefix + [...bytes].map((byte) => base32[byte % 32]).join('')
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
