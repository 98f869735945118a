import { describe, expect, test } from 'vitest'
import type { Json } from '../../shared/json.ts'
import { expectAllowed, expectRefused } from '../support/answers.ts'
import { attackAccess, partnerUrl, withKeys, withResponse } from '../support/attacks.ts'
import { type Stand, standOf } from '../support/calls.ts'
import { type Form, forms, pathForms, restRequest } from '../support/events.ts'
import { expectExplained } from '../support/explained.ts'
import { makeKey, type TestKey } from '../support/keys.ts'
import { baseClaims, minter, nowMs, nowSeconds, partsOf } from '../support/token.ts'

const first = makeKey('P-256', 'first')
const second = makeKey('P-256', 'second')
const mint = minter(first, 'ES256', baseClaims(partnerUrl))
const mintSecond = minter(second, 'ES256', baseClaims(partnerUrl))
const hour = 3_600_000

/** An issuer whose keys are fetched, and which a test can rotate or take down. */
function onlineStand(form: Form) {
  const issuer = { keys: [first.jwk] as Json[], down: false }
  const access = withKeys(attackAccess({}), () => ({ jwksUri: 'https://id.partner.example/keys' }))
  const stand = standOf(withResponse(access, form.response), async () => {
    if (issuer.down) throw new Error('down')
    return { keys: issuer.keys }
  })
  const publish = (...keys: TestKey[]) => {
    issuer.keys = keys.map((key) => key.jwk)
  }
  return { issuer, publish, stand, ...asserting(form, stand) }
}

function asserting(form: Form, stand: Stand) {
  return {
    accepted: async (token: string) => {
      const outcome = await stand.call(form.event(`Bearer ${token}`))
      expectAllowed(form, outcome, token)
      return outcome
    },
    refused: async (token: string, reason: Parameters<typeof expectRefused>[2]) =>
      expectRefused(form, await stand.call(form.event(`Bearer ${token}`)), reason, token),
  }
}

test('an explanation remembers nothing: a token past its exp, and one whose key is gone, are refused as such', async () => {
  const access = attackAccess({ partner: [first] })
  const expired = mint({ claims: { exp: nowSeconds } })
  const withdrawn = mintSecond()
  await expectExplained(
    access,
    restRequest.event(`Bearer ${mint({ claims: { nbf: nowSeconds + 30 } })}`),
    'token_not_yet_valid',
    '',
  )
  await expectExplained(access, restRequest.event(`Bearer ${expired}`), 'token_expired', expired)
  await expectExplained(access, restRequest.event(`Bearer ${withdrawn}`), 'key_unknown', withdrawn)
})

