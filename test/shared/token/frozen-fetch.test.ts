import { describe, expect, test } from 'vitest'
import { maxFlightMs } from '../../../shared/flight.ts'
import { cooldownMs } from '../../../shared/token/key-fetch.ts'
import {
  find,
  first,
  headerOf,
  type KeyStand,
  reasonOf,
  refresh,
  second,
  setOf,
  settled,
  standWithFirst,
} from '../../support/issuers.ts'
import { nowMs } from '../../support/token.ts'

describe('a fetch that froze with its Lambda', () => {
  /** The first key is held and due; a refresh is under way since `nowMs + 60_000`. */
  async function refreshing(): Promise<KeyStand> {
    const stand = await standWithFirst({ maxKeyAgeSeconds: 60 })
    stand.serve = undefined
    stand.clock.nowMs = nowMs + 60_000
    await refresh(stand, stand.clock.nowMs)
    expect(stand.asked).toHaveLength(2)
    return stand
  }

  test.each([
    ['just in time', maxFlightMs, 'second'],
    ['a millisecond late', maxFlightMs + 1, 'first'],
    ['an hour late', 3_600_000, 'first'],
  ])('%s: its answer counts only in time', async (_, lateMs, kid) => {
    const stand = await refreshing()
    stand.clock.nowMs += lateMs
    stand.asked[1]!.answer(setOf(second))
    await settled()
    expect(stand.keys.find(headerOf(kid), stand.clock.nowMs)).toMatchObject({ kid })
  })

  test('is joined while it may yet answer, and left behind after', async () => {
    const stand = await refreshing()
    stand.clock.nowMs += maxFlightMs
    await refresh(stand, stand.clock.nowMs)
    expect(stand.asked).toHaveLength(2)
    stand.clock.nowMs += cooldownMs
    await refresh(stand, stand.clock.nowMs)
    expect(stand.asked).toHaveLength(3)
  })

  test('and brings the kid that a call waits for spares that call a fetch of its own', async () => {
    const stand = await refreshing()
    const looking = find(stand, 'second')
    await settled()
    stand.asked[1]!.answer(setOf(first, second))
    expect(await reasonOf(looking)).toBe('found')
    expect(stand.asked).toHaveLength(2)
  })

  test('never overwrites the answer of a newer one', async () => {
    const stand = await refreshing()
    stand.clock.nowMs += cooldownMs
    const looking = find(stand, 'second')
    await settled()
    expect(stand.asked).toHaveLength(3)
    stand.asked[2]!.answer(setOf(second))
    expect(await reasonOf(looking)).toBe('found')
    stand.asked[1]!.answer(setOf(first))
    await settled()
    expect(stand.keys.find(headerOf('second'), stand.clock.nowMs)).toMatchObject({ kid: 'second' })
  })

  test('nor where the clock was set back meanwhile, so that it seems in time', async () => {
    const stand = await refreshing()
    const startedAtMs = stand.clock.nowMs
    stand.clock.nowMs += cooldownMs
    const looking = find(stand, 'second')
    await settled()
    stand.asked[2]!.answer(setOf(second))
    expect(await reasonOf(looking)).toBe('found')
    stand.clock.nowMs = startedAtMs + 1000
    stand.asked[1]!.answer(setOf(first))
    await settled()
    expect(stand.keys.find(headerOf('second'), stand.clock.nowMs)).toMatchObject({ kid: 'second' })
  })

  test('and thaws while a newer one is under way leaves that one to answer', async () => {
    const stand = await refreshing()
    stand.clock.nowMs += cooldownMs
    const looking = find(stand, 'second')
    await settled()
    stand.asked[1]!.answer(setOf(first))
    await settled()
    expect(stand.keys.pending(stand.clock.nowMs)).toBeDefined()
    stand.asked[2]!.answer(setOf(second))
    expect(await reasonOf(looking)).toBe('found')
  })

  test('and fails late does not end the newer one either', async () => {
    const stand = await refreshing()
    stand.clock.nowMs += cooldownMs
    const looking = find(stand, 'second')
    await settled()
    stand.asked[1]!.fail(new Error('aborted'))
    await settled()
    expect(stand.asked).toHaveLength(3)
    stand.asked[2]!.answer(setOf(second))
    expect(await reasonOf(looking)).toBe('found')
  })
})
