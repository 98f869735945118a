import { describe, expect, test } from 'vitest'
import { resolveRoute } from '../../../shared/gateway/resolve.ts'
import type { RouteNode } from '../../../shared/gateway/route.ts'

/** `/files` by GET and ANY, `/files/{name}` by GET, `/files/{path+}` by ANY. */
const tree: RouteNode = {
  literals: {
    files: {
      methods: { GET: 'GET /files', ANY: 'ANY /files' },
      parameter: { methods: { GET: 'GET /files/{name}' } },
      greedy: { ANY: 'ANY /files/{path+}' },
    },
  },
}
const resolve = (api: 'rest' | 'http', method: string, ...segments: readonly string[]) =>
  resolveRoute(tree, api, method, segments)

describe.each(['rest', 'http'] as const)('on %s', (api) => {
  test('a candidate has the route as it was written, and the two keys that grant it', () => {
    expect(resolve(api, 'GET', 'files', 'a')).toEqual([
      { route: 'GET /files/{name}', keys: ['GET /files/{}', 'ANY /files/{}'] },
    ])
  })

  test("a method with a route of its own, and one by ANY's", () => {
    expect(resolve(api, 'GET', 'files')).toEqual([
      { route: 'GET /files', keys: ['GET /files', 'ANY /files'] },
    ])
    expect(resolve(api, 'PUT', 'files')).toEqual([
      { route: 'ANY /files', keys: ['PUT /files', 'ANY /files'] },
    ])
    expect(resolve(api, 'PUT', 'files', 'a', 'b')).toEqual([
      { route: 'ANY /files/{path+}', keys: ['PUT /files/{+}', 'ANY /files/{+}'] },
    ])
  })

  test('the same again is the same', () => {
    expect(resolve(api, 'GET', 'files', 'a')).toEqual(resolve(api, 'GET', 'files', 'b'))
    expect(resolve(api, 'PUT', 'files')).not.toEqual(resolve(api, 'POST', 'files'))
  })

  test('nothing for a path or a method without a route', () => {
    expect(resolve(api, 'GET')).toEqual([])
    expect(resolve(api, 'GET', 'other')).toEqual([])
    expect(resolve(api, 'TRACE', 'files')).toEqual([])
    expect(resolve(api, 'ANY', 'files')).toEqual([])
  })

  test('members that every object has are no routes', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(resolve(api, 'GET', name)).toEqual([])
      expect(resolve(api, name, 'files')).toEqual([])
    }
  })

  test('a path of a thousand segments is no trouble', () => {
    const long = Array.from({ length: 1000 }, () => 'a')
    expect(resolve(api, 'GET', 'files', ...long)).toHaveLength(1)
    expect(resolve(api, 'GET', ...long)).toEqual([])
  })
})

test("$default is the HTTP API's answer where no route is", () => {
  const withDefault: RouteNode = { ...tree, fallback: true }
  expect(resolveRoute(withDefault, 'http', 'GET', ['other'])).toEqual([
    { route: '$default', keys: ['ANY $default'] },
  ])
  expect(resolveRoute(withDefault, 'http', 'GET', ['files'])).toHaveLength(1)
  expect(resolveRoute(withDefault, 'rest', 'GET', ['other'])).toEqual([])
})
