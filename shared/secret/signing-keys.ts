import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { PosternError } from '../error.ts'
import { isJsonObject, type Json, type JsonObject, parseJsonObject } from '../json.ts'

/** What the answer with the key set tells caches. */
export const jwksMaxAgeSeconds = 300
/** The longest that a token lives: what the manifest may say at most. */
export const maxTokenSeconds = 3600
/** For clocks that differ, and answers on their way. */
export const keyMarginSeconds = 300

/** An ES256 key (RFC 7518 section 6.2) with its private part. Times are epoch seconds. */
export type SigningKey = {
  readonly kid: string
  readonly createdAt: number
  readonly jwk: JsonObject
}

/**
 * A key as it is published. The times are counted from its publication, whatever happened in between: what nobody was
 * shown signs nothing.
 */
export type PublicKey = {
  readonly kid: string
  readonly jwk: JsonObject
  /** Epoch seconds from which it signs: every cache has it by then. */
  readonly signFrom: number
  /** Epoch seconds from which it is published no more; absent until a newer key has taken its place. */
  readonly retireAfter?: number
}

/** `{"keys": [{"kid", "createdAt", "kty", "crv", "x", "y", "d"}]}`; empty at first. Throws `secret_unusable`. */
export function readSigningKeys(text: string): readonly SigningKey[] {
  return keysIn(text).map((member) => {
    const { kid, createdAt, kty, crv, x, y, d } = member
    if (typeof kid !== 'string' || !isSeconds(createdAt) || kty !== 'EC' || crv !== 'P-256')
      throw unsound('a key')
    if (typeof x !== 'string' || typeof y !== 'string' || typeof d !== 'string') throw unsound('a key')
    return { kid, createdAt, jwk: { kty, crv, x, y, d } }
  })
}

export function writeSigningKeys(keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ kid, createdAt, jwk }) => ({ kid, createdAt, ...jwk })) })
}

/** `{"keys": [{"kid", "signFrom", "retireAfter", "kty", "crv", "x", "y"}]}`. Throws `secret_unusable`. */
export function readPublicKeys(text: string): readonly PublicKey[] {
  return keysIn(text).map((member) => {
    const { kid, signFrom, retireAfter, kty, crv, x, y } = member
    if (typeof kid !== 'string' || !isSeconds(signFrom) || kty !== 'EC') throw unsound('a public key')
    if (typeof crv !== 'string' || typeof x !== 'string' || typeof y !== 'string')
      throw unsound('a public key')
    if (retireAfter !== undefined && !isSeconds(retireAfter)) throw unsound('a public key')
    return { kid, signFrom, ...(retireAfter !== undefined && { retireAfter }), jwk: { kty, crv, x, y } }
  })
}

export function writePublicKeys(keys: readonly PublicKey[]): string {
  return JSON.stringify({
    keys: keys.map(({ kid, signFrom, retireAfter, jwk }) => ({ kid, signFrom, retireAfter, ...jwk })),
  })
}

export function newSigningKey(nowSeconds: number): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y, d } = privateKey.export({ format: 'jwk' })
  return { kid: randomUUID(), createdAt: Math.floor(nowSeconds), jwk: { kty, crv, x, y, d } as JsonObject }
}

/** Its public members alone. */
export function publicJwk({ jwk }: Pick<SigningKey, 'jwk'>): JsonObject {
  const { kty, crv, x, y } = jwk
  return { kty, crv, x, y } as JsonObject
}

export function privateKeyOf({ jwk }: SigningKey): KeyObject {
  return createPrivateKey({ key: jwk as Record<string, Json>, format: 'jwk' })
}

/**
 * The key that signs: the newest that is published and whose time has come. Throws `signing_key_missing`, which is our
 * own fault, where there is none.
 */
export function signerOf(
  keys: readonly SigningKey[],
  published: readonly PublicKey[],
  nowSeconds: number,
): SigningKey {
  let signer: SigningKey | undefined
  let since = Number.NEGATIVE_INFINITY
  for (const key of keys) {
    const entry = published.find(({ kid }) => kid === key.kid)
    if (entry === undefined || entry.signFrom > nowSeconds || entry.signFrom < since) continue
    if (entry.retireAfter !== undefined && entry.retireAfter <= nowSeconds) continue
    signer = key
    since = entry.signFrom
  }
  if (signer !== undefined) return signer
  throw new PosternError('signing_key_missing', 'no signing key is published yet whose time has come')
}

/** The JWK set that the world is shown (RFC 7517 section 5): every key not retired. */
export function publishedJwks(
  published: readonly PublicKey[],
  nowSeconds: number,
): { readonly keys: readonly JsonObject[] } {
  const live = published.filter(({ retireAfter }) => retireAfter === undefined || retireAfter > nowSeconds)
  return { keys: live.map(({ kid, jwk }) => ({ ...jwk, kid, use: 'sig', alg: 'ES256' })) }
}

function keysIn(text: string): readonly JsonObject[] {
  const keys = parseJsonObject(Buffer.from(text))?.keys
  if (!Array.isArray(keys) || !keys.every(isJsonObject)) throw unsound('a list "keys"')
  return keys
}

function isSeconds(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function unsound(what: string): PosternError {
  return new PosternError('secret_unusable', `the secret does not hold ${what} as Postern writes it`)
}
