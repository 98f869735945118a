import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meet, pathLanguage, patternLanguage } from '../../../shared/manifest/request-language.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { resourceMatches } from '../../support/policy-evaluator.ts'

const meets = (pattern: string, path: string, except?: string): boolean =>
  meet(patternLanguage(pattern), pathLanguage(path), except === undefined ? undefined : pathLanguage(except))

describe('whether a Resource pattern takes a request of a path', () => {
  test.each([
    ['/a/?*/b', '/a/{x}/{y}/{z}', true],
    ['/a/?*/b', '/a/{proxy+}', true],
    ['/a/?*/b', '/a/{x}', false],
    ['/a/?*/b', '/a/b', false],
    ['/a/?*', '/{y}/b', true],
    ['/a/?*', '/{y}', false],
    ['/a/?*', '/a', false],
    ['/a/?*', '/b/{x}', false],
    ['/?*/b', '/a/ab', false],
    ['/?*b', '/a/ab', true],
    ['/?*', '/', false],
    ['/*', '/', true],
    ['/*', '$default', true],
    ['/a', '$default', true],
    ['/a/?*', '$default', true],
  ])('%s, %s: %s', (pattern, path, expected) => {
    expect(meets(pattern, path)).toBe(expected)
  })

  test('beside those of another path', () => {
    expect(meets('/a/?*/b', '/a/{x}/{y}', '/a/{x}/b')).toBe(false)
    expect(meets('/a/?*/b', '/a/{proxy+}', '/a/{x}/b')).toBe(true)
    expect(meets('/a/?*', '/{proxy+}', '/a/{proxy+}')).toBe(false)
    expect(meets('/a/?*', '/{x}/{y}', '/a/{x}')).toBe(false)
    expect(meets('/?*', '$default', '/{proxy+}')).toBe(false)
    expect(meets('/?*/?*', '/{proxy+}', '/{x}/{proxy+}')).toBe(false)
    expect(meets('/?*', '$default', '/{x}')).toBe(true)
  })
})

/** Longer than the shortest text that any of the combinations below has in common. */
const longest = 9

/**
 * Every path over the alphabet up to there, without empty segments or a trailing slash. No template spells a `b`,
 * so it stands for all other characters.
 */
const texts = ['/', 'a', 'b', '/a', '/b']
for (const text of texts)
  if (text !== '/')
    for (const each of ['a', 'b', '/a', '/b'])
      if (text.length + each.length <= longest) texts.push(text + each)

/** Written from the words of the route syntax, sharing nothing with the product. */
function expressionOf(path: string): RegExp {
  if (path === '$default') return /^\//
  return new RegExp(`^${path.replace(/\{x\}/g, '[^/]+').replace('{proxy+}', '[^]+')}$`)
}

test('whatever the pattern and the paths, as every text of up to nine characters says', () => {
  const segments = fc.array(fc.constantFrom('a', 'a', 'aa', '{x}'), { minLength: 1, maxLength: 2 })
  const path = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(segments, fc.constantFrom('', '/a', '/{x}', '/{proxy+}'))
        .map(([some, end]) => `/${some.join('/')}${end}`),
    },
    fc.constantFrom('$default', '/', '/{proxy+}'),
  )
  const pattern = fc
    .array(fc.constantFrom('a', '/', '?*', '?', '*'), { maxLength: 4 })
    .map((parts) => `/${parts.join('')}`)
  fc.assert(
    fc.property(pattern, path, fc.option(path, { nil: undefined }), (pattern, path, except) => {
      const [wanted, unwanted] = [expressionOf(path), expressionOf(except ?? 'nothing')]
      const found = texts.some(
        (text) => wanted.test(text) && !unwanted.test(text) && resourceMatches(pattern, text),
      )
      expect(meets(pattern, path, except)).toBe(found)
    }),
    fuzzParameters(),
  )
}, 60_000)
