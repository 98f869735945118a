import { createHmac } from 'node:crypto'
import { type Attack, attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, segment } from '../support/token.ts'

const rsa = makeKey('RSA', 'k1')
const ec = makeKey('P-256', 'k2')
const claims = baseClaims(partnerUrl)

const spki = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string
const secrets: readonly (readonly [string, string | Buffer])[] = [
  ['SPKI PEM', spki],
  ['SPKI PEM without its last line feed', spki.trimEnd()],
  ['SPKI PEM with CRLF', spki.replaceAll('\n', '\r\n')],
  ['SPKI PEM behind leading junk', `junk\n${spki}`],
  ['SPKI PEM behind white space', ` \n${spki}`],
  ['PKCS#1 PEM', pkcs1],
  ['SPKI DER', rsa.publicKey.export({ type: 'spki', format: 'der' })],
  ['PKCS#1 DER', rsa.publicKey.export({ type: 'pkcs1', format: 'der' })],
  ['JWK JSON', JSON.stringify(rsa.jwk)],
  ['JWKS JSON', JSON.stringify({ keys: [rsa.jwk, ec.jwk] })],
  ['raw modulus', Buffer.from(rsa.jwk.n as string, 'base64url')],
  ['modulus as the JWK has it', rsa.jwk.n as string],
  ['kid', 'k1'],
]
const ecSecrets: readonly (readonly [string, string | Buffer])[] = [
  ['EC SPKI PEM', ec.publicKey.export({ type: 'spki', format: 'pem' }) as string],
  ['EC JWK JSON', JSON.stringify(ec.jwk)],
  ['raw point', Buffer.concat([ec.jwk.x, ec.jwk.y].map((one) => Buffer.from(one as string, 'base64url')))],
]

function forged(alg: string, kid: string, hash: string, secret: string | Buffer): string {
  const input = `${segment({ alg, typ: 'JWT', kid })}.${segment(claims)}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}

const hashes = ['sha256', 'sha384', 'sha512'] as const
const attacks: Attack[] = hashes.flatMap((hash) => [
  ...secrets.map(
    ([name, secret]): Attack => [
      `HS${hash.slice(3)} over the ${name}`,
      'algorithm_not_allowed',
      forged(`HS${hash.slice(3)}`, 'k1', hash, secret),
    ],
  ),
  ...ecSecrets.map(
    ([name, secret]): Attack => [
      `HS${hash.slice(3)} over the ${name}`,
      'algorithm_not_allowed',
      forged(`HS${hash.slice(3)}`, 'k2', hash, secret),
    ],
  ),
])

attackClass('a public key as an HMAC secret', attackAccess({ partner: [rsa, ec] }), {
  controls: [
    ['RS256', minter(rsa, 'RS256', claims)()],
    ['ES256', minter(ec, 'ES256', claims)()],
  ],
  attacks: [
    ...attacks,
    ['an HMAC under the name of RS256', 'signature_invalid', forged('RS256', 'k1', 'sha256', spki)],
    ['an HMAC under the name of PS256', 'signature_invalid', forged('PS256', 'k1', 'sha256', spki)],
    [
      'an HMAC of 64 bytes under the name of ES256',
      'signature_invalid',
      forged('ES256', 'k2', 'sha512', spki),
    ],
    ['hs256 in lower case', 'algorithm_not_allowed', forged('hs256', 'k1', 'sha256', spki)],
    ['HS256 without a kid', 'algorithm_not_allowed', forged('HS256', undefined as never, 'sha256', spki)],
  ],
})
