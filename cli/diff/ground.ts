import { PosternError } from '../../shared/error.ts'
import { type Api, type Candidate, resolveRoute } from '../../shared/gateway/resolve.ts'
import { methods, type RouteNode } from '../../shared/gateway/route.ts'
import { routeStates } from '../../shared/gateway/route-states.ts'
import { some, type Word } from '../../shared/gateway/words.ts'

/**
 * Requests that both manifests resolve alike, of one method: the routes of either R that they may be for. A word that
 * is `some` is any segment but the literals beside it.
 */
export type Spot = {
  readonly method: string
  readonly words: readonly Word[]
  readonly before: readonly Candidate[]
  readonly after: readonly Candidate[]
}

/** All requests that some route of one of two Rs takes. */
export type Ground = {
  /** By the keys of their routes in the second R. */
  readonly byKey: ReadonlyMap<string, readonly Spot[]>
  /** Of these, those whose routes are not the same in both. */
  readonly changed: ReadonlyMap<string, readonly Spot[]>
  /** A segment that neither R spells out. */
  readonly other: string
}

/** `undefined` where the routes cross in more ways than can be told apart. */
export function groundOf(before: RouteNode, after: RouteNode, api: Api): Ground | undefined {
  const same = isSameTree(before, after)
  const tree = same ? after : merged(before, after)
  const byKey = new Map<string, Spot[]>()
  const changed = new Map<string, Spot[]>()
  try {
    for (const { words, candidates } of routeStates(tree, api)) {
      const segments = words.map((word) => (word === some ? unspelt : word))
      for (const [bit, method] of methods.entries()) {
        const now = same ? (candidates[bit] ?? []) : resolveRoute(after, api, method, segments)
        if (now.length === 0) continue
        const then = same ? now : resolveRoute(before, api, method, segments)
        const spot = { method, words, before: then, after: now }
        const keys = new Set(now.flatMap((one) => one.keys))
        for (const key of keys) push(byKey, key, spot)
        if (!isSameRoutes(then, now)) for (const key of keys) push(changed, key, spot)
      }
    }
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    return undefined
  }
  return { byKey, changed, other: otherThan(literalsOf(tree)) }
}

/** No literal of a route has braces. */
const unspelt = '{}'

function push(map: Map<string, Spot[]>, key: string, spot: Spot): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [spot])
  else list.push(spot)
}

function isSameRoutes(some: readonly Candidate[], others: readonly Candidate[]): boolean {
  return some.length === others.length && some.every((one) => others.some((other) => isSameRoute(one, other)))
}

/** For one method, a path makes the route. */
export function isSameRoute(one: Candidate, other: Candidate): boolean {
  return one.keys[0] === other.keys[0]
}

/** Whether two Rs have the same routes; the names of parameters do not count. */
export function isSameTree(one: RouteNode, other: RouteNode): boolean {
  return (
    one.fallback === other.fallback &&
    isSameNames(one.methods, other.methods) &&
    isSameNames(one.greedy, other.greedy) &&
    isSameNames(one.literals, other.literals) &&
    (one.parameter === undefined) === (other.parameter === undefined) &&
    (one.parameter === undefined || isSameTree(one.parameter, other.parameter as RouteNode)) &&
    Object.entries(one.literals ?? {}).every(([name, node]) =>
      isSameTree(node, other.literals?.[name] as RouteNode),
    )
  )
}

function isSameNames(one: object = {}, other: object = {}): boolean {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name))
}

/** The routes of both. */
function merged(one: RouteNode, other: RouteNode): RouteNode {
  const literals: Record<string, RouteNode> = Object.create(null)
  for (const from of [one, other])
    for (const [name, node] of Object.entries(from.literals ?? {}))
      literals[name] = Object.hasOwn(literals, name) ? merged(literals[name] as RouteNode, node) : node
  const parameter =
    one.parameter && other.parameter
      ? merged(one.parameter, other.parameter)
      : (one.parameter ?? other.parameter)
  return {
    literals,
    ...(parameter && { parameter }),
    ...((one.methods ?? other.methods) && { methods: { ...other.methods, ...one.methods } }),
    ...((one.greedy ?? other.greedy) && { greedy: { ...other.greedy, ...one.greedy } }),
    ...((one.fallback ?? other.fallback) && { fallback: true }),
  }
}

function literalsOf(tree: RouteNode): ReadonlySet<string> {
  const names = new Set<string>()
  const open = [tree]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const [name, below] of Object.entries(node.literals ?? {})) {
      names.add(name)
      open.push(below)
    }
    if (node.parameter) open.push(node.parameter)
  }
  return names
}

function otherThan(taken: ReadonlySet<string>): string {
  return ['x', 'y', 'z', 'example'].find((word) => !taken.has(word)) ?? `x${taken.size}`
}
