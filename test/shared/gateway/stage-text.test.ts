import { describe, expect, test } from 'vitest'
import { accessOf } from '../../support/access.ts'
import { withKeys, withResponse } from '../../support/attacks.ts'
import { standOf } from '../../support/calls.ts'
import { pathForms, prefix } from '../../support/events.ts'
import { setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter, nowSeconds } from '../../support/token.ts'

const iss = 'https://id.partner.example'
const key = makeKey('Ed25519', 'k1')
const mint = minter(key, 'EdDSA', baseClaims(iss))
const manifest = {
  version: 1,
  issuers: { partner: { type: 'oidc', issuer: iss, audience: ['orders'], algorithms: ['EdDSA'] } },
  roles: {
    reader: { trust: [{ issuer: 'partner', anySubject: true }], routes: ['GET /orders', 'GET /orders/{id}'] },
  },
}
const access = withKeys(accessOf(manifest), () => ({ jwks: setOf(key) as never }))

/** Everything below the API, of whichever stage. */
const whole = `${prefix.slice(0, -'prod'.length)}*`
const denyOfTheApi = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: [whole] }],
}
const stages = ['*', 'pro*', `${'$'}{aws:x}`, 'a b', '?', '$default*', 'prod"', 'é']

describe.each(pathForms)('a stage that is no stage’s name, by $name', (form) => {
  const expected = form.response === 'simple' ? { isAuthorized: false } : { policyDocument: denyOfTheApi }

  test.each(stages)('%s: everything below the API is denied', async (stage) => {
    const stand = standOf(withResponse(access, form.response))
    const { answer, record } = await stand.call(form.event(`Bearer ${mint()}`, { stage }))
    expect(record).toMatchObject({ effect: 'deny', reason: 'stage_unknown' })
    expect(answer).toMatchObject(expected)
    expect(JSON.stringify(answer).replaceAll(whole, '')).not.toContain(JSON.stringify(stage).slice(1, -1))
  })

  test.each(stages)('%s: an expired token is told no more', async (stage) => {
    const stand = standOf(withResponse(access, form.response))
    const expired = mint({ claims: { exp: nowSeconds - 60 } })
    const { answer, thrown } = await stand.call(form.event(`Bearer ${expired}`, { stage }))
    if (form.api === 'rest') expect(thrown?.message).toBe('Unauthorized')
    else expect(answer).toMatchObject(expected)
  })

  test('control: the longest name that a stage may have is one', async () => {
    const stand = standOf(withResponse(access, form.response))
    for (const stage of ['$default', 'x'.repeat(128)]) {
      const { record } = await stand.call(form.event(`Bearer ${mint()}`, { stage }))
      expect(record).toMatchObject({ effect: 'allow', reason: 'granted' })
    }
  })
})
