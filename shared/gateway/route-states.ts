import { PosternError } from '../error.ts'
import type { OwnRoute } from './grants.ts'
import { type Api, type Candidate, candidatesAmong, type Match } from './resolve.ts'
import { methods, type RouteNode } from './route.ts'
import { some, type Word } from './words.ts'

/**
 * R as a deterministic automaton over the segments of a path: two paths in one state resolve to the same routes, for
 * every method. Its tree is that of the literals R has, and of "any other segment".
 */
export type State = {
  /** Its place in the list of states, parents first. */
  readonly at: number
  /** How a path gets here; `some` for any segment but the literals that stand beside it. */
  readonly words: readonly Word[]
  /** Off the tree: paths that go on from here are here too. */
  readonly rest: boolean
  readonly literals: ReadonlyMap<string, State>
  /** Where any other segment leads; `undefined` in a rest state. */
  readonly other: State | undefined
  /** By method, in the order of `methods`. */
  readonly candidates: readonly (readonly Candidate[])[]
}

/** More are no API's, but routes whose parameters and literals cross in every combination. */
export const maxStates = 50_000

/** Segments that are told apart below a node of R though no route spells them: values of a caller's claims. */
export type Labels = ReadonlyMap<RouteNode, ReadonlySet<string>>

/** The states of R, the root (path `/`) first. Throws `answer_too_large` beyond `maxStates`. */
export function routeStates(tree: RouteNode, api: Api, labels: Labels = noLabels): readonly State[] {
  if (crossing.has(tree)) throw tooManyStates()
  if (labels.size > 0) return growStates(tree, api, labels)
  const known = statesOf.get(tree)
  if (known?.api === api) return known.states
  const states = growStates(tree, api, labels)
  statesOf.set(tree, { api, states })
  return states
}

function tooManyStates(): PosternError {
  const message = 'the routes cross in more ways than a policy can tell apart'
  return new PosternError('answer_too_large', message, { maxStates })
}

/** Trees of which there are too many states: finding that out takes 300 ms. */
const crossing = new WeakSet<RouteNode>()

const noLabels: Labels = new Map()

/** The values of a caller's own routes, each below the nodes of R where it stands. */
export function labelsFor(tree: RouteNode, own: readonly OwnRoute[]): Labels {
  if (own.length === 0) return noLabels
  const labels = new Map<RouteNode, Set<string>>()
  for (const { key, values } of own) {
    let node: RouteNode | undefined = tree
    for (const [at, segment] of key
      .slice(key.indexOf(' ') + 2)
      .split('/')
      .entries()) {
      const value = values.find((one) => one.at === at)?.value
      if (value !== undefined && node) labels.set(node, (labels.get(node) ?? new Set()).add(value))
      const { parameter, literals }: RouteNode = node ?? {}
      node =
        segment === '{}'
          ? parameter
          : literals && Object.hasOwn(literals, segment)
            ? literals[segment]
            : undefined
    }
  }
  return labels
}

/** Each API type has a tree of its own, made once. */
const statesOf = new WeakMap<RouteNode, { readonly api: Api; readonly states: readonly State[] }>()

type Active = { readonly node: RouteNode; readonly shape: string }
type Growing = { -readonly [Key in keyof State]: State[Key] }

function growStates(tree: RouteNode, api: Api, labels: Labels): readonly State[] {
  const states: State[] = []
  const fallback = tree.fallback === true

  const grow = (
    active: readonly Active[],
    greedy: readonly Match[],
    bound: readonly string[],
    words: readonly Word[],
  ): State => {
    if (states.length === maxStates) {
      crossing.add(tree)
      throw tooManyStates()
    }
    const rest = active.length === 0
    const literals = new Map<string, State>()
    const here = [...greedy]
    for (const { node, shape } of active) if (node.methods) here.push({ shape, methods: node.methods })
    if (here.length > 1) here.sort((a, b) => (a.shape < b.shape ? -1 : 1))
    const state: Growing = {
      at: states.length,
      words,
      rest,
      literals,
      other: undefined,
      candidates: candidatesOf(here, api, fallback),
    }
    if (tree.fenced) {
      const within = active.flatMap(({ node }) => node.within ?? [])
      state.candidates = fence(state.candidates, [...bound, ...within])
    }
    states.push(state)
    if (rest) return state
    const below = [...greedy]
    for (const { node, shape } of active)
      if (node.greedy) below.push({ shape: `${shape}2`, methods: node.greedy })
    const boundBelow = tree.fenced
      ? [...bound, ...active.flatMap(({ node }) => node.withinBelow ?? [])]
      : bound
    for (const segment of segmentsTold(active, labels))
      literals.set(segment, grow(after(active, segment), below, boundBelow, [...words, segment]))
    state.other = grow(after(active, undefined), below, boundBelow, [...words, some])
    return state
  }

  grow([{ node: tree, shape: '' }], [], [], [])
  return states
}

/**
 * What an app's bound leaves out is refused as if a route that nobody lists served it: whatever the app's own routes
 * file says that its API has, no policy opens anything there.
 */
function fence(
  candidates: readonly (readonly Candidate[])[],
  within: readonly string[],
): readonly (readonly Candidate[])[] {
  if (within.includes('ANY')) return candidates
  return candidates.map((ofMethod, bit) =>
    ofMethod.length > 0 || within.includes(methods[bit] as string) ? ofMethod : beyond,
  )
}

const beyond: readonly Candidate[] = [{ route: 'what the root does not allow', keys: [] }]

function segmentsTold(active: readonly Active[], labels: Labels): ReadonlySet<string> {
  const told = new Set<string>()
  for (const { node } of active) {
    if (node.literals) for (const segment of Object.keys(node.literals)) told.add(segment)
    for (const label of labels.get(node) ?? []) told.add(label)
  }
  return told
}

/** Shapes stay in order: below each node the literal comes before the parameter. */
function after(active: readonly Active[], segment: string | undefined): readonly Active[] {
  const next: Active[] = []
  for (const { node, shape } of active) {
    if (segment !== undefined && node.literals && Object.hasOwn(node.literals, segment))
      next.push({ node: node.literals[segment] as RouteNode, shape: `${shape}0` })
    if (node.parameter) next.push({ node: node.parameter, shape: `${shape}1` })
  }
  return next
}

function candidatesOf(
  matches: readonly Match[],
  api: Api,
  fallback: boolean,
): readonly (readonly Candidate[])[] {
  if (matches.length === 0 && !(api === 'http' && fallback)) return nobody
  return methods.map((method) => candidatesAmong(matches, api, method, fallback))
}

const nobody: readonly (readonly Candidate[])[] = methods.map(() => [])
