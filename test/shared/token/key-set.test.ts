import { expect, test } from 'vitest'
import type { Json } from '../../../shared/json.ts'
import { readKeySet, selectKey } from '../../../shared/token/key-set.ts'
import { headerOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'

const key = makeKey('P-256', 'shared')
const symmetric = { kty: 'oct', kid: 'shared', k: 'c2VjcmV0' }
const encryption = { ...key.jwk, use: 'enc' }

/** RFC 7517 section 5: what cannot be used is ignored, so it makes no second key of a `kid` either. */
test.each([
  ['before', [symmetric, encryption, key.jwk]],
  ['behind', [key.jwk, symmetric, encryption]],
])('a kid that unusable members share, %s, still names the one key', (_, keys) => {
  const set = readKeySet({ keys: keys as Json[] })!
  expect(set.members).toHaveLength(1)
  expect(selectKey(set, headerOf('shared'))).toBe(set.members[0])
})

test('two usable keys of one kid are none, and unusable ones alone are unfit', () => {
  const twice = readKeySet({ keys: [key.jwk, makeKey('P-256', 'shared').jwk] as Json[] })!
  expect(() => selectKey(twice, headerOf('shared'))).toThrow(
    expect.objectContaining({ reason: 'key_ambiguous' }),
  )
  const other = readKeySet({ keys: [symmetric, makeKey('P-256', 'other').jwk] as Json[] })!
  expect(() => selectKey(other, headerOf('shared'))).toThrow(expect.objectContaining({ reason: 'key_unfit' }))
})
