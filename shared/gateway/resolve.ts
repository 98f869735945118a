import { methods, type RouteNode, routeKey } from './route.ts'

/** A route of R that may be the one a request resolves to. `keys`: what a role must list one of to grant it. */
export type Candidate = { readonly route: string; readonly keys: readonly string[] }

export type Api = 'rest' | 'http'

type Methods = Readonly<Record<string, string>>

/** A matching path of R: a digit a segment, 0 for a literal, 1 for `{x}`, 2 for the rest by `{proxy+}`. */
export type Match = { readonly shape: string; readonly methods: Methods }

/**
 * The routes of R that a request may resolve to, as API Gateway resolves it (facts A9). One, as a rule; several
 * where AWS does not say which it takes, and then a caller needs all of them; none where no route matches.
 * Not checked here: that the path is canonical.
 */
export function resolveRoute(
  tree: RouteNode,
  api: Api,
  method: string,
  segments: readonly string[],
): readonly Candidate[] {
  if (!known.has(method)) return []
  const matches: Match[] = []
  collect(tree, segments, 0, '', matches)
  return candidatesAmong(matches, api, method, tree.fallback === true)
}

/**
 * The same for the paths of R that match, in the order of REST: of two, the one whose first differing segment is
 * the more literal comes first, which is the order of their shapes.
 */
export function candidatesAmong(
  matches: readonly Match[],
  api: Api,
  method: string,
  hasFallback: boolean,
): readonly Candidate[] {
  const only = matches.length === 1 ? matches[0] : undefined
  if (only && serves(only, method)) return [candidate(only.methods, method)]
  if (only && !(api === 'http' && hasFallback)) return none
  const winners = api === 'rest' ? restWinners(matches, method) : httpWinners(matches, method)
  if (winners.length === 0 && api === 'http' && hasFallback) return onlyFallback
  return winners.map((match) => candidate(match.methods, method))
}

/** ANY takes these and no others (facts A9); an ARN whose method is "ANY" is nobody's request. */
const known: ReadonlySet<string> = new Set(methods)

const none: readonly Candidate[] = []
const onlyFallback: readonly Candidate[] = [{ route: '$default', keys: ['ANY $default'] }]

function collect(
  node: RouteNode,
  segments: readonly string[],
  at: number,
  shape: string,
  matches: Match[],
): void {
  const segment = segments[at]
  if (segment === undefined) {
    if (node.methods) matches.push({ shape, methods: node.methods })
    return
  }
  if (node.literals && Object.hasOwn(node.literals, segment))
    collect(node.literals[segment] as RouteNode, segments, at + 1, `${shape}0`, matches)
  if (node.parameter) collect(node.parameter, segments, at + 1, `${shape}1`, matches)
  if (node.greedy) matches.push({ shape: `${shape}2`, methods: node.greedy })
}

/**
 * REST: the resource first, segment by segment a literal before `{x}` before `{proxy+}`, then its method. Where
 * that resource lacks the method, AWS refuses or goes on to another; whichever it goes on to must be granted.
 */
function restWinners(matches: readonly Match[], method: string): readonly Match[] {
  const best = matches[0]
  return best && serves(best, method) ? [best] : matches.filter((match) => serves(match, method))
}

/** HTTP API: only the routes that serve the method compete. */
function httpWinners(matches: readonly Match[], method: string): readonly Match[] {
  const usable = matches.filter((match) => serves(match, method))
  if (usable.length < 2) return usable
  return usable.filter((match) => !usable.some((other) => beats(other, match, method)))
}

/**
 * A full match before a greedy one. Within a class one path beats another only where it is at least as narrow in
 * every segment and in its method; two that cross are both candidates.
 */
function beats(a: Match, b: Match, method: string): boolean {
  const greedy = Number(a.shape.endsWith('2')) - Number(b.shape.endsWith('2'))
  if (greedy !== 0) return greedy < 0
  if (a === b || (!Object.hasOwn(a.methods, method) && Object.hasOwn(b.methods, method))) return false
  return [...a.shape].every((kind, at) => kind <= (b.shape[at] ?? '2'))
}

function serves(match: Match, method: string): boolean {
  return Object.hasOwn(match.methods, method) || Object.hasOwn(match.methods, 'ANY')
}

/** The route of a path for a method: its own, else ANY's. A role may list either, so both make a key. */
function candidate(methods: Methods, method: string): Candidate {
  const held = candidates.get(methods)?.get(method)
  if (held) return held
  const made = makeCandidate(methods, method)
  const ofMethods = candidates.get(methods) ?? new Map<string, Candidate>()
  candidates.set(methods, ofMethods.set(method, made))
  return made
}

/** Made once for a place in the tree and one of the methods it serves; building the keys anew costs 5 us. */
const candidates = new WeakMap<Methods, Map<string, Candidate>>()

function makeCandidate(methods: Methods, method: string): Candidate {
  const route = methods[Object.hasOwn(methods, method) ? method : 'ANY'] as string
  const any = routeKey({ method: 'ANY', path: route.slice(route.indexOf(' ') + 1) })
  return { route, keys: [`${method}${any.slice(3)}`, any] }
}
