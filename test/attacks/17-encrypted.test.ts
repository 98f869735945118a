import { type Attack, attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, partsOf, segment } from '../support/token.ts'

const key = makeKey('RSA', 'k1')
const good = minter(key, 'RS256', baseClaims(partnerUrl))()
const [header, payload, signature] = partsOf(good)
const jwe = (members: object) => segment({ kid: 'k1', cty: 'JWT', ...members })

const headers: readonly (readonly [string, string])[] = [
  ['RSA-OAEP', jwe({ alg: 'RSA-OAEP-256', enc: 'A256GCM' })],
  ['RSA1_5, the oracle of RFC 8725 section 3.2', jwe({ alg: 'RSA1_5', enc: 'A128CBC-HS256' })],
  ['a direct key', jwe({ alg: 'dir', enc: 'A256GCM' })],
  [
    'key agreement on an invalid curve',
    jwe({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }),
  ],
  [
    'a password, ten million times',
    jwe({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 10_000_000, p2s: 'AA' }),
  ],
  ['compression', jwe({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })],
  ['crit', jwe({ alg: 'dir', enc: 'A256GCM', crit: ['x'] })],
  ['a signed header', header],
  ['a header that is not base64url', '!!!!'],
  ['a header that is not JSON', segment('not JSON')],
  ['an empty header', ''],
]

attackClass('encrypted tokens', attackAccess({ partner: [key] }), {
  controls: [['a signed token', good]],
  attacks: [
    ...headers.map(
      ([name, head]): Attack => [
        `${name}: refused unread`,
        'token_encrypted',
        `${head}.${payload}.AAAA.AAAA.${signature}`,
      ],
    ),
    ['five empty parts', 'token_encrypted', '....'],
    ['no encrypted key', 'token_encrypted', `${headers[2]?.[1]}..AAAA.AAAA.AAAA`],
    ['a JWE header before a JWS', 'algorithm_not_allowed', `${headers[0]?.[1]}.${payload}.${signature}`],
    ['larger than any token', 'token_too_large', `${header}.${'A'.repeat(8192)}.A.A.A`],
  ],
})
