import { describe, expect, test } from 'vitest'
import { canonicalPath } from '../../../shared/gateway/canonical-path.ts'

describe('paths that can be read in one way only', () => {
  test.each([
    ['/', []],
    ['/orders', ['orders']],
    ['/orders/1/refunds', ['orders', '1', 'refunds']],
    ['/a:b/c;v=1/d@e/(f)', ['a:b', 'c;v=1', 'd@e', '(f)']],
    ['/...', ['...']],
    ['/.well-known/x', ['.well-known', 'x']],
    ['/..a/a..', ['..a', 'a..']],
    ['/é/𝄞', ['é', '𝄞']],
    ['/*/a*', ['*', 'a*']],
    ['/a b/c', ['a b', 'c']],
  ])('%s', (path, segments) => {
    expect(canonicalPath(path, 'refuse')).toEqual(segments)
    expect(canonicalPath(path, 'allow')).toEqual(segments)
  })
})

describe('paths with a second reading are refused, whether or not escapes are allowed', () => {
  test.each([
    ['no leading slash', 'orders'],
    ['nothing at all', ''],
    ['an empty segment', '/a//b'],
    ['an empty first segment', '//a'],
    ['a trailing slash', '/a/'],
    ['two slashes', '//'],
    ['a dot segment', '/a/./b'],
    ['a last dot segment', '/a/.'],
    ['a dot-dot segment', '/a/../b'],
    ['a last dot-dot segment', '/a/..'],
    ['a dot-dot segment alone', '/..'],
    ['a dot-dot segment with a parameter, which servlet containers cut off', '/a/..;/b'],
    ['the same with a name', '/a/..;x=1/b'],
    ['a dot segment with a parameter', '/.;/a'],
    ['an empty segment with a parameter', '/;/a'],
    ['an empty last segment with a parameter', '/a/;x=1'],
    ['a backslash', '/a\\b'],
    ['a backslash as a segment border', '/a\\..\\b'],
    ['NUL', '/a\u0000'],
    ['a tab, which URL parsers drop', '/.\t./a'],
    ['a line feed', '/a\n'],
    ['a carriage return', '/a\rb'],
    ['the last of C0', '/a\u001f'],
    ['DEL', '/a\u007f'],
    ['the first of C1', '/a\u0080'],
    ['the last of C1', '/a\u009f'],
    ['a question mark, where a query begins', '/admin?x'],
    ['a number sign, where a fragment begins', '/admin#x'],
    ['a space, which URL parsers trim', '/admin '],
  ])('%s', (_, path) => {
    expect(canonicalPath(path, 'refuse')).toBeUndefined()
    expect(canonicalPath(path, 'allow')).toBeUndefined()
  })

  test('a no-break space is a character like any other: only DEL and C1 lie below it', () => {
    expect(canonicalPath('/a\u00a0b', 'refuse')).toEqual(['a\u00a0b'])
  })
})

describe('escapes', () => {
  const needed = [
    '/a%20b',
    '/%C3%A9',
    '/%c3%a9',
    '/a%3Fb',
    '/a%23b',
    '/%22',
    '/100%E2%82%AC',
    '/%5B%5D',
    '/%C2%A0',
  ]
  test.each(needed)(
    '%s is one spelling of one text: taken where escapes are allowed, and only there',
    (path) => {
      expect(canonicalPath(path, 'allow')).toEqual([path.slice(1)])
      expect(canonicalPath(path, 'refuse')).toBeUndefined()
    },
  )

  test.each([
    ['a slash', '/a%2Fb'],
    ['a slash in lower case', '/a%2fb'],
    ['a backslash', '/a%5Cb'],
    ['a backslash in lower case', '/a%5cb'],
    ['NUL', '/a%00'],
    ['a tab', '/a%09'],
    ['a line feed', '/a%0a'],
    ['DEL', '/a%7F'],
    ['a C1 control', '/a%C2%85'],
    ['a percent sign, which a second decoding would take up', '/a%252Fb'],
    ['a percent sign alone', '/100%25'],
    ['a letter', '/%61dmin'],
    ['a digit', '/%31'],
    ['a dot', '/%2e%2e/a'],
    ['a dot beside a dot', '/.%2E/a'],
    ['a tilde', '/%7Ea'],
    ['a semicolon', '/..%3B/a'],
    ['a colon', '/a%3Ab'],
    ['an at sign', '/a%40b'],
    ['a hyphen', '/a%2Db'],
    ['a star', '/a%2Ab'],
    ['nothing', '/a%'],
    ['one digit', '/a%2'],
    ['no digits', '/a%zz'],
    ['half a character', '/a%C3'],
    ['an overlong slash', '/a%C0%AFb'],
    ['a surrogate', '/a%ED%A0%80'],
    ['more than Unicode has', '/a%F4%90%80%80'],
    ['an empty segment after it', '/%20//a'],
  ])('an escape that stands for %s is refused', (_, path) => {
    expect(canonicalPath(path, 'allow')).toBeUndefined()
    expect(canonicalPath(path, 'refuse')).toBeUndefined()
  })

  test('one bad escape among good ones is enough', () => {
    expect(canonicalPath('/a%20b%61', 'allow')).toBeUndefined()
  })
})
