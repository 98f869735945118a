import type { RouteNode } from './route.ts'

/** A route of R that may be the one a request resolves to. `keys`: what a role must list one of to grant it. */
export type Candidate = { readonly route: string; readonly keys: readonly string[] }

/** A matching path of R: per segment 0 for a literal, 1 for `{x}`, 2 for the rest by `{proxy+}`; 3 is `$default`. */
type Match = {
  readonly shape: readonly number[]
  readonly methods: Readonly<Record<string, string>>
  readonly key: string
}

/**
 * The routes of R that a request may resolve to, as API Gateway resolves it (facts A9). One, as a rule; several
 * where AWS does not say which it takes, and then a caller needs all of them; none where no route matches.
 * Not checked here: that the path is canonical.
 */
export function resolveRoute(
  tree: RouteNode,
  api: 'rest' | 'http',
  method: string,
  segments: readonly string[],
): readonly Candidate[] {
  const matches: Match[] = []
  collect(tree, segments, 0, [], '', matches)
  if (api === 'rest') return restCandidates(matches, method)
  const usable = matches.filter((match) => candidate(match, method) !== undefined)
  const winners = usable.filter((match) => !usable.some((other) => beats(other, match, method)))
  if (winners.length === 0 && tree.fallback) return [{ route: '$default', keys: ['ANY $default'] }]
  return winners.map((match) => candidate(match, method) as Candidate)
}

function collect(
  node: RouteNode,
  segments: readonly string[],
  at: number,
  shape: readonly number[],
  key: string,
  matches: Match[],
): void {
  const segment = segments[at]
  if (segment === undefined) {
    if (node.methods) matches.push({ shape, methods: node.methods, key: key || '/' })
    return
  }
  if (node.literals && Object.hasOwn(node.literals, segment))
    collect(
      node.literals[segment] as RouteNode,
      segments,
      at + 1,
      [...shape, 0],
      `${key}/${segment}`,
      matches,
    )
  if (node.parameter) collect(node.parameter, segments, at + 1, [...shape, 1], `${key}/{}`, matches)
  if (node.greedy) matches.push({ shape: [...shape, 2], methods: node.greedy, key: `${key}/{+}` })
}

/** The route of a path for a method: its own, else ANY's. A role may list either of the two. */
function candidate(match: Match, method: string): Candidate | undefined {
  const own = Object.hasOwn(match.methods, method)
  if (!own && !Object.hasOwn(match.methods, 'ANY')) return undefined
  const keys = [`${method} ${match.key}`, `ANY ${match.key}`]
  return { route: match.methods[own ? method : 'ANY'] as string, keys }
}

/**
 * REST: the resource first, segment by segment a literal before `{x}` before `{proxy+}`, then its method. Where
 * that resource lacks the method, AWS refuses or goes on to another; whichever it goes on to must be granted.
 */
function restCandidates(matches: readonly Match[], method: string): readonly Candidate[] {
  const [best, ...rest] = [...matches].sort(bySegment)
  const first = best && candidate(best, method)
  if (first) return [first]
  return rest.map((match) => candidate(match, method)).filter((one) => one !== undefined)
}

function bySegment(a: Match, b: Match): number {
  for (let at = 0; at < a.shape.length && at < b.shape.length; at++) {
    const difference = (a.shape[at] as number) - (b.shape[at] as number)
    if (difference !== 0) return difference
  }
  return a.shape.length - b.shape.length
}

/**
 * HTTP API: a full match before a greedy one. Within a class one path beats another only where it is at least as
 * narrow in every segment and in its method; two that cross are both candidates.
 */
function beats(a: Match, b: Match, method: string): boolean {
  const greedy = Number(a.shape.includes(2)) - Number(b.shape.includes(2))
  if (greedy !== 0) return greedy < 0
  if (a === b || (!Object.hasOwn(a.methods, method) && Object.hasOwn(b.methods, method))) return false
  return a.shape.every((kind, at) => kind <= (b.shape[at] ?? 2))
}
