import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../shared/json.ts'
import { cooldownMs, firstCooldownMs } from '../../../shared/token/key-fetch.ts'
import { maxKeys } from '../../../shared/token/key-set.ts'
import {
  find,
  first,
  headerOf,
  iss,
  issuerOf,
  jwksUri,
  keyStandOf,
  reasonOf,
  refresh,
  second,
  setOf,
  settled,
  standWithFirst,
} from '../../support/issuers.ts'
import { nowMs } from '../../support/token.ts'

function down(): JsonObject {
  throw new Error('down')
}

describe('discovery', () => {
  const discovery = `${iss}/.well-known/openid-configuration`
  const discovered = (document: JsonObject) => {
    const stand = keyStandOf(issuerOf({ keys: { discovery } }))
    stand.serve = (url) => (url === discovery ? document : setOf(first))
    return stand
  }

  test('the keys are fetched from where the issuer says', async () => {
    const stand = discovered({ issuer: iss, jwks_uri: 'https://keys.partner.example/set?v=1' })
    expect(await find(stand, 'first')).toMatchObject({ kid: 'first' })
    expect(stand.asked.map(({ url }) => url)).toEqual([discovery, 'https://keys.partner.example/set?v=1'])
  })

  test.each([
    ['of another', 'https://attacker.example'],
    ['with a trailing slash', `${iss}/`],
    ['in capitals', iss.toUpperCase()],
    ['over http', iss.replace('https', 'http')],
    ['with a port', `${iss}:443`],
    ['with a space behind', `${iss} `],
    ['in an array', [iss]],
    ['null', null],
    ['empty', ''],
  ])('an issuer %s is not ours, and its keys are not even fetched', async (_, issuer) => {
    const stand = discovered({ issuer, jwks_uri: jwksUri })
    expect(await reasonOf(find(stand, 'first'))).toBe('keys_unavailable')
    expect(stand.asked).toHaveLength(1)
  })

  test.each([
    ['missing', {}],
    ['a number', { jwks_uri: 5 }],
    ['in an array', { jwks_uri: [jwksUri] }],
    ['relative', { jwks_uri: '/keys' }],
    [
      "Lambda's runtime on loopback",
      { jwks_uri: 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next' },
    ],
    ['http in capitals', { jwks_uri: 'HTTP://localhost:9001/' }],
    ['a file', { jwks_uri: 'file:///etc/passwd' }],
  ])('a jwks_uri that is %s is not followed', async (_, document) => {
    const stand = discovered({ issuer: iss, ...document })
    expect(await reasonOf(find(stand, 'first'))).toBe('keys_unavailable')
    expect(stand.asked).toHaveLength(1)
  })

  test('discovery on loopback may name keys on loopback', async () => {
    const local = 'http://127.0.0.1:8601/partner'
    const stand = keyStandOf(issuerOf({ keys: { discovery: `${local}/.well-known/openid-configuration` } }))
    stand.serve = (url) =>
      url === `${local}/jwks` ? setOf(first) : { issuer: iss, jwks_uri: `${local}/jwks` }
    expect(await find(stand, 'first')).toMatchObject({ kid: 'first' })
  })
})

describe('a fetch', () => {
  test('is one, however many wait for it', async () => {
    const stand = keyStandOf(issuerOf())
    const looking = Array.from({ length: 100 }, () => find(stand, 'first'))
    await settled()
    expect(stand.asked).toHaveLength(1)
    stand.asked[0]!.answer(setOf(first))
    const found = await Promise.all(looking)
    expect(new Set(found).size).toBe(1)
    expect(stand.asked).toHaveLength(1)
  })

  test('that finds nothing for a thousand unknown kids is one fetch; all refusals but one are ours', async () => {
    const stand = await standWithFirst()
    const reasons: string[] = []
    for (let at = 0; at < 1000; at++) reasons.push(await reasonOf(find(stand, `made-up-${at}`)))
    expect(stand.asked).toHaveLength(2)
    expect(reasons.filter((reason) => reason === 'key_unknown')).toHaveLength(1)
    expect(reasons.filter((reason) => reason === 'keys_stale')).toHaveLength(999)
  })

  test('for a thousand unknown kids at once is one fetch', async () => {
    const stand = await standWithFirst()
    stand.serve = undefined
    const looking = Array.from({ length: 1000 }, (_, at) => reasonOf(find(stand, `made-up-${at}`)))
    await settled()
    expect(stand.asked).toHaveLength(2)
    stand.asked[1]!.answer(setOf(first))
    const reasons = await Promise.all(looking)
    expect(new Set(reasons)).toEqual(new Set(['key_unknown']))
    expect(stand.asked).toHaveLength(2)
  })

  test('for an unknown kid is allowed again after the cooldown, and not a millisecond before', async () => {
    const stand = await standWithFirst()
    expect(await reasonOf(find(stand, 'made-up'))).toBe('key_unknown')
    stand.clock.nowMs = nowMs + cooldownMs - 1
    expect(await reasonOf(find(stand, 'made-up'))).toBe('keys_stale')
    expect(stand.asked).toHaveLength(2)
    stand.clock.nowMs = nowMs + cooldownMs
    expect(await reasonOf(find(stand, 'made-up'))).toBe('key_unknown')
    expect(stand.asked).toHaveLength(3)
  })

  test('that fails for an unknown kid is our fault, not the caller’s', async () => {
    const stand = await standWithFirst()
    stand.serve = down
    expect(await reasonOf(find(stand, 'made-up'))).toBe('keys_stale')
    expect(await find(stand, 'first')).toMatchObject({ kid: 'first' })
  })

  test('that failed where no keys are held is tried again after a second, and not a millisecond before', async () => {
    const stand = keyStandOf(issuerOf())
    stand.serve = down
    expect(await reasonOf(find(stand, 'first'))).toBe('keys_unavailable')
    stand.serve = () => setOf(first)
    stand.clock.nowMs = nowMs + firstCooldownMs - 1
    expect(await reasonOf(find(stand, 'first'))).toBe('keys_unavailable')
    expect(stand.asked).toHaveLength(1)
    stand.clock.nowMs = nowMs + firstCooldownMs
    expect(await reasonOf(find(stand, 'first'))).toBe('found')
  })

  test('for a key rotated in is made at once, and nobody is refused', async () => {
    const stand = await standWithFirst()
    stand.serve = () => setOf(first, second)
    expect(await reasonOf(find(stand, 'second'))).toBe('found')
    expect(await reasonOf(find(stand, 'first'))).toBe('found')
    expect(stand.asked).toHaveLength(2)
  })

  test.each([
    ['an empty set', setOf()],
    ['a set without a usable key', setOf(null, 'text', { kty: 'oct', k: 'AA' })],
    ['no set', {}],
    ['keys that are no list', { keys: 'text' }],
    ['keys as a map', { keys: { first: first.jwk } }],
  ])('that brings %s leaves the old keys', async (_, document) => {
    const stand = await standWithFirst()
    stand.serve = () => document as JsonObject
    expect(await reasonOf(find(stand, 'made-up'))).toBe('keys_stale')
    expect(await reasonOf(find(stand, 'first'))).toBe('found')
    const fresh = keyStandOf(issuerOf())
    fresh.serve = () => document as JsonObject
    expect(await reasonOf(find(fresh, 'first'))).toBe('keys_unavailable')
  })

  test('of more members than any issuer has takes the first hundred', async () => {
    const stand = keyStandOf(issuerOf())
    const members = Array.from({ length: maxKeys + 1 }, (_, at) => ({ ...first.jwk, kid: `k${at}` }))
    stand.serve = () => setOf(...members)
    expect(await reasonOf(find(stand, `k${maxKeys - 1}`))).toBe('found')
    stand.clock.nowMs += cooldownMs
    expect(await reasonOf(find(stand, `k${maxKeys}`))).toBe('key_unknown')
  })

  test('keeps the value of a key that is still there, so that what it verified stays remembered', async () => {
    const stand = await standWithFirst()
    const before = await find(stand, 'first')
    stand.serve = () => setOf(second, first)
    await find(stand, 'second')
    expect(await find(stand, 'first')).toBe(before)
    expect(stand.keys.serves(before, stand.clock.nowMs)).toBe(true)
    stand.clock.nowMs += cooldownMs
    stand.serve = () => setOf(second)
    await reasonOf(find(stand, 'made-up'))
    expect(stand.keys.serves(before, stand.clock.nowMs)).toBe(false)
  })
})

describe('age', () => {
  test('starts a refresh on the second, and not a millisecond before; the old keys serve meanwhile', async () => {
    const stand = await standWithFirst({ maxKeyAgeSeconds: 60 })
    stand.serve = undefined
    await refresh(stand, nowMs + 59_999)
    expect(stand.asked).toHaveLength(1)
    expect(stand.keys.pending(stand.clock.nowMs)).toBeUndefined()
    stand.clock.nowMs = nowMs + 60_000
    await refresh(stand, stand.clock.nowMs)
    expect(stand.asked).toHaveLength(2)
    expect(stand.keys.find(headerOf('first'), stand.clock.nowMs)).not.toBeInstanceOf(Promise)
    stand.asked[1]!.answer(setOf(second))
    await stand.keys.pending(stand.clock.nowMs)?.done
    expect(stand.keys.pending(stand.clock.nowMs)).toBeUndefined()
    expect(stand.keys.find(headerOf('second'), stand.clock.nowMs)).not.toBeInstanceOf(Promise)
    expect(stand.keys.ageSeconds(stand.clock.nowMs + 1500)).toBe(1)
  })

  test('a refresh that fails is tried again after the cooldown, and its promise does not reject', async () => {
    const stand = await standWithFirst({ maxKeyAgeSeconds: 60 })
    stand.serve = down
    stand.clock.nowMs = nowMs + 60_000
    stand.keys.refreshIfDue(stand.clock.nowMs)
    const pending = stand.keys.pending(stand.clock.nowMs)
    expect(pending).toBeDefined()
    await expect(pending?.done).resolves.toBeUndefined()
    for (const [laterMs, fetches] of [
      [60_000 + cooldownMs - 1, 2],
      [60_000 + cooldownMs, 3],
    ] as const) {
      stand.clock.nowMs = nowMs + laterMs
      await refresh(stand, stand.clock.nowMs)
      expect(stand.asked).toHaveLength(fetches)
      await settled()
    }
  })

  test('stale keys serve until maxKeyStaleSeconds, to the millisecond', async () => {
    const stand = await standWithFirst({ maxKeyAgeSeconds: 60, maxKeyStaleSeconds: 100 })
    const key = await find(stand, 'first')
    stand.serve = down
    stand.clock.nowMs = nowMs + 99_999
    expect(stand.keys.serves(key, stand.clock.nowMs)).toBe(true)
    expect(await reasonOf(find(stand, 'first'))).toBe('found')
    stand.clock.nowMs = nowMs + 100_000
    expect(stand.keys.serves(key, stand.clock.nowMs)).toBe(false)
    expect(await reasonOf(find(stand, 'first'))).toBe('keys_stale')
  })

  test.each([
    [0, 60],
    [30, 60],
    [60, 60],
  ])(
    'with maxKeyStaleSeconds %i and an age of %i, keys serve as long as they are not due',
    async (stale, age) => {
      const stand = await standWithFirst({ maxKeyAgeSeconds: age, maxKeyStaleSeconds: stale })
      stand.serve = down
      stand.clock.nowMs = nowMs + age * 1000 - 1
      expect(await reasonOf(find(stand, 'first'))).toBe('found')
      stand.clock.nowMs = nowMs + age * 1000
      expect(await reasonOf(find(stand, 'first'))).toBe('keys_stale')
      stand.clock.nowMs += cooldownMs
      stand.serve = () => setOf(first)
      expect(await reasonOf(find(stand, 'first'))).toBe('found')
    },
  )

  test('pinned keys have none: they serve for ever, and nothing is fetched', async () => {
    const stand = keyStandOf(
      issuerOf({ keys: { jwks: { keys: [first.jwk] } }, maxKeyStaleSeconds: 0, maxKeyAgeSeconds: 1 }),
    )
    stand.clock.nowMs = nowMs * 2
    await refresh(stand, stand.clock.nowMs)
    expect(await reasonOf(find(stand, 'first'))).toBe('found')
    expect(await reasonOf(find(stand, 'second'))).toBe('key_unknown')
    expect(stand.keys.ageSeconds(stand.clock.nowMs)).toBeUndefined()
    expect(stand.asked).toEqual([])
  })
})
