import { hash } from 'node:crypto'
import type { IssuerName } from '../access/access.ts'

/** STS takes 64 characters (facts B1), of which the digest and its dash take 17. */
export const maxNameLength = 64
/** An issuer's name is cut there, so that something of the subject is to be read behind it. */
export const maxIssuerLength = 24

/**
 * The session's name and its source identity: `github-repo-acme-orders-ref-refs-hea-` and 16 characters that only this
 * subject of this issuer has: base32 (RFC 4648 section 6, lower case) of the first 80 bits of
 * SHA-256(issuer, NUL, subject). Always within STS's pattern `[\w+=,.@-]{2,64}` (facts B1).
 */
export function sessionName(issuer: IssuerName, subject: string): string {
  const digest = base32(hash('sha256', `${issuer}\0${subject}`, 'buffer').subarray(0, 10))
  const readable = `${namePrefix(issuer)}${subject}`.replace(unfit, '-')
  return `${readable.slice(0, maxNameLength - digest.length - 1)}-${digest}`
}

/** What the name of every session of an issuer's callers begins with; a trust policy may ask for it. */
export function namePrefix(issuer: IssuerName): string {
  return `${issuer.slice(0, maxIssuerLength)}-`
}

const unfit = /[^\w+=,.@-]+/g
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

function base32(bytes: Uint8Array): string {
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  let text = ''
  for (let shift = bytes.length * 8 - 5; shift >= 0; shift -= 5)
    text += alphabet[Number((bits >> BigInt(shift)) & 31n)]
  return text
}
