import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesWildcard } from '../../../local/gateway/wildcard.ts'
import { corpus } from './corpus.ts'

type Rows = { cases: { policyResource: string; resource: string; match: boolean; line: number }[] }

/** Rows of serverless-offline where IAM's rules say otherwise, with the rule. Empty: we agree on all of them. */
const otherwise: Record<string, string> = {}

describe('IAM wildcards', () => {
  const rows = corpus<Rows>('serverless-offline/arn-match.json')
  it.skipIf(rows === undefined)("serverless-offline's 36 rows of ARN matching", () => {
    expect(rows?.cases).toHaveLength(36)
    const differing = (rows?.cases ?? [])
      .filter(({ policyResource, resource, match }) => matchesWildcard(policyResource, resource) !== match)
      .map(({ policyResource, resource }) => `${policyResource} on ${resource}`)
    expect(differing).toEqual(Object.keys(otherwise))
  })

  it('agree with a regular expression on every pattern and text', () => {
    const letter = fc.constantFrom('a', 'b', '/', ':', '*', '?', '.')
    const texts = fc.string({ unit: letter, maxLength: 8 })
    const oracle = (pattern: string) =>
      new RegExp(`^${pattern.replace(/[.]/g, '\\.').replaceAll('?', '.').replaceAll('*', '.*')}$`, 's')
    fc.assert(
      fc.property(texts, texts, (pattern, text) => {
        expect(matchesWildcard(pattern, text)).toBe(oracle(pattern).test(text))
      }),
      { numRuns: 2000 },
    )
  })
})
