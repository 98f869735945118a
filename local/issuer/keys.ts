import { generateKeyPair, type JsonWebKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm } from '../../shared/access/access.ts'
import type { JsonObject } from '../../shared/json.ts'
import type { ClaimSet, RotateOptions, SignOptions } from './issuer.ts'

export type KeyFamily = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519'

export type SigningKey = {
  readonly kid: string
  readonly family: KeyFamily
  readonly privateKey: KeyObject
  readonly publicJwk: JsonObject
}

/** What a slot's keys are like. `alg` is published with the key where only one algorithm uses it. */
export type KeySlot = { readonly family: KeyFamily; readonly alg?: Algorithm }

/** An issuer's keys: one signs per slot, and those it replaced may still be published. */
export type KeyRing = {
  signer(slot: string): SigningKey
  /** The present signers first. */
  published(): readonly SigningKey[]
  jwks(): JsonObject
  rotate(options: RotateOptions): Promise<void>
}

export async function createKeyRing(slots: Readonly<Record<string, KeySlot>>): Promise<KeyRing> {
  let signers = await generateAll(slots)
  let retired: readonly SigningKey[] = []
  const published = () => [...signers.values(), ...retired]
  return {
    signer(slot) {
      const key = signers.get(slot)
      if (key === undefined)
        throw new Error(`there is no key for "${slot}"; there are ${[...signers.keys()]}`)
      return key
    },
    published,
    jwks: () => ({ keys: published().map((key) => key.publicJwk) }),
    async rotate({ drop }) {
      const next = await generateAll(slots)
      retired = drop ? [] : published()
      signers = next
    },
  }
}

export function familyOf(algorithm: Algorithm): KeyFamily {
  switch (algorithm) {
    case 'ES256':
      return 'P-256'
    case 'ES384':
      return 'P-384'
    case 'ES512':
      return 'P-521'
    case 'EdDSA':
    case 'Ed25519':
      return 'Ed25519'
    default:
      return 'RSA'
  }
}

/**
 * Signs with the slot's key. An algorithm that key cannot do is signed with a key nobody published,
 * under the same `kid`: such a token is there to be refused.
 */
export async function signWith(
  key: SigningKey,
  header: ClaimSet & { readonly alg: Algorithm },
  claims: ClaimSet,
  options: SignOptions,
): Promise<string> {
  const alg = options.algorithm ?? header.alg
  const able = familyOf(alg) === key.family ? key : await generateKey({ family: familyOf(alg) })
  const kid = options.kid ?? key.kid
  return signCompact({ ...header, alg, kid, ...options.header }, claims, able.privateKey, alg)
}

/** RFC 7515 section 7.1, with the algorithms of RFC 7518 section 3, RFC 8037 and RFC 9864. */
export function signCompact(
  header: ClaimSet,
  claims: ClaimSet,
  key: KeyObject,
  algorithm: Algorithm,
): string {
  const input = `${encode(header)}.${encode(claims)}`
  const digest = familyOf(algorithm) === 'Ed25519' ? null : `sha${algorithm.slice(2)}`
  const signature = sign(digest, Buffer.from(input), {
    key,
    dsaEncoding: 'ieee-p1363',
    // RFC 7518 section 3.5: the salt is as long as the hash; 6 is RSA_PKCS1_PSS_PADDING, -1 RSA_PSS_SALTLEN_DIGEST.
    ...(algorithm.startsWith('PS') && { padding: 6, saltLength: -1 }),
  })
  return `${input}.${signature.toString('base64url')}`
}

/** The claims of a token that was signed here just now: nothing is verified. */
export function payloadOf(token: string): JsonObject {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** The private key as oidc-provider's configuration takes it. */
export function privateJwk(key: SigningKey): JsonWebKey {
  return { ...key.privateKey.export({ format: 'jwk' }), ...key.publicJwk }
}

async function generateAll(slots: Readonly<Record<string, KeySlot>>): Promise<Map<string, SigningKey>> {
  // In parallel: RSA 2048 takes 50 to 400 ms each.
  return new Map(
    await Promise.all(
      Object.entries(slots).map(async ([name, slot]) => [name, await generateKey(slot)] as const),
    ),
  )
}

async function generateKey(slot: KeySlot): Promise<SigningKey> {
  const { privateKey, publicKey } = await generatePair(slot.family)
  const kid = randomBytes(32).toString('base64url')
  const published = { ...(publicKey.export({ format: 'jwk' }) as JsonObject), kid, use: 'sig' }
  const publicJwk = slot.alg === undefined ? published : { ...published, alg: slot.alg }
  return { kid, family: slot.family, privateKey, publicJwk }
}

function generatePair(family: KeyFamily): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  if (family === 'RSA') return generate('rsa', { modulusLength: 2048 })
  if (family === 'Ed25519') return generate('ed25519')
  return generate('ec', { namedCurve: family })
}

function encode(value: ClaimSet): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const generate = promisify(generateKeyPair)
