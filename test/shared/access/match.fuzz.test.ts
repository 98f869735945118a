import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pattern } from '../../../shared/access/access.ts'
import { matchesPattern } from '../../../shared/access/match.ts'
import { compileMatcher } from '../../../shared/manifest/compile-matcher.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { regexOf } from '../../support/reference-trust.ts'

const letters = ['a', 'b', 'ab', '/', ':', '.', '\\', '\n', 'é', '𝄞']
const pattern = fc
  .array(fc.constantFrom(...letters, '*', '**', '***', '\\*'), { minLength: 1, maxLength: 8 })
  .map((p) => p.join(''))
const text = fc.array(fc.constantFrom(...letters, '*'), { maxLength: 10 }).map((p) => p.join(''))

function compiled(pattern: string): Pattern {
  const matcher = compileMatcher(pattern)
  if ('pattern' in matcher) return matcher.pattern
  if ('equals' in matcher) return [String(matcher.equals)]
  throw new Error('a text compiles to a pattern or to an equality')
}

test('a pattern takes what its regular expression takes', () => {
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      expect(matchesPattern(text, compiled(pattern))).toBe(regexOf(pattern).test(text))
    }),
    fuzzParameters(),
  )
})

test('a pattern takes every text that is made from it', () => {
  const filled = fc.array(
    fc.tuple(fc.constantFrom('a', '/', '*', '**'), fc.string({ unit: 'binary', maxLength: 4 })),
  )
  fc.assert(
    fc.property(filled, (parts) => {
      const pattern = parts.map(([piece]) => piece).join('a')
      const star = (fill: string) => fill.replace(/[/:]/g, '')
      const text = parts
        .map(([piece, fill]) => (piece === '*' ? star(fill) : piece === '**' ? fill : piece))
        .join('a')
      fc.pre(pattern !== '')
      expect(matchesPattern(text, compiled(pattern))).toBe(true)
    }),
    fuzzParameters(),
  )
})

// A matcher that backtracks takes years for most of these; the limit leaves room for a busy machine.
test('no pattern and no text hang the matcher', () => {
  const hostile = fc.tuple(fc.constantFrom('*a', '**a', '*a*', '**/', 'a*b'), fc.integer({ min: 1, max: 50 }))
  fc.assert(
    fc.property(hostile, ([piece, times]) => {
      const started = performance.now()
      matchesPattern('a'.repeat(2000), compiled(`${piece.repeat(times)}!`))
      expect(performance.now() - started).toBeLessThan(2000)
    }),
    { ...fuzzParameters(), numRuns: 25 },
  )
})
