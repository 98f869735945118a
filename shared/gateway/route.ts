/** A method of API Gateway, or ANY for those without a route of their own on the same path. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
export type Method = (typeof methods)[number]

/**
 * R as a tree of path segments. A node's `methods` maps a method (or ANY) to the route as it was written;
 * `greedy` does so for a `{proxy+}` below the node. The root's `fallback` is `$default`.
 */
export type RouteNode = {
  readonly literals?: Readonly<Record<string, RouteNode>>
  readonly parameter?: RouteNode
  readonly methods?: Readonly<Record<string, string>>
  readonly greedy?: Readonly<Record<string, string>>
  readonly fallback?: true
  /** Of the root: paths that no route serves are refused, however much that costs, but for those within a bound. */
  readonly fenced?: true
  /** The methods of a bound that ends here, and of one whose `{proxy+}` is below. */
  readonly within?: readonly string[]
  readonly withinBelow?: readonly string[]
}

/** No API is so deep; the policy's renderer keeps sets of positions in the bits of a number. */
export const maxSegments = 28

/** A route template taken apart. `path` is the whole text of a route without a method: `$default`, `$connect`, `Query.orders`. */
export type Route = { readonly method: Method | 'ANY'; readonly path: string }

/**
 * `GET /orders/{id}` -> its parts, or a sentence saying what is wrong. API Gateway's syntax (facts A9); `$connect` of
 * WebSocket APIs and the fields of AppSync's, as its `deniedFields` spell them (facts A8), are routes too.
 */
export function parseRoute(text: string): Route | string {
  if (text === '$default' || text === '$connect' || field.test(text)) return { method: 'ANY', path: text }
  const space = text.indexOf(' ')
  const method = text.slice(0, space)
  const path = text.slice(space + 1)
  if (space === -1) return 'a route is a method, one space and a path, as in "GET /orders/{id}"'
  if (method !== 'ANY' && !(methods as readonly string[]).includes(method))
    return `the method "${method}" is not one of ${methods.join(', ')}, ANY (upper case)`
  const wrong = wrongPath(path)
  return wrong ?? { method: method as Route['method'], path }
}

/**
 * What makes two spellings one route: the parameters' names do not count.
 * `GET /orders/{id}` -> `GET /orders/{}`, `ANY /files/{proxy+}` -> `ANY /files/{+}`.
 */
export function routeKey(route: Route): string {
  return `${route.method} ${route.path.replace(/\{[^}]*\+\}/, '{+}').replace(/\{[^}+]+\}/g, '{}')}`
}

export type ApiType = 'rest' | 'http' | 'websocket' | 'appsync'

/** Which types of API have a route: paths REST and HTTP alike, `$default` HTTP alone. */
export function isRouteOf(route: Route, api: ApiType): boolean {
  const { path } = route
  if (path.startsWith('/')) return api === 'rest' || api === 'http'
  if (path === '$default') return api === 'http'
  return api === (path === '$connect' ? 'websocket' : 'appsync')
}

// Names as GraphQL has them (October 2021, section 2.1.9).
const field = /^[A-Za-z_]\w*\.[A-Za-z_]\w*$/
const literal = /^[A-Za-z0-9._~!$&'()+,;=:@-]+$/
const parameter = /^\{[A-Za-z0-9._:-]+\}$/
const greedy = /^\{[A-Za-z0-9._:-]+\+\}$/

function wrongPath(path: string): string | undefined {
  if (path === '/') return undefined
  if (!path.startsWith('/')) return `the path "${path}" does not begin with "/"`
  const segments = path.slice(1).split('/')
  if (segments.length > maxSegments) return `the path "${path}" has more than ${maxSegments} segments`
  for (const [at, segment] of segments.entries()) {
    if (segment === '') return `the path "${path}" has an empty segment or ends with "/"`
    if (segment === '.' || segment === '..') return `the path "${path}" has a "${segment}" segment`
    if (greedy.test(segment)) {
      if (at < segments.length - 1) return `"${segment}" must be the last segment of "${path}"`
    } else if (segment.startsWith(':')) return `"${segment}": a parameter is written {${segment.slice(1)}}`
    else if (segment.includes('*'))
      return `"${segment}": a route is a template, not a pattern; write {name} for one segment, {proxy+} for all the rest`
    else if (!parameter.test(segment) && !literal.test(segment))
      return `the segment "${segment}" of "${path}" is neither literal text nor {name} nor a last {name+}`
  }
  return undefined
}
