import { createHmac } from 'node:crypto'
import { attackAccess, attackClass, otherUrl, partnerUrl } from '../support/attacks.ts'
import { makeKey, signatureOf } from '../support/keys.ts'
import { baseClaims, minter, segment } from '../support/token.ts'

const key = makeKey('RSA', 'k1')
const blank = { kty: 'oct', kid: 'blank', k: '', use: 'sig' }
const absent = { kty: 'oct', kid: 'absent' }
const emptyRsa = { kty: 'RSA', kid: 'empty-rsa', n: '', e: '' }
const zeroRsa = { kty: 'RSA', kid: 'zero-rsa', n: Buffer.alloc(256).toString('base64url'), e: 'AQAB' }
const emptyEc = { kty: 'EC', kid: 'empty-ec', crv: 'P-256', x: '', y: '' }
const zero = Buffer.alloc(32).toString('base64url')
const infinity = { kty: 'EC', kid: 'infinity', crv: 'P-256', x: zero, y: zero }
const emptyEd = { kty: 'OKP', kid: 'empty-ed', crv: 'Ed25519', x: '' }
const unusable = [blank, absent, emptyRsa, zeroRsa, emptyEc, infinity, emptyEd]

const mint = minter(key, 'RS256', baseClaims(partnerUrl))
const stranger = makeKey('RSA', 'stranger')

function hmac(alg: string, kid: string, secret: string, iss = partnerUrl): string {
  const input = `${segment({ alg, kid })}.${segment(baseClaims(iss))}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

function zeros(alg: string, kid: string, bytes: number): string {
  return `${segment({ alg, kid })}.${segment(baseClaims(partnerUrl))}.${Buffer.alloc(bytes).toString('base64url')}`
}

attackClass('an empty or falsy key', attackAccess({ partner: [...unusable, key], other: [blank, null] }), {
  controls: [['the usable key of the same set', mint()]],
  attacks: [
    ['HS256 with a blank password', 'algorithm_not_allowed', hmac('HS256', 'k1', '')],
    ['HS256 with the blank key of the set', 'algorithm_not_allowed', hmac('HS256', 'blank', '')],
    ['HS256 with "undefined"', 'algorithm_not_allowed', hmac('HS256', 'nobody', 'undefined')],
    ['HS256 with "null"', 'algorithm_not_allowed', hmac('HS256', 'absent', 'null')],
    ['RS256 by the blank symmetric key', 'key_unfit', hmac('RS256', 'blank', '')],
    ['RS256 by a symmetric key without k', 'key_unfit', hmac('RS256', 'absent', '')],
    ['RS256 by an RSA key without digits', 'key_unfit', zeros('RS256', 'empty-rsa', 256)],
    ['RS256 by an RSA key of zeros, signature zero', 'key_unfit', zeros('RS256', 'zero-rsa', 256)],
    ['ES256 by an EC key without a point', 'key_unfit', zeros('ES256', 'empty-ec', 64)],
    ['ES256 by the point (0, 0)', 'key_unfit', zeros('ES256', 'infinity', 64)],
    ['EdDSA by a key without a point', 'key_unfit', zeros('EdDSA', 'empty-ed', 64)],
    [
      'an unknown kid, so that no key is found',
      'key_unknown',
      minter(stranger, 'RS256', baseClaims(partnerUrl))(),
    ],
    ['an empty kid', 'key_unknown', mint({ header: { kid: '' } })],
    ['an issuer whose every key is unusable', 'keys_unavailable', hmac('RS256', 'blank', '', otherUrl)],
    [
      'an issuer whose every key is unusable, without a kid',
      'keys_unavailable',
      minter(stranger, 'RS256', baseClaims(otherUrl))({ header: { kid: undefined } }),
    ],
    [
      'RS256 signed by nobody: a signature over nothing',
      'signature_invalid',
      `${mint().split('.').slice(0, 2).join('.')}.${signatureOf('RS256', key.privateKey, '').toString('base64url')}`,
    ],
  ],
})
