import { describe, expect, test } from 'vitest'
import type { Json } from '../../shared/json.ts'
import { expectAllowed, expectRefused } from '../support/answers.ts'
import { attackAccess, partnerUrl, withResponse } from '../support/attacks.ts'
import { standOf } from '../support/calls.ts'
import { corpusFile } from '../support/corpus.ts'
import { forms } from '../support/events.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, segment } from '../support/token.ts'

type Corpus = { readonly proofs: readonly { readonly figure: string; readonly proof: string }[] }
const corpus = corpusFile<Corpus>('rfc9449/dpop-proofs.json')

describe.skipIf(!corpus).each(forms)('the proofs of RFC 9449, by $name', (form) => {
  const proofs = corpus?.proofs ?? []
  const key = makeKey('P-256', 'k1')
  /** The worst case: the issuer publishes the very key that the proofs carry, and it is the only one. */
  const published = proofs.slice(0, 1).map(({ proof }) => {
    const { jwk } = JSON.parse(Buffer.from(proof.split('.')[0] ?? '', 'base64url').toString()) as {
      jwk: object
    }
    return { ...jwk, use: 'sig' } as Json
  })

  test.each(proofs)('$figure in the place of a token is refused', async ({ proof }) => {
    const stand = standOf(withResponse(attackAccess({ partner: published }), form.response))
    for (const value of [proof, `Bearer ${proof}`])
      expectRefused(form, await stand.call(form.event(value)), 'typ_not_allowed', proof)
    expectRefused(form, await stand.call(form.event(`DPoP ${proof}`)), 'token_malformed', proof)
    expect(stand.fetched).toEqual([])
  })

  test.each(proofs)('$figure with its typ taken out is refused', async ({ proof }) => {
    const stand = standOf(withResponse(attackAccess({ partner: published }), form.response))
    const [, payload, signature] = proof.split('.')
    const token = `${segment({ alg: 'ES256' })}.${payload}.${signature}`
    expectRefused(form, await stand.call(form.event(`Bearer ${token}`)), 'issuer_unknown', token)
  })

  test('control: a token is accepted', async () => {
    const token = minter(key, 'ES256', baseClaims(partnerUrl))()
    const stand = standOf(withResponse(attackAccess({ partner: [key] }), form.response))
    expectAllowed(form, await stand.call(form.event(`Bearer ${token}`)), token)
  })
})
