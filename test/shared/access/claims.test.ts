import { describe, expect, test } from 'vitest'
import { claimValue, claimValues } from '../../../shared/access/claims.ts'

const at = (...path: readonly string[]) => ({ name: path.join('/'), path })
const claims = JSON.parse(
  '{"a":{"b":[1,{"c":null}]},"list":["x",["y"]],"__proto__":{"polluted":true},"":"empty","s":"text"}',
)

describe('a claim is looked up among own members', () => {
  test.each([
    [['a', 'b', '0'], 1],
    [['a', 'b', '1', 'c'], null],
    [['list', '1', '0'], 'y'],
    [['__proto__', 'polluted'], true],
    [[''], 'empty'],
    [[], claims],
  ])('%j', (path, value) => expect(claimValue(claims, at(...path))).toEqual(value))

  test.each([
    ['a name that is not there', ['x']],
    ['a member of a text', ['s', 'length']],
    ['a character of a text', ['s', '0']],
    ['a member of null', ['a', 'b', '1', 'c', 'd']],
    ['a member of a number', ['a', 'b', '0', 'toFixed']],
    ["an array's length", ['list', 'length']],
    ["an array's method", ['list', 'at']],
    ['past the end', ['list', '2']],
    ['before the start', ['list', '-1']],
    ['the place after the end (RFC 6901)', ['list', '-']],
    ['an index with a leading zero', ['list', '01']],
    ['an index with white space', ['list', ' 1']],
    ['an index as a fraction', ['list', '1.0']],
    ['an index in another notation', ['list', '1e0']],
    ['an empty index', ['list', '']],
    ['an index beyond all arrays', ['list', '9999999999']],
    ['an inherited member', ['constructor']],
    ['an inherited member of a member', ['a', 'toString']],
    ['the prototype of a member', ['a', '__proto__']],
  ])('nothing for %s', (_, path) => expect(claimValue(claims, at(...path))).toBeUndefined())
})

test('an index may have several digits', () => {
  const list = Array.from({ length: 12 }, (_, at) => at)
  expect(claimValue({ list }, at('list', '10'))).toBe(10)
  expect(claimValue({ list }, at('list', '1a'))).toBeUndefined()
})

describe('what a matcher compares with', () => {
  test.each([
    ['scope', 'a b', ['a', 'b']],
    ['scp', 'a b', ['a', 'b']],
    ['scope', 'a', ['a']],
    ['scope', ['a b'], ['a b']],
    ['scopes', 'a b', ['a b']],
    ['Scope', 'a b', ['a b']],
    ['/scope', 'a b', ['a b']],
    ['groups', ['a', 5], ['a', 5]],
    ['groups', [], []],
    ['scope', null, [null]],
    ['scope', { a: 1 }, [{ a: 1 }]],
  ])('%s of %j', (name, value, values) => {
    expect(claimValues({ name, path: [name] }, value)).toEqual(values)
  })
})
