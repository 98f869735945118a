import { describe, expect, test } from 'vitest'
import type { Matcher } from '../../../shared/access/access.ts'
import { matchesPattern, meets } from '../../../shared/access/match.ts'
import type { Json } from '../../../shared/json.ts'

describe('pieces of a pattern', () => {
  test.each([
    ['', ['a'], false],
    ['a', ['a'], true],
    ['ab', ['a'], false],
    ['ba', ['a'], false],
    ['', [1], true],
    ['', [2], true],
    ['ab', [1], true],
    ['a/b', [1], false],
    ['a:b', [1], false],
    ['a/b:c', [2], true],
    ['/', [1], false],
    ['a/b', [1, '/', 1], true],
    ['/', [1, '/', 1], true],
    ['a//b', [1, '/', 1], false],
    ['a/b/c', [2, '/', 1], true],
    ['a/b:c', [2, '/', 1], false],
    ['abcabc', [1, 'abc'], true],
    ['abcab', [1, 'abc'], false],
    ['aXbXc', ['a', 1, 'X', 1, 'c'], true],
    ['a/XbXc', ['a', 1, 'X', 1, 'c'], false],
    ['a/XbXc', ['a', 2, 'X', 1, 'c'], true],
    ['a1/2b', [1, '/', 1, 'b'], true],
    ['/a/b', [1, '/', 1, '/', 1], true],
    ['aa/a', ['a', 1, 'a'], false],
    ['aaa', ['aa', 'aa'], false],
    ['ab:b', [1, 'b', 2, 'b'], true],
    ['a:bb', [1, 'b'], false],
  ])('%s by %j: %s', (text, pattern, expected) => {
    expect(matchesPattern(text, pattern as (string | 1 | 2)[])).toBe(expected)
  })
})

describe('conditions', () => {
  const meet = (value: Json, matcher: Matcher) =>
    meets({ c: value }, { claim: { name: 'c', path: ['c'] }, matcher })

  test.each<[Json, Matcher, boolean]>([
    ['a', { equals: 'a' }, true],
    ['a', { equals: 'b' }, false],
    [5, { equals: 5 }, true],
    ['5', { equals: 5 }, false],
    [true, { equals: true }, true],
    [1, { equals: true }, false],
    [['b', 'a'], { equals: 'a' }, true],
    [5, { pattern: [2] }, false],
    [null, { pattern: [2] }, false],
    [['x/y', 'ab'], { pattern: ['a', 1] }, true],
    ['b', { any: [{ equals: 'a' }, { equals: 'b' }] }, true],
    ['c', { any: [{ equals: 'a' }, { equals: 'b' }] }, false],
    ['a', { any: [] }, false],
    [['a', 'b'], { all: [{ equals: 'a' }, { equals: 'b' }] }, true],
    [['a'], { all: [{ equals: 'a' }, { equals: 'b' }] }, false],
    ['', { present: true }, true],
    [[], { present: true }, true],
    [null, { present: true }, false],
    [[], { equals: 'a' }, false],
  ])('%j meets %j: %s', (value, matcher, expected) => expect(meet(value, matcher)).toBe(expected))

  test('a missing claim meets none, presence least of all', () => {
    const claim = { name: 'd', path: ['d'] }
    for (const matcher of [{ present: true }, { pattern: [2] }, { all: [] }] as const)
      expect(meets({ c: 'a' }, { claim, matcher })).toBe(false)
  })
})
