import { afterEach, describe, expect, test, vi } from 'vitest'
import type { JsonObject } from '../../../shared/json.ts'
import { maxFindMs } from '../../../shared/token/issuer-keys.ts'
import { maxRefreshWaitMs } from '../../../shared/token/settle-keys.ts'
import { expectAllowed, expectRefused } from '../../support/answers.ts'
import { attackAccess, partnerUrl, withKeys } from '../../support/attacks.ts'
import { type Stand, standOf } from '../../support/calls.ts'
import { restToken } from '../../support/events.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter, nowMs, nowSeconds } from '../../support/token.ts'

const key = makeKey('P-256', 'k1')
const mint = minter(key, 'ES256', { ...baseClaims(partnerUrl), exp: nowSeconds + 80_000 })
const never = new Promise<JsonObject>(() => undefined)

/** An issuer that answers when the test lets it; timers are the test's as well. */
function slowStand() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const issuer = { answer: async (): Promise<JsonObject> => ({ keys: [key.jwk] }) }
  const access = withKeys(attackAccess({}), (name) => ({ jwksUri: `https://${name}.example/keys` }))
  const stand = standOf(access, (url) => (url.includes('partner') ? issuer.answer() : never))
  const call = (jti: string, claims = {}) =>
    stand.call(restToken.event(`Bearer ${mint({ claims: { jti, ...claims } })}`))
  return { issuer, stand, call, token: mint({ claims: { jti: 'one' } }) }
}

/** Milliseconds until a call is through, by fake timers and the stand's clock, in steps of ten. */
async function timeOf(stand: Stand, calling: Promise<unknown>): Promise<number> {
  let done = false
  calling.finally(() => {
    done = true
  })
  for (let ms = 0; ms < 10_000; ms += 10) {
    await new Promise((resolve) => setImmediate(resolve))
    if (done) return ms
    stand.clock.nowMs += 10
    await vi.advanceTimersByTimeAsync(10)
  }
  throw new Error('never through')
}

afterEach(() => {
  vi.useRealTimers()
})

describe('how long a call waits for keys', () => {
  test('an issuer that never answers: our fault, before any Lambda times out', async () => {
    const { issuer, stand, call, token } = slowStand()
    issuer.answer = () => never
    const calling = call('one')
    expect(await timeOf(stand, calling)).toBeLessThanOrEqual(maxFindMs + maxRefreshWaitMs + 20)
    expectRefused(restToken, await calling, 'keys_unavailable', token)
  })

  test('an unknown kid on top of a refresh under way: both within the same time', async () => {
    const { issuer, stand, call } = slowStand()
    await call('one')
    issuer.answer = () => never
    stand.clock.nowMs = nowMs + 4000_000
    const other = minter(makeKey('P-256', 'k2'), 'ES256', baseClaims(partnerUrl))()
    const calling = stand.call(restToken.event(`Bearer ${other}`))
    expect(await timeOf(stand, calling)).toBeLessThanOrEqual(maxFindMs + maxRefreshWaitMs + 20)
    expectRefused(restToken, await calling, 'keys_stale', other)
  })

  test('a refresh beside a decision: the usual wait; after one that froze: until the answer is there', async () => {
    const { issuer, stand, call, token } = slowStand()
    await call('one')
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1200))
      return { keys: [key.jwk] }
    }
    issuer.answer = slow
    stand.clock.nowMs = nowMs + 4000_000
    const first = call('one')
    expect(await timeOf(stand, first)).toBeLessThanOrEqual(maxRefreshWaitMs + 20)
    expectAllowed(restToken, await first, token)
    // Frozen for a minute: what was under way is lost, and the next call begins anew and waits.
    stand.clock.nowMs += 60_000
    const second = call('one')
    expect(await timeOf(stand, second)).toBeGreaterThanOrEqual(1200)
    expectAllowed(restToken, await second, token)
    // The age counts from when the fetch set off.
    expect((await call('one')).record.keyAgeSeconds).toBe(1)
  })

  test('the keys of another issuer are nobody else’s wait', async () => {
    const { stand, call } = slowStand()
    await call('one')
    const staff = {
      iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E',
      token_use: 'access',
    }
    const hanging = stand.call(restToken.event(`Bearer ${mint({ header: { kid: 'x' }, claims: staff })}`))
    await new Promise((resolve) => setImmediate(resolve))
    const calling = call('two')
    expect(await timeOf(stand, calling)).toBe(0)
    await timeOf(stand, hanging)
  })
})
