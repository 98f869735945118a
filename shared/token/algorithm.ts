import { constants } from 'node:crypto'
import type { Algorithm } from '../access/access.ts'

/** What `crypto.verify` needs for an algorithm, and which keys fit it (RFC 7518 section 3, RFC 8037, RFC 9864). */
export type AlgorithmShape = {
  readonly hash: string | null
  readonly kty: 'RSA' | 'EC' | 'OKP'
  readonly crv?: string
  /** Fixed length of the signature; that of an RSA one follows from the key. */
  readonly signatureBytes?: number
  readonly pss?: { readonly padding: number; readonly saltLength: number }
}

const rsa = (hash: string): AlgorithmShape => ({ hash, kty: 'RSA' })
const pss = (hash: string, saltLength: number): AlgorithmShape => ({
  hash,
  kty: 'RSA',
  pss: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
})
const ecdsa = (hash: string, crv: string, signatureBytes: number): AlgorithmShape => ({
  hash,
  kty: 'EC',
  crv,
  signatureBytes,
})
const ed25519: AlgorithmShape = { hash: null, kty: 'OKP', crv: 'Ed25519', signatureBytes: 64 }

export const algorithms: Readonly<Record<Algorithm, AlgorithmShape>> = {
  RS256: rsa('RSA-SHA256'),
  RS384: rsa('RSA-SHA384'),
  RS512: rsa('RSA-SHA512'),
  PS256: pss('RSA-SHA256', 32),
  PS384: pss('RSA-SHA384', 48),
  PS512: pss('RSA-SHA512', 64),
  ES256: ecdsa('SHA256', 'P-256', 64),
  ES384: ecdsa('SHA384', 'P-384', 96),
  ES512: ecdsa('SHA512', 'P-521', 132),
  EdDSA: ed25519,
  Ed25519: ed25519,
}
