import { decodeBase64url } from '../base64url.ts'
import { PosternError } from '../error.ts'
import { type JsonObject, parseJsonObject } from '../json.ts'
import { checkExtensions, type Header, parseHeader } from './header.ts'

/** Longer than this is nobody's token: it would not fit a header of API Gateway either (10,240 bytes for all). */
export const maxTokenLength = 8192

/** A compact JWS taken apart (RFC 7515 section 3.1). Nothing in it is proved. */
export type Compact = {
  readonly header: Header
  readonly payload: Buffer
  readonly input: Buffer
  readonly signature: Buffer
}

/** A token with its payload read but not verified: good for choosing an issuer and a key, and for nothing else. */
export type PeekedToken = Compact & { readonly unverified: JsonObject }

/** Throws `token_malformed`, `token_encrypted`, `encoding_invalid`, `header_invalid`. */
export function splitCompact(compact: string): Compact {
  const first = compact.indexOf('.')
  const second = compact.indexOf('.', first + 1)
  if (first <= 0 || second === -1 || second === first + 1 || compact.indexOf('.', second + 1) !== -1)
    throw notThreeParts(compact)
  const payload = decodeBase64url(compact.slice(first + 1, second))
  if (!payload)
    throw new PosternError('encoding_invalid', 'the payload is not strict base64url', { segment: 'payload' })
  const signature = decodeBase64url(compact.slice(second + 1))
  if (!signature)
    throw new PosternError('encoding_invalid', 'the signature is not strict base64url', {
      segment: 'signature',
    })
  const header = parseHeader(compact.slice(0, first))
  // One Buffer of a slice, not a subarray of one: each costs 1 to 2 us in code that is not hot.
  return { header, payload, input: Buffer.from(compact.slice(0, second), 'latin1'), signature }
}

/** The first checks of design section 4. Throws what `splitCompact` does, `token_too_large`, `payload_invalid`, `crit_unsupported`. */
export function peek(token: string): PeekedToken {
  if (token.length > maxTokenLength)
    throw new PosternError('token_too_large', `the token is longer than ${maxTokenLength} characters`, {
      maxTokenLength,
    })
  const parts = splitCompact(token)
  const unverified = parseJsonObject(parts.payload)
  if (!unverified) throw new PosternError('payload_invalid', 'the payload is not one plain JSON object')
  checkExtensions(parts.header)
  return {
    header: parts.header,
    payload: parts.payload,
    input: parts.input,
    signature: parts.signature,
    unverified,
  }
}

function notThreeParts(compact: string): PosternError {
  const parts = compact.split('.', 6).length
  if (parts === 5)
    return new PosternError('token_encrypted', 'five parts: encrypted tokens (RFC 7516) are not read')
  return new PosternError('token_malformed', 'not three non-empty parts separated by dots', { parts })
}
