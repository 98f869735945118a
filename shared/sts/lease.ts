/** Credentials from STS with their expiry and what session they are of: one frozen value. */
export type Lease = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds, by STS's clock. */
  readonly expiresAtMs: number
  /** Epoch milliseconds, by ours. */
  readonly mintedAtMs: number
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

/**
 * Whether a lease may be handed out again: with 20 minutes left, or half its length where that is less. It is no older
 * than its length allows either: where our clock is behind STS's, which the SDK bears, the end seems later than it is.
 */
export function isFresh({ expiresAtMs, mintedAtMs, seconds }: Lease, nowMs: number): boolean {
  const endsMs = Math.min(expiresAtMs, mintedAtMs + seconds * 1000)
  return endsMs - nowMs >= Math.min(minLeaseSeconds, seconds / 2) * 1000
}
