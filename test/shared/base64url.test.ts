import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64url } from '../../shared/base64url.ts'
import { holds } from '../support/holds.ts'

/** RFC 7515 section 2 by its definition: the alphabet, and what was decoded encodes to the same text again. */
function reference(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('base64url', () => {
  test('every character of UTF-16, at each place of a group, is taken or refused as the reference says', () => {
    const differing: string[] = []
    for (let code = 0; code < 0x10000; code++) {
      const character = String.fromCharCode(code)
      for (const text of [`${character}AAA`, `AAA${character}`, `A${character}`, `AA${character}`])
        if (!same(text)) differing.push(`U+${code.toString(16)} in ${text.length}`)
    }
    expect(differing).toEqual([])
  })

  test('a character whose low byte is a letter of the alphabet does not stand for that letter', () => {
    // U+0141 ends in 0x41, "A": Node's decoder looks at the low byte alone.
    expect(decodeBase64url('AAA\u0141')).toBeUndefined()
    expect(decodeBase64url('AAA\ud841')).toBeUndefined()
    expect(decodeBase64url('AAAA')).toEqual(Buffer.alloc(3))
  })

  test.each([
    ['padding', 'QQ=='],
    ['padding of three', 'QUE='],
    ['padding alone', '===='],
    ['padding that makes up the length', 'QUFB='],
    ['a space', 'QUF B'],
    ['a space that makes up the length', 'QU B'],
    ['a line feed at the end', 'QUFB\n'],
    ['the standard alphabet, 62', 'QUF+'],
    ['the standard alphabet, 63', 'QUF/'],
    ['an impossible length', 'QUFBQ'],
    ['one character', 'A'],
    ['stray bits in the last of two', 'QR'],
    ['stray bits in the last of three', 'QUF'],
    ['a full stop', 'QUF.'],
    ['NUL', 'QUF\0'],
  ])('%s is refused', (_, text) => {
    expect(decodeBase64url(text)).toBeUndefined()
  })

  test.each([0, 1, 2, 3, 4, 5, 63, 64, 65, 1000])('%i bytes come back as they were', (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, at) => (at * 37) % 256))
    expect(decodeBase64url(bytes.toString('base64url'))).toEqual(bytes)
  })

  test('arbitrary text is decoded as the reference decodes it', async () => {
    const letters = fc.constantFrom(...alphabet)
    const near = fc.oneof({ weight: 12, arbitrary: letters }, fc.constantFrom(...'+/= \n.,\u0141\ud841é'))
    await holds(fc.property(fc.string({ unit: near, maxLength: 90 }), agrees), { times: 20 })
    await holds(fc.property(fc.string({ unit: letters, maxLength: 90 }), agrees), { times: 10 })
    await holds(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), agrees), { times: 10 })
    await holds(fc.property(fc.base64String({ maxLength: 40 }), agrees), { times: 5 })
  })
})

function agrees(text: string): void {
  expect(same(text)).toBe(true)
}

function same(text: string): boolean {
  const [ours, theirs] = [decodeBase64url(text), reference(text)]
  return ours === undefined || theirs === undefined ? ours === theirs : ours.equals(theirs)
}
