import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Algorithm } from '../../shared/access/access.ts'
import type { Json, JsonObject } from '../../shared/json.ts'

/** A fresh key pair, its public half as an issuer publishes it. */
export type TestKey = {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonObject
}

export type Family = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519'

export const everyAlgorithm: readonly Algorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519', // biome-ignore format: a table
]

export const families = ['RSA', 'P-256', 'P-384', 'P-521', 'Ed25519'] as const

export function familyOf(alg: Algorithm): Family {
  const curves: Partial<Record<Algorithm, Family>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }
  if (alg === 'EdDSA' || alg === 'Ed25519') return 'Ed25519'
  return curves[alg] ?? 'RSA'
}

/** `members` are added to the published JWK, or replace some of it; `undefined` removes one. */
export function makeKey(
  family: Family,
  kid: string,
  members: Readonly<Record<string, Json | undefined>> = {},
  modulusLength = 2048,
): TestKey {
  const pair =
    family === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength })
      : family === 'Ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: family })
  const jwk = published(pair.publicKey, kid, members)
  return { kid, ...pair, jwk }
}

export function published(
  publicKey: KeyObject,
  kid: string,
  members: Readonly<Record<string, Json | undefined>> = {},
): JsonObject {
  const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', kid, ...members }
  return JSON.parse(JSON.stringify(jwk))
}

/** A JOSE signature by Node itself, without a line of what verifies it. */
export function signatureOf(alg: Algorithm, privateKey: KeyObject, input: string | Buffer): Buffer {
  const digest = alg === 'EdDSA' || alg === 'Ed25519' ? null : `sha${alg.slice(2)}`
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' as const, ...(alg.startsWith('PS') && pss) }
  return sign(digest, Buffer.from(input as string), key)
}
