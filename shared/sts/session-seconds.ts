import type { RoleCredentials } from '../access/access.ts'
import { PosternError } from '../error.ts'

/** Facts B1: STS gives no shorter session, and by role chaining, as a Lambda's AssumeRole is, none longer; a web identity chains nothing. */
export const minSessionSeconds = 900
export const maxChainedSeconds = 3600

/** What bounds a session's length; all in epoch seconds but `asked`, which is in seconds. */
export type Bounds = {
  readonly asked: number | undefined
  readonly nowSeconds: number
  /** The token's `exp`. */
  readonly tokenEnds: number
  /** When the caller's trust in the role expires. */
  readonly trustEnds: number | undefined
}

/**
 * The length of a session (design section 6): what is asked, within what the role gives at most; never past the
 * trust's end nor, with `endsWithToken`, the token's. In whole minutes where one of those bounds it, so that the calls
 * of a minute share a lease. It is counted from the call, and STS counts from its answer. Throws `trust_too_short` and
 * `token_too_short` where less than STS's least is left.
 */
export function sessionSeconds(credentials: RoleCredentials, bounds: Bounds): number {
  const { via, durationSeconds, maxDurationSeconds, endsWithToken } = credentials
  const { asked = durationSeconds, nowSeconds, tokenEnds, trustEnds } = bounds
  const wanted = Math.min(
    asked,
    maxDurationSeconds,
    via === 'web-identity' ? maxDurationSeconds : maxChainedSeconds,
  )
  const ofTrust = left(trustEnds, nowSeconds)
  if (ofTrust < minSessionSeconds) throw tooShort('trust_too_short', 'the trust in the caller', ofTrust)
  const ofToken = left(endsWithToken ? tokenEnds : undefined, nowSeconds)
  if (ofToken < minSessionSeconds) throw tooShort('token_too_short', 'the token', ofToken)
  const least = Math.min(ofTrust, ofToken)
  return wanted <= least ? wanted : Math.floor(least / 60) * 60
}

function left(ends: number | undefined, nowSeconds: number): number {
  return ends === undefined ? Number.POSITIVE_INFINITY : ends - nowSeconds
}

function tooShort(
  reason: 'trust_too_short' | 'token_too_short',
  what: string,
  seconds: number,
): PosternError {
  const whole = Math.floor(seconds)
  const message = `${what} ends in ${whole} s, and STS gives no session of under ${minSessionSeconds} s`
  return new PosternError(reason, message, { secondsLeft: whole, minSessionSeconds })
}
