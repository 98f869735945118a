import { generateKeyPairSync, hash, randomBytes } from 'node:crypto'
import type { Algorithm } from '../../shared/access/access.ts'
import {
  type Attack,
  attackAccess,
  attackClass,
  type Control,
  otherUrl,
  partnerUrl,
} from '../support/attacks.ts'
import { everyAlgorithm, families, familyOf, makeKey, published, type TestKey } from '../support/keys.ts'
import { baseClaims, minter, segment } from '../support/token.ts'

const claims = baseClaims(partnerUrl)
const plain = Object.fromEntries(families.map((family) => [family, makeKey(family, family)]))
const rsa = plain.RSA!
const pinnedToPs = makeKey('RSA', 'ps256-only', { alg: 'PS256' })
const encryption = makeKey('RSA', 'enc', { use: 'enc' })
const signOnly = makeKey('RSA', 'sign-only', { key_ops: ['sign'] })
const noOperations = makeKey('RSA', 'no-ops', { key_ops: [] })
const verifyOnly = makeKey('RSA', 'verify-only', { key_ops: ['verify'], use: undefined })
const lowerCase = makeKey('RSA', 'lower', { alg: 'rs256' })
const small = makeKey('RSA', 'small', {}, 1024)
const nearlySmall = makeKey('RSA', 'nearly', {}, 2047)
const oneKid = [makeKey('RSA', 'double'), makeKey('RSA', 'double')]
const mixedKid = [makeKey('RSA', 'mixed'), makeKey('P-256', 'mixed')]
const tripleKid = [makeKey('P-256', 'triple'), makeKey('P-256', 'triple'), makeKey('P-256', 'triple')]
const mislabelled = makeKey('P-384', 'mislabelled', { crv: 'P-256' })
const offCurve = makeKey('P-256', 'off-curve', { y: Buffer.alloc(32, 1).toString('base64url') })
const privateToo = makeKey('RSA', 'leaked')
const leaked = { ...privateToo.privateKey.export({ format: 'jwk' }), kid: 'leaked', use: 'sig' }
const otherKeys = {
  ed448: generateKeyPairSync('ed448'),
  x25519: generateKeyPairSync('x25519'),
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
}
const strange = Object.entries(otherKeys).map(([kid, pair]) => published(pair.publicKey, kid))

/** With e = 1 a "signature" is the padded hash itself: anybody can write it down (PKCS#1 v1.5, RFC 8017 section 9.2). */
const exponentOne = { ...rsa.jwk, kid: 'e1', e: 'AQ' }
const exponentTwo = { ...rsa.jwk, kid: 'e2', e: 'Ag' }
const exponentZero = { ...rsa.jwk, kid: 'e0', e: 'AA' }
function paddedHash(kid: string): string {
  const input = `${segment({ alg: 'RS256', kid })}.${segment(claims)}`
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const digest = Buffer.concat([info, hash('sha256', input, 'buffer')])
  const padding = Buffer.alloc(256 - 3 - digest.length, 0xff)
  const padded = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), digest])
  return `${input}.${padded.toString('base64url')}`
}

/** Nobody has the other half of these; a check with the larger one would take milliseconds. */
function modulusOf(bytes: number): string {
  const modulus = randomBytes(bytes)
  modulus[0]! |= 0x80
  modulus[bytes - 1]! |= 1
  return modulus.toString('base64url')
}
const largest = { ...rsa.jwk, kid: 'largest', n: modulusOf(1024) }
const tooLarge = { ...rsa.jwk, kid: 'too-large', n: modulusOf(1025) }

const symmetric = { kty: 'oct', kid: 'oct', k: 'c2VjcmV0', alg: 'HS256' }
const junk = [
  null,
  'text',
  5,
  true,
  [],
  {},
  { kty: 'RSA' },
  { kid: 'RSA' },
  { kty: 'AKP', kid: 'ml', alg: 'ML-DSA-44' },
]
const jwksOfPartner = [
  ...junk,
  symmetric,
  ...Object.values(plain),
  pinnedToPs,
  encryption,
  signOnly,
  noOperations,
  verifyOnly,
  lowerCase,
  small,
  nearlySmall,
  ...oneKid,
  ...mixedKid,
  ...tripleKid,
  mislabelled,
  offCurve,
  leaked,
  ...strange,
  largest,
  tooLarge,
  exponentOne,
  exponentTwo,
  exponentZero, // biome-ignore format: a list
]
const other = makeKey('P-384', 'o384')
const otherRsa = makeKey('RSA', 'orsa')

const by = (key: TestKey, alg: Algorithm, header = {}) => minter(key, alg, claims)({ header })
/** Signed truly with its own algorithm, under the name of another. */
const renamed = (key: TestKey, alg: Algorithm, name: string) => by(key, alg, { alg: name })

