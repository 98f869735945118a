import { verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { derSignature } from '../../../shared/token/der-signature.ts'
import { holds } from '../../support/holds.ts'
import { makeKey, signatureOf } from '../../support/keys.ts'

const curves = [
  ['ES256', 'P-256', 32, 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  [
    'ES384',
    'P-384',
    48,
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ],
  [
    'ES512',
    'P-521',
    66,
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ],
] as const

const bytesOf = (value: bigint, length: number) =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')

/** X.690 sections 8.3 and 10.1: reads a SEQUENCE of two INTEGERs, and takes none but the shortest form. */
function readDer(der: Buffer): readonly [bigint, bigint] {
  let at = 0
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${what} in ${der.toString('hex')}`)
  }
  const length = () => {
    const first = der[at++] as number
    if (first < 0x80) return first
    const long = der[at++] as number
    must(first === 0x81 && long > 127, 'a length that could be shorter')
    return long
  }
  const integer = () => {
    must(der[at++] === 0x02, 'no INTEGER')
    const size = length()
    const digits = der.subarray(at, at + size)
    at += size
    must((digits[0] ?? 128) < 128, 'a negative number')
    must(size === 1 || digits[0] !== 0 || (digits[1] ?? 0) > 127, 'a number that could be shorter')
    return BigInt(`0x${digits.toString('hex')}`)
  }
  must(der[at++] === 0x30, 'no SEQUENCE')
  must(length() === der.length - at, 'another length')
  const values = [integer(), integer()] as const
  must(at === der.length, 'bytes behind')
  return values
}

describe.each(curves)('%s', (alg, family, half, order) => {
  const key = makeKey(family, 'k')
  const hash = `sha${alg.slice(2)}`

  test('whatever Node signs is verified as DER too, and nothing else is', async () => {
    const property = fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), (bytes, at) => {
      const message = Buffer.from(bytes)
      const signature = signatureOf(alg, key.privateKey, message)
      expect(verify(hash, message, key.publicKey, derSignature(signature))).toBe(true)
      const changed = Buffer.from(signature)
      changed[at % changed.length]! ^= 1 << (at % 8)
      const oracle = verify(hash, message, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, changed)
      expect(verify(hash, message, key.publicKey, derSignature(changed))).toBe(oracle)
    })
    await holds(property, { times: 2 })
  })

  test('every pair of numbers is written in the shortest form, zero and those out of range too', async () => {
    const edges = [
      0n,
      1n,
      127n,
      128n,
      255n,
      256n,
      0x7fffn,
      0x8000n,
      order - 1n,
      order,
      order + 1n,
      256n ** BigInt(half) - 1n,
      256n ** BigInt(half - 1),
      128n * 256n ** BigInt(half - 1) - 1n,
      128n * 256n ** BigInt(half - 1),
    ]
    const number = fc.oneof(
      fc.constantFrom(...edges),
      fc.bigInt({ min: 0n, max: 256n ** BigInt(half) - 1n }),
      fc.nat(half * 8 - 1).map((bits) => 1n << BigInt(bits)),
    )
    const shortest = (r: bigint, s: bigint) => {
      const read = readDer(derSignature(Buffer.concat([bytesOf(r, half), bytesOf(s, half)])))
      return read[0] === r && read[1] === s
    }
    await holds(fc.property(number, number, shortest), { times: 5 })
    for (const r of edges) expect(edges.filter((s) => !shortest(r, s))).toEqual([])
  })
})
