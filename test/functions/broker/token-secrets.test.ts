import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicationLeadSeconds } from '../../../shared/secret/kind-signing.ts'
import { clientForm, headerIn, secretOf, stand, startCast } from '../../support/token-cast.ts'
import {
  askToken,
  currentSecret,
  publicSecret,
  signingSecret,
  startTokens,
} from '../../support/token-stand.ts'

beforeAll(startCast)
afterAll(() => stand.close())

describe('Secrets Manager fails', () => {
  const legacy = () => ({
    grant_type: 'client_credentials',
    client_id: 'legacy',
    client_secret: secretOf('legacy'),
  })
  const keysStatus = async (url: string) => (await fetch(`${url}/.well-known/jwks.json`)).status

  test.each(['down', 'denied', 'error', 'throttle', 'garbage', 'hang'] as const)(
    '%s: what is held goes on, a fresh broker answers 503',
    async (mode) => {
      expect((await askToken(stand.url, legacy())).status).toBe(200)
      expect(await keysStatus(stand.url)).toBe(200)
      const fresh = await stand.another()
      stand.aws.secrets.setMode(mode)
      try {
        expect((await askToken(stand.url, legacy())).status).toBe(200)
        expect(await keysStatus(stand.url)).toBe(200)
        const { status, body } = await askToken(fresh.url, legacy())
        expect([status, body.error, body.reason]).toEqual([
          503,
          'temporarily_unavailable',
          'secret_unavailable',
        ])
        expect(await keysStatus(fresh.url)).toBe(503)
        // A secret that does not fit might be the next one: not the caller's fault.
        const unsure = await askToken(stand.url, { ...legacy(), client_secret: 'x'.repeat(43) })
        expect([unsure.status, unsure.body.reason]).toEqual([503, 'secret_unavailable'])
      } finally {
        stand.aws.secrets.setMode('up')
        stand.clock.nowMs += 20_000
        await fresh.close()
      }
    },
    20_000,
  )

  test('too long: what is held is over, nothing falls open', async () => {
    expect((await askToken(stand.url, legacy())).status).toBe(200)
    stand.aws.secrets.setMode('denied')
    stand.clock.nowMs += 3_700_000
    const { status, body } = await askToken(stand.url, legacy())
    expect([status, body.reason]).toEqual([503, 'secret_unavailable'])
    stand.aws.secrets.setMode('up')
    stand.clock.nowMs += 20_000
    expect((await askToken(stand.url, legacy())).status).toBe(200)
  })

  test.each([
    ['clients/legacy', 'no JSON'],
    ['clients/legacy', '{"clientSecret": "short"}'],
    ['clients/legacy', '{"clientSecret": 5}'],
    [signingSecret, '{"keys": [{}]}'],
    [publicSecret, '[]'],
  ])('%s holds %s: 500, and no guess is let in', async (id, text) => {
    const secret = stand.aws.secrets.find(id)
    const version = [...secret.versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))
    const before = version?.text
    const form = legacy()
    if (version) version.text = text
    const fresh = await stand.another()
    const { status, body } = await askToken(fresh.url, form)
    expect([status, body.error, body.reason]).toEqual([500, 'server_error', 'secret_unusable'])
    if (version) version.text = before
    await fresh.close()
  })

  test('first boot, with an empty set of keys: 503 until the first rotation, whose key signs at once', async () => {
    const first = await startTokens((issuer) => ({ version: 1, issuers: { bots: { type: 'postern' } }, tokens: { issuer, audiences: ['orders'] }, clients: { a: { secret: 'clients/a', allowedAudiences: ['orders'] } } }), { boot: false }) // biome-ignore format: a manifest
    try {
      const form = {
        grant_type: 'client_credentials',
        client_id: 'a',
        client_secret: currentSecret(first, 'clients/a'),
      }
      const early = await askToken(first.url, form)
      expect([early.status, early.body.reason]).toEqual([503, 'signing_key_missing'])
      const keys = await fetch(`${first.url}/.well-known/jwks.json`)
      expect([keys.status, keys.headers.get('cache-control')]).toEqual([503, 'no-store'])
      await first.aws.secrets.rotate(signingSecret)
      expect((await askToken(first.url, form)).status).toBe(200)
      expect((await fetch(`${first.url}/.well-known/jwks.json`)).headers.get('cache-control')).toBe(
        'public, max-age=300',
      )
    } finally {
      await first.close()
    }
  })
})

test('a secret that was revoked is not traded for the next one, though a broker still holds it as current', async () => {
  const old = secretOf('legacy')
  expect((await askToken(stand.url, clientForm('legacy'))).status).toBe(200)
  stand.clock.nowMs += 4_000_000
  expect((await askToken(stand.url, clientForm('legacy'))).status).toBe(200)
  await stand.aws.secrets.rotate('clients/legacy')
  for (const { stages } of stand.aws.secrets.find('clients/legacy').versions.values())
    stages.delete('AWSPREVIOUS')
  const body = new URLSearchParams({ client_id: 'legacy', client_secret: old })
  const response = await fetch(`${stand.url}/clients/self/secret`, { method: 'POST', body })
  expect([response.status, await response.json()]).toMatchObject([401, { reason: 'client_invalid' }])
})

test('AWSPENDING that stays on a replaced version does not keep its secret alive', async () => {
  const before = secretOf('other')
  const secret = stand.aws.secrets.find('clients/other')
  const version = [...secret.versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))
  version?.stages.add('AWSPENDING')
  version?.stages.delete('AWSCURRENT')
  const text = JSON.stringify({ clientSecret: 'put-by-hand'.padEnd(43, 'x') })
  secret.versions.set('by-hand'.padEnd(32, '0'), {
    id: 'by-hand'.padEnd(32, '0'),
    text,
    createdAtMs: stand.clock.nowMs,
    stages: new Set(['AWSCURRENT']),
  })
  stand.clock.nowMs += 61_000
  await askToken(stand.url, { ...clientForm('other'), audience: 'orders' })
  const { status, body } = await askToken(stand.url, {
    ...clientForm('other'),
    client_secret: before,
    audience: 'orders',
  })
  expect([status, body.reason]).toEqual([401, 'client_invalid'])
})

test('a new key signs only when every copy of the key set must have it', async () => {
  const kid = async () => headerIn((await askToken(stand.url, clientForm('legacy'))).body.access_token).kid
  const before = await kid()
  await stand.aws.secrets.rotate(signingSecret)
  for (const passed of [61, publicationLeadSeconds - 400]) {
    stand.clock.nowMs += passed * 1000
    await kid()
    expect(await kid()).toBe(before)
  }
  stand.clock.nowMs += 400_000
  await kid()
  expect(await kid()).not.toBe(before)
})
