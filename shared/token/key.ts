import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { assertIsJwk, assertIsSignatureJwk } from 'aws-jwt-verify/jwk'
import type { Algorithm } from '../access/access.ts'
import type { Json, JsonObject } from '../json.ts'
import { type AlgorithmShape, algorithms } from './algorithm.ts'
import { derSignature } from './der-signature.ts'

/** A public key ready to verify with, and the algorithms it fits. */
export type Key = {
  readonly kid: string | undefined
  readonly verifiers: ReadonlyMap<string, Verifier>
  /** The public members it was made of: two fetches of one key make one `Key`. */
  readonly identity: string
}

type Verifier = AlgorithmShape & { readonly key: Parameters<typeof verify>[2] }

/** RFC 7518 section 3.3. The upper bound keeps a hostile set from making each check take milliseconds. */
const rsaBits = { least: 2048, most: 8192 }

/**
 * Prepares one member of a key set, or returns `undefined` where it cannot verify anything: a symmetric key, another
 * `use` or `key_ops`, RSA under 2048 bits or with an even exponent or 1, a point off its curve, private or missing
 * parts. RFC 7517 section 5: such members are ignored, the rest of the set still works.
 */
export function prepareKey(member: Json): Key | undefined {
  const declared = member as JsonObject
  let jwk: JsonObject
  let key: KeyObject
  try {
    assertIsJwk(member as Parameters<typeof assertIsJwk>[0])
    assertIsSignatureJwk(member as unknown as Parameters<typeof assertIsSignatureJwk>[0])
    jwk = publicMembers(declared)
    key = createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
  const { key_ops: operations, alg } = declared
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined
  if (jwk.kty === 'RSA' && !isSoundRsa(key)) return undefined
  const verifiers = new Map<string, Verifier>()
  for (const [name, shape] of Object.entries(algorithms) as [Algorithm, AlgorithmShape][])
    if (shape.kty === jwk.kty && shape.crv === jwk.crv && (alg === undefined || alg === name))
      verifiers.set(name, { ...shape, key: shape.pss ? { key, ...shape.pss } : key })
  if (verifiers.size === 0) return undefined
  const kid = declared.kid as string | undefined
  return { kid, verifiers, identity: JSON.stringify([kid, alg, jwk]) }
}

/** Whether the signature is the key's over `input`. False for every malformed signature; never throws. */
export function signatureIsValid(verifier: Verifier, input: Buffer, signature: Buffer): boolean {
  if (verifier.signatureBytes !== undefined && signature.length !== verifier.signatureBytes) return false
  try {
    const encoded = verifier.kty === 'EC' ? derSignature(signature) : signature
    return verify(verifier.hash, input, verifier.key, encoded)
  } catch {
    return false
  }
}

/** Only what the public key is made of: a set that leaks `d` is used as if it had not. */
function publicMembers(jwk: JsonObject): JsonObject {
  const { kty, n, e, crv, x, y } = jwk
  if (kty === 'RSA') return { kty, n: n as Json, e: e as Json }
  if (kty === 'EC') return { kty, crv: crv as Json, x: x as Json, y: y as Json }
  return { kty: kty as Json, crv: crv as Json, x: x as Json }
}

function isSoundRsa(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  const odd = publicExponent % 2n === 1n && publicExponent > 1n
  return modulusLength >= rsaBits.least && modulusLength <= rsaBits.most && odd
}
