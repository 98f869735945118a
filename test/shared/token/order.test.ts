import { expect, test } from 'vitest'
import type { PosternError } from '../../../shared/error.ts'
import { readTimes } from '../../../shared/token/check-claims.ts'
import { peek } from '../../../shared/token/peek.ts'

/** Where two things are wrong with a token, the reason is that of the check which design section 4 puts first. */
const reasonOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as PosternError).reason
  }
  throw new Error('nothing was refused')
}
const encode = (text: string) => Buffer.from(text).toString('base64url')
const token = (header: string, payload: string) => `${encode(header)}.${encode(payload)}.c2lnbmF0dXJl`

test('JSON comes before crit', () => {
  const header = '{"alg":"RS256","crit":["exp"]}'
  expect(reasonOf(() => peek(token(header, '[]')))).toBe('payload_invalid')
  expect(reasonOf(() => peek(token(header, '{}')))).toBe('crit_unsupported')
})

test('exp comes before the form of nbf and iat', () => {
  const now = 1000
  expect(reasonOf(() => readTimes({ exp: now, nbf: 'soon', iat: 'then' }, 5, now))).toBe('token_expired')
  expect(reasonOf(() => readTimes({ exp: now + 1, nbf: 'soon', iat: now + 60 }, 5, now))).toBe(
    'not_before_invalid',
  )
  expect(reasonOf(() => readTimes({ exp: now + 1, nbf: now + 6, iat: 'then' }, 5, now))).toBe(
    'issued_at_invalid',
  )
  expect(readTimes({ exp: now + 1, nbf: now + 5 }, 5, now)).toEqual({ expiresAt: now + 1, notBefore: now })
})
