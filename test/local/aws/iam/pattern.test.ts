import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { literal, matches, wildcards } from '../../../../local/aws/iam/pattern.ts'

/** By recursion, straight from the words: `*` takes none or one and stays, `?` takes one. Slow and plain on purpose. */
function reference(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text.length === 0
  if (first === '*') return reference(rest, text) || (text.length > 0 && reference(pattern, text.slice(1)))
  return text.length > 0 && (first === '?' || first === text[0]) && reference(rest, text.slice(1))
}

const letters = fc.constantFrom('a', 'b', '/', ':', '😀')

test('the matcher and the reference agree on every pattern', () => {
  const patterns = fc.array(fc.oneof(letters, fc.constantFrom('*', '?')), { maxLength: 8 })
  fc.assert(
    fc.property(patterns, fc.array(letters, { maxLength: 8 }), (pattern, text) => {
      expect(matches(wildcards(pattern.join('')), text.join(''))).toBe(reference(pattern, text))
    }),
    { numRuns: 5000 },
  )
})

test('a pattern whose stars were filled in from the text matches it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }), { minLength: 1, maxLength: 5 }),
      (parts) => {
        const pattern = parts.flatMap((part, index) =>
          index > 0 ? [...wildcards('*'), ...literal(part)] : literal(part),
        )
        expect(matches(pattern, parts.join('anything'))).toBe(true)
      },
    ),
  )
})

describe('what came from a variable is no wildcard', () => {
  test.each([
    ['*', '*', true],
    ['*', 'x', false],
    ['?', 'x', false],
  ])('literal %s on %s: %s', (value, text, expected) => {
    expect(matches(literal(value), text)).toBe(expected)
  })
})

test('many stars on a long text end at once', () => {
  expect(matches(wildcards(`${'*a'.repeat(60)}b`), 'a'.repeat(5000))).toBe(false)
})
