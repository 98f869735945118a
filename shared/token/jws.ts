import type { Algorithm } from '../access/access.ts'
import { PosternError } from '../error.ts'
import type { JsonObject } from '../json.ts'
import { checkExtensions, type Header } from './header.ts'
import { type Key, signatureIsValid } from './key.ts'
import { readKeySet, selectKey } from './key-set.ts'
import { type Compact, splitCompact } from './peek.ts'

/**
 * Verifies a compact JWS (RFC 7515 section 5.2) against a JWK set: the signature layer alone. Returns the header as
 * read and the payload's bytes, which need not be JSON. Does not check `typ`, claims or size.
 * Throws a `PosternError` whose `reason` says why: those of `splitCompact` and `selectKey`,
 * `crit_unsupported`, `algorithm_not_allowed`, `key_unknown` for a set without a usable key, `signature_invalid`.
 */
export function verifyJws(
  compact: string,
  jwks: JsonObject,
  options: { readonly algorithms: readonly Algorithm[] },
): { readonly header: Header; readonly payload: Buffer } {
  const parts = splitCompact(compact)
  checkExtensions(parts.header)
  checkAlgorithm(parts.header, options.algorithms)
  const set = readKeySet(jwks)
  if (!set) throw new PosternError('key_unknown', 'the key set has no usable key')
  if (!signatureHolds(parts, selectKey(set, parts.header))) throw signatureInvalid()
  return { header: parts.header, payload: parts.payload }
}

/** The algorithm comes from the issuer's own list, never from the token (RFC 8725 section 3.1). */
export function checkAlgorithm(header: Header, allowed: readonly Algorithm[]): void {
  if (!(allowed as readonly string[]).includes(header.alg))
    throw new PosternError(
      'algorithm_not_allowed',
      'the header\'s "alg" is not on the list for this issuer',
      { allowed },
    )
}

export function signatureHolds(parts: Compact, key: Key): boolean {
  const verifier = key.verifiers.get(parts.header.alg)
  return verifier !== undefined && signatureIsValid(verifier, parts.input, parts.signature)
}

export function signatureInvalid(): PosternError {
  return new PosternError(
    'signature_invalid',
    "the signature is not that of the issuer's key over this token",
  )
}
