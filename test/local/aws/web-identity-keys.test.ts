import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outcome } from './stand.ts'
import { refusal, startWebIdentity, type WebIdentityStand } from './web-identity-stand.ts'

let stand: WebIdentityStand
beforeEach(async () => {
  stand = await startWebIdentity()
})
afterEach(() => stand.close())

const by = (kid: string) => outcome(stand.assume({}, { kid }))
const pass = (seconds: number) => {
  stand.clock.aheadMs += seconds * 1000
}

describe('the key set is kept for as long as its answer says', () => {
  test('so a key that signs before that has passed is refused, without a new look, and then taken', async () => {
    expect(await by('k1')).toBe('allowed')
    stand.published.keys = [...stand.published.keys, await stand.makeKey('k2')]
    pass(599)
    expect(await refusal(stand.assume({}, { kid: 'k2' }))).toEqual([
      400,
      'InvalidIdentityToken',
      expect.stringContaining("Couldn't retrieve verification key"),
    ])
    expect(stand.published.asked).toBe(1)
    pass(2)
    expect(await by('k2')).toBe('allowed')
    expect(stand.published.asked).toBe(2)
  })

  test('a key withdrawn is good until then, and no longer', async () => {
    expect(await by('k1')).toBe('allowed')
    stand.published.keys = [await stand.makeKey('k2')]
    pass(599)
    expect(await by('k1')).toBe('allowed')
    pass(2)
    expect(await by('k1')).toBe('InvalidIdentityToken')
  })

  test.each(['', 'no-store', 'public'])('and not at all where it says "%s"', async (cacheControl) => {
    stand.published.cacheControl = cacheControl
    expect([await by('k1'), await by('k1')]).toEqual(['allowed', 'allowed'])
    expect(stand.published.asked).toBe(2)
  })

  test('an issuer that is down is not noticed meanwhile', async () => {
    expect(await by('k1')).toBe('allowed')
    stand.published.status = 503
    pass(599)
    expect(await by('k1')).toBe('allowed')
    pass(2)
    expect(await by('k1')).toBe('IDPCommunicationError')
  })
})

test('no key set to be had: the issuer could not be reached, and the next request asks again', async () => {
  stand.published.status = 503
  expect(await refusal(stand.assume())).toEqual([400, 'IDPCommunicationError', expect.any(String)])
  expect(stand.aws.requests.at(-1)).toMatchObject({ code: 'IDPCommunicationError', answered: false })
  stand.published.status = 200
  expect(await by('k1')).toBe('allowed')
})

test.each(['keys', null, [null]])('a key set of %j is none, and is not kept', async (keys) => {
  const good = stand.published.keys
  stand.published.keys = keys as readonly unknown[]
  expect(await by('k1')).toBe('IDPCommunicationError')
  stand.published.keys = good
  expect(await by('k1')).toBe('allowed')
})

test('a key without a name is nobody’s', async () => {
  stand.published.keys = stand.published.keys.map((key) => ({ ...(key as object), kid: undefined }))
  expect(await by('k1')).toBe('InvalidIdentityToken')
})
