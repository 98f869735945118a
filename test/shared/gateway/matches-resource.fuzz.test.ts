import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesResource } from '../../../shared/gateway/matches-resource.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { resourceMatches } from '../../support/policy-evaluator.ts'

test('the matcher agrees with the naive one', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '/', '*', '?', 'ab'), { maxLength: 10 })
    .map((p) => p.join(''))
  const text = fc
    .array(fc.constantFrom('a', 'b', '/', '*', 'ab', '\n'), { maxLength: 12 })
    .map((p) => p.join(''))
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      expect(matchesResource(pattern, text)).toBe(resourceMatches(pattern, text))
    }),
    fuzzParameters(),
  )
})
