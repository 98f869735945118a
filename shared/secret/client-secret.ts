import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { PosternError } from '../error.ts'
import { parseJsonObject } from '../json.ts'
import type { Version, Versions } from './versions.ts'

/** 256 bits (design section 7). */
export const clientSecretBytes = 32
/** What a secret that was not generated here must have at least (RFC 6749 section 10.10: not to be guessed). */
export const minClientSecretLength = 32
export const maxClientSecretLength = 256

/** What Secrets Manager keeps for a client: `{"clientSecret": "…"}`; other members are left as they are. */
export function newClientSecret(currentText: string): string {
  const { clientSecret, ...rest } = read(currentText)
  return JSON.stringify({ ...rest, clientSecret: randomBytes(clientSecretBytes).toString('base64url') })
}

/** Throws `secret_unusable` for a value that holds no client secret. */
export function clientSecretOf(text: string): string {
  const { clientSecret } = read(text)
  const isSound =
    typeof clientSecret === 'string' &&
    clientSecret.length >= minClientSecretLength &&
    clientSecret.length <= maxClientSecretLength &&
    /^[!-~]+$/.test(clientSecret)
  if (isSound) return clientSecret
  const expected = `{"clientSecret": "…"} with ${minClientSecretLength} to ${maxClientSecretLength} visible characters`
  throw new PosternError('secret_unusable', `the secret does not hold ${expected}`)
}

function read(text: string) {
  const value = parseJsonObject(Buffer.from(text))
  if (value !== undefined) return value
  throw new PosternError('secret_unusable', 'the secret is not one JSON object')
}

/** Which version a secret is, of those that are accepted: the previous one while the overlap lasts. */
export function matchClientSecret(
  versions: Versions,
  presented: string,
  overlapSeconds: number,
  nowMs: number,
): 'current' | 'pending' | 'previous' | undefined {
  const { current, pending, previous, currentSinceMs } = versions
  if (isSame(clientSecretOf(current.text), presented)) return 'current'
  // AWSPENDING may stay on a version whose rotation is over: it counts for a next value alone.
  const isNext =
    pending !== undefined && pending.id !== previous?.id && pending.createdAtMs >= current.createdAtMs
  if (isNext && fits(pending, presented)) return 'pending'
  const inOverlap = nowMs < currentSinceMs + overlapSeconds * 1000
  if (inOverlap && previous !== undefined && fits(previous, presented)) return 'previous'
  return undefined
}

/** A version beside the current one that holds no secret fits nobody, and keeps nobody out. */
function fits({ text }: Version, presented: string): boolean {
  try {
    return isSame(clientSecretOf(text), presented)
  } catch {
    return false
  }
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function isSame(secret: string, presented: string): boolean {
  return timingSafeEqual(hash('sha256', secret, 'buffer'), hash('sha256', presented, 'buffer'))
}
