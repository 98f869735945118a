import { describe, expect, test } from 'vitest'
import type { Json } from '../../../shared/json.ts'
import { cooldownMs } from '../../../shared/token/key-fetch.ts'
import { expectAllowed, expectRefused } from '../../support/answers.ts'
import { attackAccess, partnerUrl, withKeys, withResponse } from '../../support/attacks.ts'
import { standOf } from '../../support/calls.ts'
import { type Form, forms } from '../../support/events.ts'
import { makeKey, type TestKey } from '../../support/keys.ts'
import { baseClaims, minter, nowMs } from '../../support/token.ts'

// A `kid` that is undefined is in neither the header's nor the key's JSON.
const keyOf = (kid: string | undefined) => makeKey('P-256', kid as string)

/** Issuers that publish one key without a `kid`, or with the same one for ever, and change it one day. */
function standWith(form: Form, kid: string | undefined) {
  const [old, fresh, foreign] = [keyOf(kid), keyOf(kid), keyOf(kid)]
  const issuer = { keys: [old.jwk] as Json[], down: false }
  const access = withKeys(attackAccess({}), () => ({ jwksUri: 'https://id.partner.example/keys' }))
  const stand = standOf(withResponse(access, form.response), async () => {
    if (issuer.down) throw new Error('down')
    return { keys: issuer.keys }
  })
  const call = (token: string) => stand.call(form.event(`Bearer ${token}`))
  const tokenOf = (key: TestKey, jti = 'one') =>
    minter(key, 'ES256', baseClaims(partnerUrl))({ claims: { jti } })
  return { issuer, stand, call, tokenOf, old, fresh, foreign }
}

describe.each(forms)('by $name', (form) => {
  describe.each([undefined, 'default'])('a key called %s for ever', (kid) => {
    test('changes without a refusal, and the former one is refused from then on', async () => {
      const { issuer, stand, call, tokenOf, old, fresh } = standWith(form, kid)
      expectAllowed(form, await call(tokenOf(old)), tokenOf(old))
      issuer.keys = [fresh.jwk]
      stand.clock.nowMs = nowMs + cooldownMs
      const token = tokenOf(fresh)
      expectAllowed(form, await call(token), token)
      expect(stand.fetched).toHaveLength(2)
      expectRefused(form, await call(tokenOf(old, 'two')), 'signature_invalid', tokenOf(old, 'two'))
    })

    test('a storm of forged tokens is one fetch in ten seconds, and a final refusal each', async () => {
      const { stand, call, tokenOf, old, foreign } = standWith(form, kid)
      await call(tokenOf(old))
      stand.clock.nowMs = nowMs + cooldownMs
      for (let at = 0; at < 20; at++) {
        const forged = tokenOf(foreign, String(at))
        expectRefused(form, await call(forged), 'signature_invalid', forged)
      }
      expect(stand.fetched).toHaveLength(2)
    })

    test('keys fetched just now are not fetched again for a forged token', async () => {
      const { stand, call, tokenOf, old, foreign } = standWith(form, kid)
      await call(tokenOf(old))
      stand.clock.nowMs = nowMs + cooldownMs - 1
      const forged = tokenOf(foreign)
      expectRefused(form, await call(forged), 'signature_invalid', forged)
      expect(stand.fetched).toHaveLength(1)
    })

    test('while the issuer is down nobody can say whether a signature is forged: our fault, not cached', async () => {
      const { issuer, stand, call, tokenOf, old, foreign } = standWith(form, kid)
      await call(tokenOf(old))
      issuer.down = true
      stand.clock.nowMs = nowMs + cooldownMs
      for (const at of ['one', 'two']) {
        const forged = tokenOf(foreign, at)
        expectRefused(form, await call(forged), 'keys_stale', forged)
      }
      expect(stand.fetched).toHaveLength(2)
      expectAllowed(form, await call(tokenOf(old, 'three')), tokenOf(old, 'three'))
    })
  })
})