describe.each(forms)('what a verifier remembers, by $name', (form) => {
  test('a token that is not yet valid is accepted later: no error is kept', async () => {
    const { stand, accepted, refused } = onlineStand(form)
    const token = mint({ claims: { nbf: nowSeconds + 30 } })
    await refused(token, 'token_not_yet_valid')
    stand.clock.nowMs = nowMs + 24_999
    await refused(token, 'token_not_yet_valid')
    stand.clock.nowMs = nowMs + 25_000
    await accepted(token)
  })

  test('a success does not outlive exp', async () => {
    const { stand, accepted, refused } = onlineStand(form)
    const token = mint({ claims: { exp: nowSeconds + 100 } })
    await accepted(token)
    stand.clock.nowMs = nowMs + 99_999
    await accepted(token)
    stand.clock.nowMs = nowMs + 100_000
    await refused(token, 'token_expired')
    stand.clock.nowMs = nowMs + 99_000
    await accepted(token)
  })

  test('a success does not come before nbf, where the clock was set back', async () => {
    const { stand, accepted, refused } = onlineStand(form)
    const token = mint()
    await accepted(token)
    stand.clock.nowMs = nowMs - 120_000
    await refused(token, 'token_not_yet_valid')
  })

  test('a success does not outlive its key', async () => {
    const { publish, stand, accepted, refused } = onlineStand(form)
    const token = mint({ claims: { exp: nowSeconds + 86_400 } })
    await accepted(token)
    publish(second)
    stand.clock.nowMs = nowMs + hour
    // The refresh by age runs beside this decision, which the old keys still make.
    await accepted(token)
    await refused(token, 'key_unknown')
    await accepted(mintSecond({ claims: { exp: nowSeconds + 86_400 } }))
  })

  test('a key that was removed and came back is verified with anew', async () => {
    const { publish, stand, accepted, refused } = onlineStand(form)
    const token = mint({ claims: { exp: nowSeconds + 86_400 } })
    await accepted(token)
    publish(second)
    stand.clock.nowMs = nowMs + hour
    await accepted(token)
    await refused(token, 'key_unknown')
    publish(first, second)
    stand.clock.nowMs += hour
    await accepted(token)
  })

  test("a key's kid given to another key: what the old one signed is refused", async () => {
    const { issuer, stand, accepted, refused } = onlineStand(form)
    const token = mint({ claims: { exp: nowSeconds + 86_400 } })
    await accepted(token)
    issuer.keys = [{ ...second.jwk, kid: 'first' }]
    stand.clock.nowMs = nowMs + hour
    await accepted(token)
    await refused(token, 'signature_invalid')
  })

  test('two tokens never share an entry', async () => {
    const { accepted, refused } = onlineStand(form)
    const token = mint()
    const [header, payload, signature] = partsOf(token)
    expect((await accepted(token)).record.subject).toBe('bot-1')
    expect((await accepted(mint({ claims: { sub: 'bot-2' } }))).record.subject).toBe('bot-2')
    const otherSignature = signature[0] === 'A' ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    await refused(`${header}.${payload}.${otherSignature}`, 'signature_invalid')
    await refused(`${header}.${payload}.`, 'signature_invalid')
    const otherPayload = partsOf(mint({ claims: { sub: 'bot-3' } }))[1]
    await refused(`${header}.${otherPayload}.${signature}`, 'signature_invalid')
    await refused(`${header}.${payload}.${signature.slice(0, -1)}\ud841`, 'encoding_invalid')
    expect((await accepted(token)).record.subject).toBe('bot-1')
  })

  // The others are asked one thing.
  if (pathForms.includes(form))
    test('a remembered token is decided anew for every request', async () => {
      const { stand } = onlineStand(form)
      const value = `Bearer ${mint()}`
      expectAllowed(form, await stand.call(form.event(value)), value)
      const deleting = await stand.call(form.event(value, { method: 'DELETE' }))
      expect(deleting.record).toMatchObject({ effect: 'deny', reason: 'route_unknown' })
      expectAllowed(form, await stand.call(form.event(value)), value)
    })

  test('a storm of unknown kids causes one fetch in ten seconds, and all refusals in between are ours', async () => {
    const { stand, accepted, refused } = onlineStand(form)
    await accepted(mint())
    expect(stand.fetched).toHaveLength(1)
    for (const [round, atMs] of [nowMs, nowMs + 10_000].entries()) {
      stand.clock.nowMs = atMs
      await refused(mint({ header: { kid: 'made-up' } }), 'key_unknown')
      stand.clock.nowMs = atMs + 9_999
      for (let at = 0; at < 50; at++) await refused(mint({ header: { kid: `made-up-${at}` } }), 'keys_stale')
      expect(stand.fetched).toHaveLength(round + 2)
    }
    await accepted(mint())
  })

  test('an unknown kid is no lasting verdict: the key may come', async () => {
    const { publish, stand, accepted, refused } = onlineStand(form)
    await accepted(mint())
    const token = mintSecond()
    await refused(token, 'key_unknown')
    publish(first, second)
    await refused(token, 'keys_stale')
    stand.clock.nowMs = nowMs + 10_000
    await accepted(token)
    await accepted(mint())
  })

  test('old keys serve while the issuer is down, for a day and no longer', async () => {
    const { issuer, stand, accepted, refused } = onlineStand(form)
    const [known, fresh] = [1, 2].map((n) => mint({ claims: { n, exp: nowSeconds + 200_000 } })) as [
      string,
      string,
    ]
    await accepted(known)
    issuer.down = true
    stand.clock.nowMs = nowMs + 24 * hour - 1
    await accepted(known)
    await accepted(fresh)
    stand.clock.nowMs = nowMs + 24 * hour
    await refused(known, 'keys_stale')
    await refused(mint({ claims: { n: 3, exp: nowSeconds + 200_000 } }), 'keys_stale')
    issuer.down = false
    stand.clock.nowMs += 10_000
    await accepted(known)
  })

  test('an issuer that was down from the start is asked again after a second, and nobody is denied for it', async () => {
    const { issuer, stand, accepted, refused } = onlineStand(form)
    issuer.down = true
    const token = mint()
    await refused(token, 'keys_unavailable')
    issuer.down = false
    stand.clock.nowMs = nowMs + 999
    await refused(token, 'keys_unavailable')
    expect(stand.fetched).toHaveLength(1)
    stand.clock.nowMs = nowMs + 1000
    await accepted(token)
  })
})
