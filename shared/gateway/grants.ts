import type { Candidate } from './resolve.ts'
import { methods } from './route.ts'
import type { State } from './route-states.ts'
import type { Word } from './words.ts'

/** What a caller's roles list: whole routes by their keys, and routes of which only the caller's own part is granted. */
export type Grants = {
  readonly keys: ReadonlySet<string>
  readonly own: readonly OwnRoute[]
}

/** `GET /users/{claims.sub}`: of the route `key` the paths that have the caller's values in these places. */
export type OwnRoute = {
  readonly key: string
  readonly values: readonly { readonly at: number; readonly value: string }[]
}

/** Whether the grants hold a candidate for a path. In `words` a segment that is not told apart is nobody's value. */
export function holds({ keys, own }: Grants, candidate: Candidate, words: readonly Word[]): boolean {
  for (const key of candidate.keys) if (keys.has(key)) return true
  return holdsOwn(own, candidate, words)
}

/** Whether a path is the caller's own part of a candidate. */
export function holdsOwn(own: readonly OwnRoute[], candidate: Candidate, words: readonly Word[]): boolean {
  return own.some(
    ({ key, values }) => candidate.keys.includes(key) && values.every(({ at, value }) => words[at] === value),
  )
}

/** What the grants come to in each state of R: bits of methods, by the state's place. */
export type Verdicts = {
  readonly granted: Uint8Array
  /** Of R, and not granted. What is neither no route serves. */
  readonly refused: Uint8Array
  /** Granted, and refused, somewhere below. */
  readonly grantedBelow: Uint8Array
  readonly refusedBelow: Uint8Array
}

export function verdictsOf(states: readonly State[], grants: Grants): Verdicts {
  const granted = new Uint8Array(states.length)
  const refused = new Uint8Array(states.length)
  for (const state of states)
    for (let bit = 0; bit < methods.length; bit++) {
      const candidates = state.candidates[bit] as readonly Candidate[]
      if (candidates.length === 0) continue
      const verdict = candidates.every((one) => holds(grants, one, state.words)) ? granted : refused
      verdict[state.at] = (verdict[state.at] as number) | (1 << bit)
    }
  return { granted, refused, grantedBelow: belowOf(states, granted), refusedBelow: belowOf(states, refused) }
}

/** What the states below each have between them. Parents stand before their children. */
function belowOf(states: readonly State[], here: Uint8Array): Uint8Array {
  const below = new Uint8Array(states.length)
  for (let at = states.length - 1; at >= 0; at--) {
    let bits = 0
    for (const child of childrenOf(states[at] as State))
      bits |= (here[child.at] as number) | (below[child.at] as number)
    below[at] = bits
  }
  return below
}

function* childrenOf(state: State): Iterable<State> {
  yield* state.literals.values()
  if (state.other) yield state.other
}
