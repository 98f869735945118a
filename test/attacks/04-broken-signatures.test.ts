import type { Algorithm } from '../../shared/access/access.ts'
import { type Attack, attackAccess, attackClass, partnerUrl } from '../support/attacks.ts'
import { everyAlgorithm, families, familyOf, makeKey } from '../support/keys.ts'
import { baseClaims, minter, partsOf } from '../support/token.ts'

const keys = Object.fromEntries(families.map((family) => [family, makeKey(family, family)]))
const keyOf = (alg: Algorithm) => keys[familyOf(alg)]!
const mint = (alg: Algorithm) => minter(keyOf(alg), alg, baseClaims(partnerUrl))()

/** The orders of the curves' groups (SEC 2, version 2.0): r and s lie between 1 and these, less one. */
const orders: readonly (readonly [Algorithm, bigint])[] = [
  ['ES256', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  [
    'ES384',
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ],
  [
    'ES512',
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ],
]

const bytesOf = (value: bigint, length: number) =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`)
const derOf = (r: Buffer, s: Buffer) => {
  const integer = (one: Buffer) => Buffer.concat([Buffer.from([2, one.length + 1, 0]), one])
  const content = Buffer.concat([integer(r), integer(s)])
  const length = content.length > 127 ? [0x81, content.length] : [content.length]
  return Buffer.concat([Buffer.from([0x30, ...length]), content])
}

function ecdsaAttacks(alg: Algorithm, order: bigint): Attack[] {
  const [header, payload, text] = partsOf(mint(alg))
  const signature = Buffer.from(text, 'base64url')
  const half = signature.length / 2
  const [r, s] = [signature.subarray(0, half), signature.subarray(half)]
  const number = (value: bigint) => bytesOf(value, half)
  const [zero, n] = [number(0n), number(order)]
  const forged: readonly (readonly [string, Buffer])[] = [
    ['r and s of zero (the psychic signature)', Buffer.concat([zero, zero])],
    ['r of zero', Buffer.concat([zero, s])],
    ['s of zero', Buffer.concat([r, zero])],
    ['r of the order', Buffer.concat([n, s])],
    ['s of the order', Buffer.concat([r, n])],
    ['r and s of the order', Buffer.concat([n, n])],
    ['r of one and s of one', Buffer.concat([number(1n), number(1n)])],
    ['r of the order less one', Buffer.concat([number(order - 1n), s])],
    ['r of all ones', Buffer.concat([Buffer.alloc(half, 0xff), s])],
    ['all ones', Buffer.alloc(half * 2, 0xff)],
    ['r and s exchanged', Buffer.concat([s, r])],
    ['DER', derOf(r, s)],
    ['DER cut to the right length', derOf(r, s).subarray(0, half * 2)],
    ['the last byte cut off', signature.subarray(0, -1)],
    ['the first byte cut off', signature.subarray(1)],
    ['a byte more', Buffer.concat([signature, Buffer.alloc(1)])],
    ['a leading zero', Buffer.concat([Buffer.alloc(1), signature])],
    ['leading zeros in both halves', Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s])],
    ['the length of another curve', Buffer.concat([r, s, Buffer.alloc(alg === 'ES256' ? 32 : 4)])],
    ['twice', Buffer.concat([signature, signature])],
  ]
  return forged.map(
    ([name, bytes]): Attack => [
      `${alg}, ${name}`,
      'signature_invalid',
      `${header}.${payload}.${bytes.toString('base64url')}`,
    ],
  )
}

/** JOSE has no low-s rule: n - s verifies just as well. */
function highS(alg: Algorithm, order: bigint): string {
  const [header, payload, text] = partsOf(mint(alg))
  const signature = Buffer.from(text, 'base64url')
  const half = signature.length / 2
  const s = numberOf(signature.subarray(half))
  const other = bytesOf(order - s, half)
  return `${header}.${payload}.${Buffer.concat([signature.subarray(0, half), other]).toString('base64url')}`
}

function commonAttacks(alg: Algorithm): Attack[] {
  const [header, payload, text] = partsOf(mint(alg))
  const signature = Buffer.from(text, 'base64url')
  const flipped = Buffer.from(signature)
  flipped[flipped.length - 1]! ^= 1
  const changed: readonly (readonly [string, Buffer])[] = [
    ['missing', Buffer.alloc(0)],
    ['of zeros', Buffer.alloc(signature.length)],
    ['one byte', Buffer.from([1])],
    ['cut in half', signature.subarray(0, signature.length / 2)],
    ['one bit flipped', flipped],
    ['one zero byte behind', Buffer.concat([signature, Buffer.alloc(1)])],
    ['one zero byte before', Buffer.concat([Buffer.alloc(1), signature])],
    ['very long', Buffer.alloc(4096, 1)],
  ]
  return [
    ...changed.map(
      ([name, bytes]): Attack => [
        `${alg}, ${name}`,
        'signature_invalid',
        `${header}.${payload}.${bytes.toString('base64url')}`,
      ],
    ),
    [`${alg}, of another token`, 'signature_invalid', `${header}.${segmentOfAnother(payload)}.${text}`],
  ]
}

function segmentOfAnother(payload: string): string {
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')
}

/** Ed25519's S plus its group order: RFC 8032 section 5.1.7 refuses it, lax implementations take it for the same. */
function malleableEd25519(): Attack {
  const [header, payload, text] = partsOf(mint('EdDSA'))
  const signature = Buffer.from(text, 'base64url')
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const s = numberOf(Buffer.from(signature.subarray(32)).reverse()) + order
  const forged = Buffer.concat([signature.subarray(0, 32), bytesOf(s, 32).reverse()])
  return [
    'EdDSA, S plus the order',
    'signature_invalid',
    `${header}.${payload}.${forged.toString('base64url')}`,
  ]
}

attackClass('a broken signature', attackAccess({ partner: Object.values(keys) }), {
  controls: [
    ...everyAlgorithm.map((alg) => [alg, mint(alg)] as const),
    ...orders.map(([alg, order]) => [`${alg} with s and with n - s`, highS(alg, order)] as const),
  ],
  attacks: [
    ...everyAlgorithm.flatMap(commonAttacks),
    ...orders.flatMap(([alg, order]) => ecdsaAttacks(alg, order)),
    malleableEd25519(),
  ],
})
