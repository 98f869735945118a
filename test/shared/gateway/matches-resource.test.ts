import { describe, expect, test } from 'vitest'
import { matchesResource } from '../../../shared/gateway/matches-resource.ts'
import { corpusRows } from '../../support/corpora.ts'
import { resourceMatches } from '../../support/policy-evaluator.ts'

type Row = { readonly policyResource: string; readonly resource: string; readonly match: boolean }
const rows = corpusRows<Row>('serverless-offline/arn-match.json')

describe('rows of serverless-offline', () => {
  test.skipIf(rows.length === 0)('there are 36', () => expect(rows).toHaveLength(36))

  test.each(rows)('$policyResource · $resource: $match', ({ policyResource, resource, match }) => {
    expect(matchesResource(policyResource, resource)).toBe(match)
    expect(resourceMatches(policyResource, resource)).toBe(match)
  })
})

describe("IAM's wildcards", () => {
  test.each([
    ['', '', true],
    ['', 'a', false],
    ['a', '', false],
    ['*', '', true],
    ['*', 'a/b', true],
    ['?', '', false],
    ['?', '/', true],
    ['?', 'ab', false],
    ['?*', '', false],
    ['?*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ab', false],
    ['*a', 'aa', true],
    ['a*b*c', 'abbc', true],
    ['a*b*c', 'acb', false],
    ['a**b', 'ab', true],
    ['a*', 'a*', true],
    ['a?', 'a*', true],
    ['a?c', 'a*', false],
    ['*ab', 'aab', true],
    ['a', 'b', false],
    ['A', 'a', false],
    ['ab', 'a', false],
    ['.', 'x', false],
  ])('%s takes %s: %s', (pattern, text, match) => {
    expect(matchesResource(pattern, text)).toBe(match)
    expect(resourceMatches(pattern, text)).toBe(match)
  })

  test('a star never hangs the matcher', () => {
    const started = performance.now()
    expect(matchesResource(`${'*a'.repeat(200)}b`, 'a'.repeat(1600))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
