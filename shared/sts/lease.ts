/** Credentials from STS with their expiry and what session they are of: one frozen value. */
export type Lease = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds. */
  readonly expiresAtMs: number
  /** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` */
  readonly assumedRoleArn: string
  /** `AROA…:SESSION` */
  readonly assumedRoleId: string
  readonly accountId: string
  /** Length that was asked for. */
  readonly seconds: number
  /** Share of STS's limit that policy and tags take, in percent, where STS says so. */
  readonly packedPercent: number | undefined
  /** Keys of the optional tags that STS had no room for. */
  readonly droppedTags: readonly string[]
}

/** SDKs refresh at 15 minutes left at the latest; what they are given lasts a while beyond that. */
export const minLeaseSeconds = 1200

/** Whether a lease may be handed out again: with 20 minutes left, or half its length where that is less. */
export function isFresh(lease: Lease, nowMs: number): boolean {
  return lease.expiresAtMs - nowMs >= Math.min(minLeaseSeconds, lease.seconds / 2) * 1000
}
