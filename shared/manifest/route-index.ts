import type { Route } from '../gateway/route.ts'

type Node<T> = {
  readonly here: T[]
  readonly greedy: T[]
  readonly literals: Map<string, Node<T>>
  parameter?: Node<T>
}

/** Finds the routes some request of whose path is a request of another path too; methods do not count. */
export type RouteIndex<T> = { meeting(path: string): readonly T[] }

/** Looks along the segments, so that a route is held against its like and not against 20,000 others. */
export function indexRoutes<T extends { readonly route: Route }>(routes: readonly T[]): RouteIndex<T> {
  const root = makeNode<T>()
  const fallback: T[] = []
  for (const each of routes) {
    if (each.route.path === '$default') fallback.push(each)
    else insert(root, each)
  }
  return {
    meeting(path) {
      if (path === '$default') return routes
      const found = [...fallback]
      collect(root, segmentsOf(path), 0, found)
      return found
    },
  }
}

export function segmentsOf(path: string): readonly string[] {
  return path === '/' ? [] : path.slice(1).split('/')
}

const isGreedy = (segment: string): boolean => segment.endsWith('+}')
const isParameter = (segment: string): boolean => segment.startsWith('{')

function makeNode<T>(): Node<T> {
  return { here: [], greedy: [], literals: new Map() }
}

function insert<T extends { readonly route: Route }>(root: Node<T>, each: T): void {
  let node = root
  for (const segment of segmentsOf(each.route.path)) {
    if (isGreedy(segment)) {
      node.greedy.push(each)
      return
    }
    const next = isParameter(segment) ? node.parameter : node.literals.get(segment)
    const made = next ?? makeNode<T>()
    if (isParameter(segment)) node.parameter = made
    else node.literals.set(segment, made)
    node = made
  }
  node.here.push(each)
}

function collect<T>(node: Node<T>, segments: readonly string[], at: number, found: T[]): void {
  const segment = segments[at]
  if (segment === undefined) {
    for (const each of node.here) found.push(each)
    return
  }
  // A greedy segment takes one segment or more.
  for (const each of node.greedy) found.push(each)
  if (isGreedy(segment)) {
    for (const child of childrenOf(node)) collectAll(child, found)
  } else if (isParameter(segment)) {
    for (const child of childrenOf(node)) collect(child, segments, at + 1, found)
  } else {
    const literal = node.literals.get(segment)
    if (literal) collect(literal, segments, at + 1, found)
    if (node.parameter) collect(node.parameter, segments, at + 1, found)
  }
}

function collectAll<T>(node: Node<T>, found: T[]): void {
  for (const each of node.here) found.push(each)
  for (const each of node.greedy) found.push(each)
  for (const child of childrenOf(node)) collectAll(child, found)
}

function* childrenOf<T>(node: Node<T>): Iterable<Node<T>> {
  yield* node.literals.values()
  if (node.parameter) yield node.parameter
}