function misfits(): Attack[] {
  return everyAlgorithm.flatMap((alg) =>
    Object.values(plain)
      .filter((key) => key.kid !== familyOf(alg))
      .map((key): Attack => {
        const able = everyAlgorithm.find((one) => familyOf(one) === key.kid)!
        return [`${alg} by a key of ${key.kid}`, 'key_unfit', renamed(key, able, alg)]
      }),
  )
}

attackClass('the key against alg', attackAccess({ partner: jwksOfPartner, other: [other, otherRsa] }), {
  controls: [
    ...everyAlgorithm.map(
      (alg): Control => [`${alg}, beside unusable members`, by(plain[familyOf(alg)]!, alg)],
    ),
    ['PS256 by a key for PS256', by(pinnedToPs, 'PS256')],
    ['RS256 by a key to verify with, without use', by(verifyOnly, 'RS256')],
    ['RS256 by a key that the set leaks the private half of', by(privateToo, 'RS256')],
    ['RS256 by another issuer that lists it', minter(otherRsa, 'RS256', baseClaims(otherUrl))()],
  ],
  attacks: [
    ...misfits(),
    ...(['RS256', 'RS384', 'PS384'] as const).map(
      (alg): Attack => [`${alg} by a key for PS256`, 'key_unfit', by(pinnedToPs, alg)],
    ),
    ['RS256 under the name of RS384', 'signature_invalid', renamed(rsa, 'RS256', 'RS384')],
    ['RS256 under the name of PS256', 'signature_invalid', renamed(rsa, 'RS256', 'PS256')],
    ['PS256 under the name of RS256', 'signature_invalid', renamed(rsa, 'PS256', 'RS256')],
    ...[
      'rs256',
      'Rs256',
      'RS256 ',
      'RSA-SHA256',
      'sha256',
      'SHA256',
      'RS1',
      'ES256K',
      'Ed448',
      'ML-DSA-44',
      'dir',
    ].map((name): Attack => [`alg "${name}"`, 'algorithm_not_allowed', renamed(rsa, 'RS256', name)]),
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(
      (name): Attack => [`alg "${name}"`, 'algorithm_not_allowed', renamed(rsa, 'RS256', name)],
    ),
    [
      'ES384 where the issuer lists RS256 and ES256, by its own key',
      'algorithm_not_allowed',
      minter(other, 'ES384', baseClaims(otherUrl))(),
    ],
    [
      'PS256 where the issuer lists RS256, by its own key',
      'algorithm_not_allowed',
      minter(otherRsa, 'PS256', baseClaims(otherUrl))(),
    ],
    ['a key for encryption', 'key_unfit', by(encryption, 'RS256')],
    ['a key to sign with alone', 'key_unfit', by(signOnly, 'RS256')],
    ['a key for no operation', 'key_unfit', by(noOperations, 'RS256')],
    ['a key for "rs256"', 'key_unfit', by(lowerCase, 'RS256')],
    ['RSA of 1024 bits', 'key_unfit', by(small, 'RS256')],
    ['RSA of 2047 bits', 'key_unfit', by(nearlySmall, 'RS256')],
    ['RSA of 8192 bits, by another key', 'signature_invalid', by({ ...rsa, kid: 'largest' }, 'RS256')],
    ['RSA of 8200 bits', 'key_unfit', by({ ...rsa, kid: 'too-large' }, 'RS256')],
    ['RSA with the exponent 1 and the padded hash for a signature', 'key_unfit', paddedHash('e1')],
    ['RSA with the exponent 2', 'key_unfit', paddedHash('e2')],
    ['RSA with the exponent 0', 'key_unfit', paddedHash('e0')],
    ['the padded hash under a sound key', 'signature_invalid', paddedHash('RSA')],
    ['a doubled kid, its first key', 'key_ambiguous', by(oneKid[0]!, 'RS256')],
    ['a doubled kid, its second key', 'key_ambiguous', by(oneKid[1]!, 'RS256')],
    ['a kid doubled by a key for another algorithm', 'key_ambiguous', by(mixedKid[0]!, 'RS256')],
    ['a tripled kid', 'key_ambiguous', by(tripleKid[2]!, 'ES256')],
    ['a symmetric member', 'key_unfit', by({ ...rsa, kid: 'oct' }, 'RS256')],
    ['a P-384 key that calls itself P-256', 'key_unfit', by({ ...rsa, kid: 'mislabelled' }, 'RS256')],
    ['a point off its curve', 'key_unfit', by(offCurve, 'ES256')],
    ['Ed448 under the name of EdDSA', 'key_unfit', by({ ...plain.Ed25519!, kid: 'ed448' }, 'EdDSA')],
    ['X25519 under the name of EdDSA', 'key_unfit', by({ ...plain.Ed25519!, kid: 'x25519' }, 'EdDSA')],
    ['secp256k1 under the name of ES256', 'key_unfit', by({ ...plain['P-256']!, kid: 'secp256k1' }, 'ES256')],
    [
      'an algorithm of the future',
      'algorithm_not_allowed',
      renamed({ ...rsa, kid: 'ml' }, 'RS256', 'ML-DSA-44'),
    ],
  ],
})
