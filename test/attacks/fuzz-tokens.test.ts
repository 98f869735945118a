import { JwtVerifier } from 'aws-jwt-verify'
import fc from 'fast-check'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { expectedRefusal, expectNoToken, expectShape, lets } from '../support/answers.ts'
import {
  access,
  algorithms,
  jsonLevel,
  jwks,
  mint,
  partLevel,
  textLevel,
} from '../support/arbitrary-tokens.ts'
import { partnerUrl, withResponse } from '../support/attacks.ts'
import { type Outcome, standOf } from '../support/calls.ts'
import { type Form, forms } from '../support/events.ts'
import { holds } from '../support/holds.ts'
import { nowMs, partsOf } from '../support/token.ts'

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs })
})
afterAll(() => {
  vi.useRealTimers()
})

/** jose's opinion, as lenient as a setting of it can be: whatever it refuses must be refused. */
async function joseTakes(token: string): Promise<boolean> {
  const options = {
    issuer: partnerUrl,
    audience: ['orders', 'billing'],
    clockTolerance: 5,
    currentDate: new Date(nowMs),
  }
  return jwtVerify(token, createLocalJWKSet(jwks as unknown as JSONWebKeySet), options).then(
    () => true,
    () => false,
  )
}

const library = JwtVerifier.create({
  issuer: partnerUrl,
  audience: ['orders', 'billing'],
  jwksUri: `${partnerUrl}/keys`,
  graceSeconds: 5,
})
library.cacheJwks(jwks as never)
function libraryTakes(token: string): boolean {
  try {
    library.verifySync(token)
    return true
  } catch {
    return false
  }
}

const accepted = { count: 0 }

/** It answers, or refuses with a reason; and what it accepts, jose and aws-jwt-verify accept. */
async function sane(form: Form, call: (event: unknown) => Promise<Outcome>, token: string): Promise<void> {
  const outcome = await call(form.event(`Bearer ${token}`))
  expect(outcome.record.reason).not.toBe('internal_error')
  if (token.length > 100) expectNoToken(outcome, token)
  if (lets(outcome, form.arn())) {
    accepted.count++
    expect(outcome.record).toMatchObject({ effect: 'allow', reason: 'granted' })
    // Spaces between the scheme and the token are none of the token's.
    const bare = token.replace(/^ +/, '')
    expect([bare, await joseTakes(bare)]).toEqual([bare, true])
    // The library refuses a jti that is no string (RFC 7519 section 4.1.7); nothing here reads it.
    const { jti } = JSON.parse(Buffer.from(partsOf(bare)[1], 'base64url').toString()) as { jti?: unknown }
    if (jti === undefined || typeof jti === 'string') expect([bare, libraryTakes(bare)]).toEqual([bare, true])
    return
  }
  const reason = outcome.record.reason as Parameters<typeof expectedRefusal>[1]
  expect(outcome.record.effect).toBe('deny')
  if (expectedRefusal(form.api, reason) === 'deny') expectShape(form, outcome.answer)
  else expect(outcome.thrown?.message).toBe('Unauthorized')
}

describe.each(forms)('arbitrary tokens, by $name', (form) => {
  const stand = standOf(withResponse(access, form.response))
  const property = (tokens: fc.Arbitrary<string>) =>
    fc.asyncProperty(tokens, (token) => sane(form, stand.call, token))

  test('good ones with claims and header members changed, and signed so', async () => {
    accepted.count = 0
    await holds(property(jsonLevel))
    expect(accepted.count).toBeGreaterThan(0)
  })

  test('good ones with characters changed, put in or taken out', () =>
    holds(property(textLevel), { times: 2 }))

  test('segments of good ones put together anew', () => holds(property(partLevel)))

  test('any text at all', () => holds(property(fc.string({ unit: 'binary', maxLength: 60 }))))

  test('nothing was fetched', () => expect(stand.fetched).toEqual([]))
})

describe('every character of a token counts', () => {
  const form = forms[0]!
  test.each(algorithms)(
    '%s: each of them changed to its neighbour in the alphabet is refused',
    async (alg) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const stand = standOf(access)
      const token = mint(alg, {}, { jti: alg })
      const taken: number[] = []
      for (let at = 0; at < token.length; at++) {
        if (token[at] === '.') continue
        const changed =
          token.slice(0, at) + alphabet[(alphabet.indexOf(token[at]!) + 1) % 64] + token.slice(at + 1)
        const { record } = await stand.call(form.event(`Bearer ${changed}`))
        expect(record.reason).not.toBe('internal_error')
        if (record.effect === 'allow') taken.push(at)
      }
      expect(taken).toEqual([])
      expect((await stand.call(form.event(`Bearer ${token}`))).record.effect).toBe('allow')
    },
  )
})
