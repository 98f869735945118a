import { expect, test } from 'vitest'
import { parseHeader } from '../../../shared/token/header.ts'
import { segment } from '../../support/token.ts'

const typOf = (typ: string) => parseHeader(segment({ alg: 'ES256', typ })).typ

/** RFC 7515 section 4.1.9: a media type without its "application/", in any case. */
test.each([
  ['JWT', 'jwt'],
  ['application/at+JWT', 'at+jwt'],
  ['APPLICATION/jwt', 'jwt'],
  // Taken out in the middle it would make a "jwt" of what is none.
  ['jwapplication/t', 'jwapplication/t'],
  ['application/application/jwt', 'application/jwt'],
])('typ %j is read as %j', (typ, read) => expect(typOf(typ)).toBe(read))

test.each(['', 'application/'])('typ %j names no type', (typ) => {
  expect(() => typOf(typ)).toThrow(expect.objectContaining({ reason: 'header_invalid' }))
})
