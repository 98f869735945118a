import { isRouteOf, parseRoute } from '../shared/gateway/route.ts'

/** `api` where only one type of API has such a request. */
export type ReadRequest = { method: string; path: string; api?: 'websocket' | 'appsync' }

/**
 * A request as people write it: `GET /orders/1`, `$connect`, or the field `Query.orders`; or what is wrong with it,
 * to follow the name of what holds it.
 */
export function parseRequestText(text: string): ReadRequest | { wrong: string } {
  const route = parseRoute(text)
  if (typeof route === 'object')
    for (const api of ['websocket', 'appsync'] as const)
      if (isRouteOf(route, api)) return { method: '', path: text, api }
  const [, method, path] = /^([A-Z]{1,16}) (\/.*)$/su.exec(text) ?? []
  if (method === undefined || path === undefined)
    return { wrong: "is a method in upper case, one space and a path, as in 'GET /orders/1'" }
  if (path.includes('?')) return { wrong: 'has a query; leave it out, it decides nothing' }
  if (/\/\{[^/]*\}(\/|$)/.test(path))
    return { wrong: "has a parameter in braces; a concrete path is due, as in 'GET /orders/1'" }
  return { method, path }
}

/** A request in a line. */
export function requestText({ method, path }: { readonly method: string; readonly path: string }): string {
  return method === '' ? path : `${method} ${path}`
}
