import type { HttpRequest } from './http.ts'
import type { Principal } from './principal.ts'
import { amzTime, isSignedBy, type Signature, signedAtMs, signsEnough } from './sigv4.ts'

/** Why a signed request is not its principal's; each service has its own words for it. */
export type Unauthenticated =
  | {
      readonly problem:
        | 'unknown_key'
        | 'missing_token'
        | 'wrong_token'
        | 'expired_token'
        | 'unsigned_headers'
        | 'wrong_signature'
    }
  | {
      readonly problem: 'past' | 'ahead' | 'overdue'
      readonly signed: string
      readonly bound: string
      readonly now: string
    }

/** AWS takes signatures of a quarter of an hour to both sides. */
const toleranceMs = 15 * 60 * 1000

type Asked = {
  readonly request: HttpRequest
  readonly signature: Signature
  /** The hash of the body, or what S3 puts in its place. */
  readonly payload: string
  readonly nowMs: number
  /** Whether a presigned request is good for as long as it says, as S3 has it. */
  readonly honoursExpires: boolean
}

/** The principal that signed a request: key, session token, time, signature, expiry, in this order. */
export function authenticate(
  principals: ReadonlyMap<string, Principal>,
  asked: Asked,
): Principal | Unauthenticated {
  const { request, signature, payload, nowMs } = asked
  const principal = principals.get(signature.accessKeyId)
  if (principal === undefined) return { problem: 'unknown_key' }
  if (principal.sessionToken !== signature.sessionToken)
    return { problem: signature.sessionToken === undefined ? 'missing_token' : 'wrong_token' }
  const late = offTime(asked)
  if (late !== undefined) return late
  if (!signsEnough(request, signature)) return { problem: 'unsigned_headers' }
  if (!isSignedBy(principal.secretAccessKey, request, signature, payload))
    return { problem: 'wrong_signature' }
  if (principal.expiresAtMs !== undefined && principal.expiresAtMs <= nowMs)
    return { problem: 'expired_token' }
  return principal
}

function offTime({ signature, nowMs, honoursExpires }: Asked): Unauthenticated | undefined {
  const signedMs = signedAtMs(signature)
  const times = { signed: signature.time, now: amzTime(nowMs) }
  const { expiresSeconds } = signature
  if (signedMs > nowMs + toleranceMs)
    return { problem: 'ahead', ...times, bound: amzTime(nowMs + toleranceMs) }
  if (honoursExpires && expiresSeconds !== undefined) {
    const endMs = signedMs + expiresSeconds * 1000
    return nowMs > endMs ? { problem: 'overdue', ...times, bound: amzTime(endMs) } : undefined
  }
  return signedMs < nowMs - toleranceMs
    ? { problem: 'past', ...times, bound: amzTime(nowMs - toleranceMs) }
    : undefined
}
