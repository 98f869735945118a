import type { MethodArn } from './arn.ts'
import { parseRoute, type RouteNode } from './route.ts'

/**
 * Whether R has the route by which API Gateway says it serves a call: `/orders/{id}` of a REST API, whose method may
 * be the call's or ANY; `GET /orders/{id}` or `$default` of an HTTP API. Also `true` of text that is no route, which
 * says nothing.
 */
export function hasRoute(tree: RouteNode, routed: string, { method }: Pick<MethodArn, 'method'>): boolean {
  const named = parseRoute(routed.startsWith('/') ? `${method} ${routed}` : routed)
  if (typeof named === 'string') return true
  if (named.path === '$default') return tree.fallback === true
  let node: RouteNode | undefined = tree
  let found: RouteNode['methods']
  for (const segment of named.path === '/' ? [] : named.path.slice(1).split('/')) {
    if (segment.endsWith('+}')) found = node?.greedy ?? {}
    else if (segment.startsWith('{')) node = node?.parameter
    else node = node?.literals && Object.hasOwn(node.literals, segment) ? node.literals[segment] : undefined
  }
  found ??= node?.methods
  return found !== undefined && (Object.hasOwn(found, named.method) || Object.hasOwn(found, 'ANY'))
}
