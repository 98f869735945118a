import { describe, expect, test } from 'vitest'
import type { Algorithm } from '../../../shared/access/access.ts'
import type { JsonObject } from '../../../shared/json.ts'
import { verifyJws } from '../../../shared/token/jws.ts'
import { corpusFolder } from '../../support/corpus.ts'
import { everyAlgorithm } from '../../support/keys.ts'

type Example = {
  readonly title: string
  readonly input: { readonly payload: string; readonly key: JsonObject; readonly alg: string }
  readonly output: { readonly compact?: string; readonly json?: object; readonly json_flat?: object }
}
const examples = ['jws', 'curve25519', 'rfc7797'].flatMap((folder) =>
  corpusFolder<Example>(`jose-cookbook/${folder}`),
)
const named = (name: string) => examples.find(([file]) => file === name)?.[1] as Example

function reasonOf(compact: string, key: JsonObject): string {
  try {
    verifyJws(compact, { keys: [key] }, { algorithms: everyAlgorithm })
    return 'verified'
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error)
  }
}

describe.skipIf(examples.length === 0)('the examples of RFC 7520, 7797 and 8037', () => {
  const good: readonly (readonly [string, Algorithm])[] = [
    ['4_1.rsa_v15_signature.json', 'RS256'],
    ['4_2.rsa-pss_signature.json', 'PS384'],
    ['4_3.ecdsa_signature.json', 'ES512'],
    ['jws.json', 'EdDSA'],
  ]

  test.each(good)('%s (%s) verifies, its payload byte for byte', (file, alg) => {
    const { input, output } = named(file)
    const { header, payload } = verifyJws(output.compact ?? '', { keys: [input.key] }, { algorithms: [alg] })
    expect(header.alg).toBe(alg)
    expect(payload).toEqual(Buffer.from(input.payload))
  })

  test.each(good)(
    '%s: with one bit of it changed it does not, nor by another algorithm than listed',
    (file, alg) => {
      const { input, output } = named(file)
      const [header, payload, signature] = (output.compact ?? '').split('.') as [string, string, string]
      const bytes = Buffer.from(payload, 'base64url')
      bytes[0]! ^= 1
      const changed = `${header}.${bytes.toString('base64url')}.${signature}`
      expect(reasonOf(changed, input.key)).toBe('signature_invalid')
      const algorithms = everyAlgorithm.filter((one) => one !== alg)
      expect(() => verifyJws(output.compact ?? '', { keys: [input.key] }, { algorithms })).toThrow(
        expect.objectContaining({ reason: 'algorithm_not_allowed' }),
      )
    },
  )

  test.each([
    ['4_4.hmac-sha2_integrity_protection.json', 'algorithm_not_allowed'],
    ['4_5.signature_with_detached_content.json', 'token_malformed'],
    ['hmac-sha2_b64_false.json', 'encoding_invalid'],
    ['ecdh-es.json', 'token_encrypted'],
  ])('%s is refused: %s', (file, reason) => {
    const { input, output } = named(file)
    expect(reasonOf(output.compact ?? '', input.key)).toBe(reason)
  })

  test('b64 false is refused as such where the payload would even decode', () => {
    const { output, input } = named('hmac-sha2_b64_false.json')
    const [header, , signature] = (output.compact ?? '').split('.')
    expect(reasonOf(`${header}.AAAA.${signature}`, input.key)).toBe('crit_unsupported')
  })

  test('every JSON serialisation is refused', () => {
    const serialised = examples.flatMap(([, { output, input }]) =>
      [output.json, output.json_flat]
        .filter((one) => one !== undefined)
        .map((one) => [JSON.stringify(one), input.key] as const),
    )
    expect(serialised.length).toBeGreaterThan(15)
    for (const [text, key] of serialised)
      expect(reasonOf(text, key)).toMatch(/^(token_malformed|token_encrypted|encoding_invalid)$/)
  })
})
