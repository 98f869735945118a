import type { Route, RouteNode } from '../gateway/route.ts'
import type { FileRoute } from './referenced-files.ts'

type Growing = {
  literals?: Record<string, Growing>
  parameter?: Growing
  methods?: Record<string, string>
  greedy?: Record<string, string>
  fallback?: true
  fenced?: true
  within?: string[]
  withinBelow?: string[]
}

/**
 * R as a tree (design section 5). Of two spellings of one route the first stands, so a routes file comes before the
 * manifest. Two `{param}` names on one level are one node: names do not count. With `bounds`, what lies beyond all of
 * them is refused even where no route serves it.
 */
export function buildRouteTree(routes: readonly FileRoute[], bounds?: readonly Route[]): RouteNode {
  const root: Growing = {}
  if (bounds !== undefined && !bounds.some(({ path }) => path === '$default')) {
    root.fenced = true
    for (const bound of bounds) addBound(root, bound)
  }
  for (const { route } of routes) {
    if (route.path === '$default') {
      root.fallback = true
      continue
    }
    let node = root
    let greedy = false
    for (const segment of route.path === '/' ? [] : route.path.slice(1).split('/')) {
      if (segment.endsWith('+}')) greedy = true
      else node = step(node, segment)
    }
    const place = greedy ? 'greedy' : 'methods'
    node[place] ??= table()
    node[place][route.method] ??= `${route.method} ${route.path}`
  }
  return root
}

function addBound(root: Growing, { method, path }: Route): void {
  if (!path.startsWith('/')) return
  let node = root
  let place: 'within' | 'withinBelow' = 'within'
  for (const segment of path === '/' ? [] : path.slice(1).split('/')) {
    if (segment.endsWith('+}')) place = 'withinBelow'
    else node = step(node, segment)
  }
  const methods = node[place] ?? []
  methods.push(method)
  node[place] = methods
}

function step(node: Growing, segment: string): Growing {
  if (segment.startsWith('{')) {
    node.parameter ??= {}
    return node.parameter
  }
  node.literals ??= table<Growing>()
  node.literals[segment] ??= {}
  return node.literals[segment]
}

// Without a prototype a segment such as `constructor` finds nothing that nobody put there.
function table<T = string>(): Record<string, T> {
  return Object.create(null)
}
