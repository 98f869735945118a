import type { Grants } from './grants.ts'
import type { RouteNode } from './route.ts'

/** An API of more nodes is cut down to what a caller's patterns can reach. */
const maxNodes = 1000

type Granted = { readonly literals: Map<string, Granted>; open: boolean }

/**
 * R without the literals that no pattern of the grants can reach: where no granted route has a parameter at a level
 * or above it, a path's segment there is one of the granted literals or none of the caller's business. A caller of
 * three routes need not pay for the twenty thousand others.
 */
export function reachableTree(tree: RouteNode, grants: Grants): RouteNode {
  if (!isLarge(tree)) return tree
  const root: Granted = { literals: new Map(), open: grants.keys.has('ANY $default') }
  for (const key of [...grants.keys, ...grants.own.map((own) => own.key)]) add(root, key)
  return cut(tree, root)
}

function add(root: Granted, key: string): void {
  let node = root
  for (const segment of key.slice(key.indexOf(' ') + 2).split('/')) {
    if (segment.startsWith('{')) {
      node.open = true
      return
    }
    const next = node.literals.get(segment) ?? { literals: new Map(), open: false }
    node.literals.set(segment, next)
    node = next
  }
}

/** What competes with a literal for its paths, a parameter or a greedy one, stays. */
function cut(node: RouteNode, granted: Granted): RouteNode {
  if (granted.open || !node.literals) return node
  const literals: Record<string, RouteNode> = Object.create(null)
  for (const [segment, below] of granted.literals)
    if (Object.hasOwn(node.literals, segment))
      literals[segment] = cut(node.literals[segment] as RouteNode, below)
  return { ...node, literals }
}

function isLarge(tree: RouteNode): boolean {
  const known = large.get(tree)
  if (known !== undefined) return known
  let nodes = 0
  const open = [tree]
  for (let node = open.pop(); node && nodes <= maxNodes; node = open.pop()) {
    nodes++
    if (node.parameter) open.push(node.parameter)
    for (const below of Object.values(node.literals ?? {})) open.push(below)
  }
  large.set(tree, nodes > maxNodes)
  return nodes > maxNodes
}

const large = new WeakMap<RouteNode, boolean>()
