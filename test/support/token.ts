import type { Algorithm } from '../../shared/access/access.ts'
import { signatureOf, type TestKey } from './keys.ts'

/** Every test lives at this second. */
export const nowSeconds = 1_800_000_000
export const nowMs = nowSeconds * 1000

/** Values as JSON writes them; `undefined` leaves a member out. */
export type Members = Readonly<Record<string, unknown>>

/** Text is taken as the segment's own JSON, bytes as what it decodes to. */
type Content = Members | string | Buffer

/** A segment as RFC 7515 encodes it. */
export function segment(content: Content): string {
  if (Buffer.isBuffer(content)) return content.toString('base64url')
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url')
}

export function baseClaims(iss: string): Members {
  return {
    iss,
    sub: 'bot-1',
    aud: 'orders',
    iat: nowSeconds - 60,
    nbf: nowSeconds - 60,
    exp: nowSeconds + 600,
  }
}

/**
 * Mints tokens of one key, all alike but for what the test changes. `header` and `claims` replace members (and
 * `undefined` removes one), or stand for the whole segment where they are text or bytes.
 */
export function minter(key: TestKey, alg: Algorithm, claims: Members) {
  return (changes: { readonly header?: Content; readonly claims?: Content } = {}): string =>
    signed(
      key,
      alg,
      segment(merged({ alg, typ: 'JWT', kid: key.kid }, changes.header)),
      segment(merged(claims, changes.claims)),
    )
}

/** A genuine signature over two segments, whatever they are. */
export function signed(key: TestKey, alg: Algorithm, header: string, payload: string): string {
  const input = `${header}.${payload}`
  return `${input}.${signatureOf(alg, key.privateKey, input).toString('base64url')}`
}

/** The three segments of a token, to put together anew. */
export function partsOf(token: string): [string, string, string] {
  return token.split('.') as [string, string, string]
}

function merged(base: Members, changes: Content | undefined): Content {
  if (changes === undefined) return base
  if (typeof changes === 'string' || Buffer.isBuffer(changes)) return changes
  return { ...base, ...changes }
}
