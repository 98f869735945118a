import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { maxGeneration } from '../../../shared/token/remembered.ts'
import { createVerifier, type Verified } from '../../../shared/token/verify.ts'
import { iss, issuerOf, setOf } from '../../support/issuers.ts'
import { everyAlgorithm, families, familyOf, makeKey } from '../../support/keys.ts'
import { baseClaims, minter, nowMs, nowSeconds } from '../../support/token.ts'

const key = makeKey('Ed25519', 'k1')
const mint = minter(key, 'EdDSA', baseClaims(iss))
const digest = (token: string) => hash('sha256', token, 'base64url')

/** A verifier of pinned keys that answers at once. */
function pinned(more: Parameters<typeof issuerOf>[0] = {}) {
  const clock = { nowMs }
  const verifier = createVerifier([issuerOf({ keys: { jwks: setOf(key) as never }, ...more })], {
    nowMs: () => clock.nowMs,
    fetchJson: () => Promise.reject(new Error('nothing may be fetched here')),
  })
  const verify = (token: string) => verifier.verify(token, digest(token), { nowMs: clock.nowMs }) as Verified
  const reasonOf = async (token: string) => {
    try {
      await verify(token)
      return 'accepted'
    } catch (error) {
      return (error as { reason?: string }).reason
    }
  }
  return { clock, verify, reasonOf }
}

describe('the memory of verified tokens', () => {
  test('a token seen before is the same value, not verified again', async () => {
    const { verify } = pinned()
    const token = mint()
    const first = verify(token)
    expect(verify(token)).toBe(first)
    expect(first.claims.sub).toBe('bot-1')
    expect(first.times).toEqual({ notBefore: nowSeconds - 65, expiresAt: nowSeconds + 600 })
  })

  test('the times are compared with the clock on every call', async () => {
    const { clock, verify, reasonOf } = pinned()
    const token = mint()
    const first = verify(token)
    for (const [atMs, expected] of [
      [nowMs + 599_999, 'accepted'],
      [nowMs + 600_000, 'token_expired'],
      [nowMs - 65_000, 'accepted'],
      [nowMs - 65_001, 'token_not_yet_valid'],
      [nowMs, 'accepted'],
    ] as const) {
      clock.nowMs = atMs
      expect(await reasonOf(token)).toBe(expected)
    }
    expect(verify(token)).toBe(first)
  })

  test('it is bounded: the first of more tokens than it holds is verified again', async () => {
    const { verify } = pinned()
    const token = mint()
    const first = verify(token)
    for (let jti = 0; jti < 2 * maxGeneration; jti++) verify(mint({ claims: { jti } }))
    expect(verify(token)).not.toBe(first)
    const last = mint({ claims: { jti: 2 * maxGeneration - 1 } })
    expect(verify(last)).toBe(verify(last))
  })

  test('refusals are not remembered: what is refused is refused by a check each time', async () => {
    const { clock, reasonOf } = pinned()
    const token = mint({ claims: { nbf: nowSeconds + 60 } })
    expect(await reasonOf(token)).toBe('token_not_yet_valid')
    clock.nowMs = nowMs + 55_000
    expect(await reasonOf(token)).toBe('accepted')
  })
})

