import { describe, expect, test } from 'vitest'
import { FetchError, fetchJson, isFetchable, isLoopback } from '../../../shared/http/fetch-json.ts'

async function refusal(fetching: Promise<unknown>): Promise<string> {
  const error = await fetching.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(FetchError)
  return (error as FetchError).message
}

describe('addresses', () => {
  test.each([
    ['https://id.partner.example/keys', true],
    ['https://127.0.0.1/keys', true],
    ['http://127.0.0.1:8601/keys', true],
    ['http://127.1.2.3/keys', true],
    ['http://localhost:8601/keys', true],
    ['http://[::1]:8601/keys', true],
    ['http://2130706433/keys', true],
    ['http://id.partner.example/keys', false],
    ['http://localhost.attacker.example/', false],
    ['http://127.0.0.1.attacker.example/', false],
    ['http://0.0.0.0/', false],
    ['http://10.0.0.1/', false],
    ['http://169.254.169.254/', false],
    ['http://[::ffff:127.0.0.1]/', false],
    ['https://user@id.partner.example/', false],
    ['https://user:secret@id.partner.example/', false],
    ['https://:secret@id.partner.example/', false],
    ['http://user@127.0.0.1/', false],
    ['ftp://127.0.0.1/keys', false],
    ['file:///etc/passwd', false],
    ['data:application/json,{}', false],
    ['blob:https://id.partner.example/x', false],
    ['ws://127.0.0.1/', false],
  ])('%s: %s', async (address, fetchable) => {
    expect(isFetchable(new URL(address))).toBe(fetchable)
    if (fetchable) return
    expect(await refusal(fetchJson(address))).toMatch('over https alone')
  })

  test.each(['', 'keys', '/keys', 'https://', 'http://[', '::', 'https:///\u0000'])(
    '"%s" is no address',
    async (address) => {
      expect(await refusal(fetchJson(address))).toMatch('over https alone')
    },
  )

  test('loopback is an address, not a name that begins like one', () => {
    expect(isLoopback('127.0.0.1.nip.io')).toBe(false)
    expect(isLoopback('x127.0.0.1')).toBe(false)
    expect(isLoopback('localhost')).toBe(true)
  })
})
