import { describe, expect, test } from 'vitest'
import { methods, parseRoute, routeKey } from '../../../shared/gateway/route.ts'

describe('a route is read', () => {
  test.each([
    ['GET /', 'GET', '/'],
    ['GET /orders/{id}', 'GET', '/orders/{id}'],
    ['ANY /files/{proxy+}', 'ANY', '/files/{proxy+}'],
    ['GET /{a.b-c:d_e}/x', 'GET', '/{a.b-c:d_e}/x'],
    ["GET /a._~!$&'()+,;=:@-z", 'GET', "/a._~!$&'()+,;=:@-z"],
    ['$default', 'ANY', '$default'],
  ])('%s', (text, method, path) => {
    expect(parseRoute(text)).toEqual({ method, path })
  })

  test.each(methods)('with the method %s', (method) =>
    expect(parseRoute(`${method} /`)).toEqual({ method, path: '/' }),
  )
})

describe('what is no route is refused with what is wrong', () => {
  test.each([
    ['', 'a method, one space and a path'],
    ['GET', 'a method, one space and a path'],
    ['/orders', 'a method, one space and a path'],
    ['get /orders', 'the method "get" is not one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, ANY'],
    ['TRACE /orders', 'the method "TRACE" is not one of'],
    ['* /orders', 'the method "*" is not one of'],
    [' GET /orders', 'the method "" is not one of'],
    ['GET  /orders', 'does not begin with "/"'],
    ['GET orders', 'does not begin with "/"'],
    ['GET $default', 'does not begin with "/"'],
    ['GET ', 'does not begin with "/"'],
    ['GET /orders/', 'has an empty segment or ends with "/"'],
    ['GET //orders', 'has an empty segment or ends with "/"'],
    ['GET /./orders', 'has a "." segment'],
    ['GET /orders/..', 'has a ".." segment'],
    ['GET /orders/*', 'a route is a template, not a pattern'],
    ['GET /orders/:id', '":id": a parameter is written {id}'],
    ['GET /a*b', 'a route is a template, not a pattern'],
    ['GET /{proxy+}/x', 'must be the last segment'],
    ['GET /{}', 'is neither literal text nor {name}'],
    ['GET /{+}', 'is neither literal text nor {name}'],
    ['GET /{id', 'is neither literal text nor {name}'],
    ['GET /id}', 'is neither literal text nor {name}'],
    ['GET /a{id}', 'is neither literal text nor {name}'],
    ['GET /{id}b', 'is neither literal text nor {name}'],
    ['GET /{a b}', 'is neither literal text nor {name}'],
    ['GET /b{a+}', 'is neither literal text nor {name}'],
    ['GET /{a+}b', 'is neither literal text nor {name}'],
    ['GET /a%20b', 'is neither literal text nor {name}'],
    ['GET /a?b', 'is neither literal text nor {name}'],
    ['GET /a#b', 'is neither literal text nor {name}'],
    ['GET /a\\b', 'is neither literal text nor {name}'],
    ['GET /é', 'is neither literal text nor {name}'],
    ['GET /a b', 'is neither literal text nor {name}'],
    ['GET /a\n', 'is neither literal text nor {name}'],
  ])('%j', (text, message) => {
    expect(parseRoute(text)).toEqual(expect.stringContaining(message))
  })
})

describe('the names of parameters do not make two routes', () => {
  const key = (text: string) => {
    const route = parseRoute(text)
    return typeof route === 'string' ? route : routeKey(route)
  }

  test.each([
    ['GET /orders/{id}', 'GET /orders/{}'],
    ['GET /orders/{orderId}/lines/{no}', 'GET /orders/{}/lines/{}'],
    ['ANY /files/{proxy+}', 'ANY /files/{+}'],
    ['ANY /{a}/{b+}', 'ANY /{}/{+}'],
    ['GET /orders', 'GET /orders'],
    ['$default', 'ANY $default'],
  ])('%s', (text, expected) => expect(key(text)).toBe(expected))

  test('a greedy parameter is another route than a plain one', () => {
    expect(key('GET /{a}')).not.toBe(key('GET /{a+}'))
  })
})