describe('the order of the checks: the first that fails is the reason', () => {
  const other = makeKey('Ed25519', 'k1')
  const forge = minter(other, 'EdDSA', baseClaims(iss))
  // Each token fails every check from its own on; the list is design section 4's.
  const typ = 'dpop+jwt'
  const claims = {
    iss: 'https://attacker.example',
    exp: 0,
    nbf: 'x',
    aud: 'other',
    nonce: 'n',
    sub: '',
    cnf: {},
  }
  const rows: readonly (readonly [string, string, string])[] = [
    ['size', 'token_too_large', `${'x'.repeat(8193)}.!.!`],
    ['three parts', 'token_malformed', '!.!'],
    ['base64url', 'encoding_invalid', `${forge({ header: 'x', claims: 'x' })}!`],
    ['the header’s JSON', 'header_invalid', forge({ header: '[]', claims: 'x' })],
    [
      'the payload’s JSON',
      'payload_invalid',
      forge({ header: { crit: ['x'], typ, alg: 'none' }, claims: '[]' }),
    ],
    ['crit', 'crit_unsupported', forge({ header: { crit: ['x'], typ, alg: 'none' }, claims })],
    ['typ', 'typ_not_allowed', forge({ header: { typ, alg: 'none', kid: 'k9' }, claims })],
    ['iss', 'issuer_unknown', forge({ header: { alg: 'none', kid: 'k9' }, claims })],
    [
      'alg',
      'algorithm_not_allowed',
      forge({ header: { alg: 'none', kid: 'k9' }, claims: { ...claims, iss } }),
    ],
    ['kid', 'key_unknown', forge({ header: { alg: 'ES256', kid: 'k9' }, claims: { ...claims, iss } })],
    ['the key for alg', 'key_unfit', forge({ header: { alg: 'ES256' }, claims: { ...claims, iss } })],
    ['signature', 'signature_invalid', forge({ claims: { ...claims, iss } })],
    ['exp, as a date', 'expiry_invalid', mint({ claims: { ...claims, iss, exp: '0' } })],
    ['exp', 'token_expired', mint({ claims: { ...claims, iss, nbf: nowSeconds + 60 } })],
    [
      'nbf',
      'token_not_yet_valid',
      mint({ claims: { ...claims, iss, exp: nowSeconds + 60, nbf: nowSeconds + 60 } }),
    ],
    ['aud', 'audience_not_allowed', mint({ claims: { ...claims, iss, exp: nowSeconds + 60, nbf: 0 } })],
    ['token use', 'token_use_not_allowed', mint({ claims: { nonce: 'n', sub: '', cnf: {} } })],
    ['required claims', 'claim_required', mint({ claims: { sub: '', cnf: {} } })],
    ['sub', 'subject_invalid', mint({ claims: { tenant: 'acme', sub: '', cnf: {} } })],
    ['cnf', 'proof_required', mint({ claims: { tenant: 'acme', cnf: {} } })],
  ]
  const tenant = { claim: { name: 'tenant', path: ['tenant'] }, matcher: { equals: 'acme' } }
  const { reasonOf } = pinned({ require: [tenant] })

  test.each(rows)('%s: %s', async (_, reason, token) => {
    expect(await reasonOf(token)).toBe(reason)
  })

  test('and none fails', async () => {
    expect(await reasonOf(mint({ claims: { tenant: 'acme' } }))).toBe('accepted')
  })
})

describe('settings of an issuer', () => {
  test.each([0, 5, 60])('a leeway of %i s is for nbf and iat alone', async (clockSkewSeconds) => {
    const { reasonOf } = pinned({ clockSkewSeconds })
    for (const claim of ['nbf', 'iat']) {
      expect(await reasonOf(mint({ claims: { [claim]: nowSeconds + clockSkewSeconds } }))).toBe('accepted')
      expect(await reasonOf(mint({ claims: { [claim]: nowSeconds + clockSkewSeconds + 1 } }))).toBe(
        'token_not_yet_valid',
      )
    }
    expect(await reasonOf(mint({ claims: { exp: nowSeconds } }))).toBe('token_expired')
  })

  test('audience null, written out, takes tokens for anybody and for nobody', async () => {
    const { reasonOf } = pinned({ audience: null })
    for (const aud of ['anybody', ['a', 'b'], undefined, [1]])
      expect(await reasonOf(mint({ claims: { aud } }))).toBe('accepted')
  })

  test('typ: only what the issuer lists, an absent one included', async () => {
    const { reasonOf } = pinned({ typ: ['at+jwt'] })
    expect(await reasonOf(mint({ header: { typ: 'at+jwt' } }))).toBe('accepted')
    expect(await reasonOf(mint({ header: { typ: 'application/AT+JWT' } }))).toBe('accepted')
    expect(await reasonOf(mint({ header: { typ: undefined } }))).toBe('typ_not_allowed')
    expect(await reasonOf(mint())).toBe('typ_not_allowed')
  })

  test('required claims: a missing claim meets nothing, a present one must match', async () => {
    const required = (matcher: object) => ({ claim: { name: 'tenant', path: ['tenant'] }, matcher }) as never
    const { reasonOf } = pinned({
      require: [required({ present: true }), required({ any: [{ equals: 'a' }, { equals: 5 }] })],
    })
    for (const [tenant, expected] of [
      ['a', 'accepted'],
      [5, 'accepted'],
      [['b', 'a'], 'accepted'],
      ['b', 'claim_required'],
      ['5', 'claim_required'],
      [null, 'claim_required'],
      [undefined, 'claim_required'],
    ] as const)
      expect(await reasonOf(mint({ claims: { tenant } }))).toBe(expected)
  })

  test.each(everyAlgorithm)(
    '%s is taken where it alone is listed, and every other is refused there',
    async (alg) => {
      const keys = families.map((family) => makeKey(family, family))
      const { reasonOf } = pinned({ algorithms: [alg], keys: { jwks: setOf(...keys) as never } })
      for (const other of everyAlgorithm) {
        const token = minter(keys.find(({ kid }) => kid === familyOf(other))!, other, baseClaims(iss))()
        expect([other, await reasonOf(token)]).toEqual([
          other,
          other === alg ? 'accepted' : 'algorithm_not_allowed',
        ])
      }
    },
  )
})
