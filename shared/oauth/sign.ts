import { type KeyObject, sign } from 'node:crypto'
import type { JsonObject } from '../json.ts'

/** A private key with the name under which its public part is published. */
export type Signer = { readonly kid: string; readonly key: KeyObject }

/** Signs claims as a compact JWS by ES256 (RFC 7515 section 7.1, RFC 7518 section 3.4). */
export function signJwt({ kid, key }: Signer, typ: string, claims: JsonObject): string {
  const input = `${encode({ alg: 'ES256', typ, kid })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
