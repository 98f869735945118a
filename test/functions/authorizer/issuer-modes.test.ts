import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Mode } from '../../../local/issuer/modes.ts'
import { type LocalIssuers, startIssuers } from '../../../local/issuer/server.ts'
import { fetchJson } from '../../../shared/http/fetch-json.ts'
import { cooldownMs, firstCooldownMs } from '../../../shared/token/key-fetch.ts'
import { maxRefreshWaitMs } from '../../../shared/token/settle-keys.ts'
import { accessOf } from '../../support/access.ts'
import { expectAllowed, expectRefused } from '../../support/answers.ts'
import { withKeys } from '../../support/attacks.ts'
import { type Stand, standOf } from '../../support/calls.ts'
import { httpPolicy, restToken } from '../../support/events.ts'

const manifest = `
version: 1
issuers:
  staff: { type: cognito, userPoolId: eu-west-1_Ab12Cd34E, clientIds: [3n4b5c6d7e] }
  partner: { type: oidc, issuer: 'https://id.partner.example', audience: [orders], algorithms: [ES256] }
roles:
  reader:
    description: Read orders
    owner: team-orders@example.com
    trust: [{ issuer: staff, anySubject: true }, { issuer: partner, anySubject: true }]
    routes: [GET /orders]
`
const names = ['staff', 'partner'] as const
const access = accessOf(manifest)
let issuers: LocalIssuers
beforeAll(async () => {
  issuers = await startIssuers({ access, port: 0 })
})
afterEach(() => {
  for (const name of names) issuers.setMode(name, 'up')
})
afterAll(() => issuers.close())

/** A new authorizer with the real fetch, on the wall's clock or one set ahead of it. */
function stand(): Stand {
  const online = withKeys(access, (name) =>
    name === 'staff'
      ? { jwksUri: `${issuers.url}/staff/.well-known/jwks.json` }
      : { discovery: `${issuers.url}/partner/.well-known/openid-configuration` },
  )
  const made = standOf(online, fetchJson)
  made.clock.nowMs = Date.now()
  return made
}

const call = async (stand: Stand, token: string, form = restToken) =>
  stand.call(form.event(`Bearer ${token}`))

const broken: readonly Mode[] = ['down', 'error', 'huge', 'redirect', 'garbage']

describe.each(names)('issuer %s', (name) => {
  test('control: up, and its tokens are accepted', async () => {
    const token = await issuers.sign(name, {})
    expectAllowed(restToken, await call(stand(), token), token)
  })

  test.each(broken)(
    '%s from the start: our fault on both APIs, and accepted once it is mended',
    async (mode) => {
      const token = await issuers.sign(name, {})
      const own = stand()
      issuers.setMode(name, mode)
      expectRefused(restToken, await call(own, token), 'keys_unavailable', token)
      expectRefused(httpPolicy, await call(own, token, httpPolicy), 'keys_unavailable', token)
      issuers.setMode(name, 'up')
      own.clock.nowMs += firstCooldownMs
      expectAllowed(restToken, await call(own, token), token)
    },
  )

  test.each(broken)('%s after a while: the old keys serve, and a new key is our fault', async (mode) => {
    const token = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    const own = stand()
    expectAllowed(restToken, await call(own, token), token)
    issuers.setMode(name, mode)
    own.clock.nowMs += 4000_000
    expectAllowed(restToken, await call(own, token), token)
    const unknown = await issuers.sign(name, {}, { kid: 'rotated in', expiresInSeconds: 80_000 })
    expectRefused(restToken, await call(own, unknown), 'keys_stale', unknown)
    expectAllowed(restToken, await call(own, token), token)
  })

  test('slow from the start: refused as our fault, within the time a fetch may take', async () => {
    const token = await issuers.sign(name, {})
    const own = stand()
    issuers.setMode(name, 'slow', { delayMs: 3000 })
    const startMs = performance.now()
    expectRefused(restToken, await call(own, token), 'keys_unavailable', token)
    expect(performance.now() - startMs).toBeLessThan(3000)
  })

  test('slow to refresh: the decision waits for it 300 ms and no longer', async () => {
    const token = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    const own = stand()
    await call(own, token)
    issuers.setMode(name, 'slow', { delayMs: 1200 })
    own.clock.nowMs += 4000_000
    const startMs = performance.now()
    expectAllowed(restToken, await call(own, token), token)
    const tookMs = performance.now() - startMs
    expect(tookMs).toBeGreaterThan(maxRefreshWaitMs - 20)
    expect(tookMs).toBeLessThan(1000)
  })

  test('prompt to refresh: the decision waits for the answer, which is there for the next call', async () => {
    const token = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    const own = stand()
    await call(own, token)
    own.clock.nowMs += 4000_000
    const outcome = await call(own, token)
    expectAllowed(restToken, outcome, token)
    expect(outcome.record.keyAgeSeconds).toBe(4000)
    expect((await call(own, token)).record.keyAgeSeconds).toBe(0)
  })

  test('a refused call waits for the refresh as well: bad tokens do not keep keys from it', async () => {
    const own = stand()
    const short = await issuers.sign(name, {}, { expiresInSeconds: 600 })
    expectAllowed(restToken, await call(own, short), short)
    own.clock.nowMs += 4000_000
    expectRefused(restToken, await call(own, short), 'token_expired', short)
    const long = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    expect((await call(own, long)).record.keyAgeSeconds).toBe(0)
  })

  test('a rotation refuses nobody; a key that is dropped is refused from the next fetch on', async () => {
    const old = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    const own = stand()
    expectAllowed(restToken, await call(own, old), old)
    await issuers.rotate(name)
    const fresh = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    expectAllowed(restToken, await call(own, fresh), fresh)
    expectAllowed(restToken, await call(own, old), old)
    await issuers.rotate(name, { drop: true })
    const last = await issuers.sign(name, {}, { expiresInSeconds: 80_000 })
    own.clock.nowMs += cooldownMs
    expectAllowed(restToken, await call(own, last), last)
    own.clock.nowMs += cooldownMs
    expectRefused(restToken, await call(own, old), 'key_unknown', old)
  })
})

test('partner lying about whose document it is: its keys are not taken', async () => {
  const token = await issuers.sign('partner', {})
  const own = stand()
  issuers.setMode('partner', 'lying')
  const before = issuers.requests('partner')
  expectRefused(restToken, await call(own, token), 'keys_unavailable', token)
  expect(issuers.requests('partner') - before).toBe(1)
})

test('one issuer down does not touch the other', async () => {
  const own = stand()
  issuers.setMode('partner', 'down')
  const token = await issuers.sign('staff', {})
  expectAllowed(restToken, await call(own, token), token)
})
