import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Condition, Matcher, Pattern } from '../../../shared/access/access.ts'
import { matchesPattern, meets } from '../../../shared/access/match.ts'
import type { Json } from '../../../shared/json.ts'
import { compileConditions } from '../../../shared/manifest/compile-matcher.ts'
import { conditionsImply, excludedBy, implies } from '../../../shared/manifest/implies.ts'
import { isWithinPatterns } from '../../../shared/manifest/pattern-language.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import type { MatcherText } from '../../support/reference-trust.ts'

const pieces = ['a', 'b', '/', '*', '**']
const glob = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))
const text = fc.constantFrom('a', 'b', 'ab', 'a/b', '', 'a b', '*')
const leaf = fc.oneof(
  { weight: 3, arbitrary: glob },
  { weight: 2, arbitrary: text.filter((one) => one !== '') },
  fc.constantFrom<MatcherText>(true, { number: 5 }, { present: true }),
)
const matcher: fc.Arbitrary<MatcherText> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc.array(fc.oneof(leaf, fc.array(leaf, { minLength: 1, maxLength: 2 })), { minLength: 1, maxLength: 3 }),
  fc.array(leaf, { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
)
const value: fc.Arbitrary<Json> = fc.oneof(text, fc.constantFrom<Json>(true, false, 5, null, []))
const claim: fc.Arbitrary<Json> = fc.oneof(
  value,
  fc.array(fc.oneof(value, fc.constant({})), { maxLength: 3 }),
)

function conditionOf(name: string, matcher: MatcherText): Condition {
  const [condition] = compileConditions({ [name]: matcher })
  return condition as Condition
}

/** As the pieces of a pattern, whether or not it has a wildcard. */
function patternOf(glob: string): Pattern {
  const { matcher } = conditionOf('x', glob)
  if ('pattern' in matcher) return matcher.pattern
  return [String((matcher as { equals: unknown }).equals)]
}

/** Every text of up to five of these, which tells all patterns of that many pieces apart but for a few. */
const shortTexts = (() => {
  const texts = ['']
  for (let at = 0; texts[at] !== undefined && (texts[at] as string).length < 5; at++)
    for (const unit of ['a', 'b', '/', ':', 'c']) texts.push(`${texts[at]}${unit}`)
  return texts
})()

test('a condition that implies another is met by nobody who does not meet that', () => {
  fc.assert(
    fc.property(
      matcher,
      matcher,
      fc.array(claim, { minLength: 20, maxLength: 40 }),
      fc.constantFrom('x', 'scope'),
      (one, other, claims, name) => {
        const [inner, outer] = [conditionOf(name, one), conditionOf(name, other)]
        const implied = conditionsImply([inner], outer)
        const excluded = excludedBy([outer], inner)
        for (const claim of [...claims, [...claims.slice(0, 9), 'a', 'ab', 'a/b'] as Json]) {
          const set = { [name]: claim }
          if (implied && meets(set, inner)) expect(meets(set, outer), JSON.stringify(set)).toBe(true)
          if (excluded && !meets(set, outer)) expect(meets(set, inner), JSON.stringify(set)).toBe(false)
        }
      },
    ),
    fuzzParameters(),
  )
})

test('a matcher implies itself, a list with it, and that the claim is there', () => {
  fc.assert(
    fc.property(matcher, matcher, (one, other) => {
      const [mine, its] = [conditionOf('x', one).matcher, conditionOf('x', other).matcher]
      // Another value of the same kind: the same object would be found out by its identity.
      const again: Matcher = JSON.parse(JSON.stringify(mine))
      expect(implies(mine, again)).toBe(true)
      expect(implies(mine, { any: [its, again] })).toBe(true)
      expect(implies({ all: [its, mine] }, again)).toBe(true)
      expect(implies(mine, { present: true })).toBe(true)
    }),
    fuzzParameters(),
  )
})

test('between patterns it is exact: one that is not within others takes a text that they do not', () => {
  fc.assert(
    fc.property(glob, fc.array(glob, { minLength: 1, maxLength: 3 }), (one, others) => {
      const [inner, outer] = [patternOf(one), others.map(patternOf)]
      const witness = shortTexts.find(
        (text) => matchesPattern(text, inner) && !outer.some((pattern) => matchesPattern(text, pattern)),
      )
      const within = isWithinPatterns(inner, outer)
      if (witness !== undefined) expect(within, `${one} takes ${witness}`).toBe(false)
      // A shortest witness has no more units than there are pairs of positions; five do for three pieces each.
      else if (inner.length <= 3 && others.length === 1 && others.every((text) => text.length <= 4))
        expect(within, `${one} within ${others}`).toBe(true)
    }),
    { ...fuzzParameters(), numRuns: (fuzzParameters().numRuns ?? 100) * 5 },
  )
})

test.each<[string, readonly string[], boolean]>([
  ['refs/heads/*', ['refs/**'], true],
  ['refs/**', ['refs/*'], false],
  ['*', ['**'], true],
  ['**', ['*', '**/**', '**:**'], true],
  ['**', ['*', '**/**'], false],
  ['a*', ['a', 'a*a', '*'], true],
  ['repo:acme/*:ref:refs/heads/main', ['repo:acme/*:**'], true],
  ['repo:acme/*:**', ['repo:acme/*:ref:**'], false],
  ['*a*b*', ['*a*'], true],
  ['\\**', ['\\*', '*'], true],
  ['x', [], false],
])('%s within %j: %s', (one, others, within) => {
  expect(isWithinPatterns(patternOf(one), others.map(patternOf))).toBe(within)
})

test('patterns made to grow are answered in time, if only by no', () => {
  const started = performance.now()
  const many = Array.from({ length: 12 }, (_, at) => patternOf(`**a${'?b'.repeat(at)}**b${'*c'.repeat(at)}`))
  isWithinPatterns(patternOf('**a**b**c**'), many)
  expect(performance.now() - started).toBeLessThan(5000)
})
