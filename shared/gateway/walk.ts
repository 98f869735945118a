import type { State } from './route-states.ts'
import { type Reader, read, some, start, type Word } from './words.ts'

/**
 * Reads the paths of a pattern through the states of R, which decides exactly what the two have in common: each
 * path of the pattern is in some state that the walk visits with the pattern read to its end.
 *
 * A literal of the pattern that a state does not tell apart is one of its "other" segments.
 */
function branches(
  reader: Reader,
  state: State,
  positions: number,
  visit: (next: State, positions: number, word: Word) => void,
): void {
  const { pattern, open } = reader
  const takesAny = pattern.anywhere || (positions & open) !== 0
  if (takesAny)
    for (const [segment, next] of state.literals) {
      const reached = read(reader, positions, segment)
      if (reached !== 0) visit(next, reached, segment)
    }
  const { other } = state
  for (const [literal, places] of reader.literals) {
    if ((places & positions) === 0) continue
    const told = state.literals.get(literal)
    if (told === undefined) {
      if (other) visit(other, read(reader, positions, literal), literal)
    } else if (!takesAny) visit(told, read(reader, positions, literal), literal)
  }
  if (takesAny && other) visit(other, read(reader, positions, some), some)
}

/** Of the methods `wanted`, those for which some path of the pattern is in a state where `here` has them. */
export function meets(
  states: readonly State[],
  reader: Reader,
  here: Uint8Array,
  below: Uint8Array,
  wanted: number,
): number {
  let met = 0
  const visit = (state: State, positions: number): void => {
    // In a rest state what is left of the pattern can always be read.
    if ((positions & reader.end) !== 0 || state.rest) met |= (here[state.at] as number) & wanted
    if (met === wanted || ((below[state.at] as number) & wanted & ~met) === 0) return
    branches(reader, state, positions, (next, reached) => {
      if (reached !== 0) visit(next, reached)
    })
  }
  visit(states[0] as State, start)
  return met
}

/** A class of paths that a pattern takes: all those of `words` that are in `state`. */
export type Place = { readonly state: State; readonly words: readonly Word[] }

/** All classes of paths that a pattern takes; together they are the pattern. `isIdle` says below which states nobody looks. */
export function placesOf(
  states: readonly State[],
  reader: Reader,
  isIdle: (state: State) => boolean,
  found: (place: Place) => void,
): void {
  const { words: tokens, anywhere } = reader.pattern
  const visit = (state: State, positions: number, words: readonly Word[]): void => {
    if ((positions & reader.end) !== 0) found({ state, words })
    if (isIdle(state)) return
    branches(reader, state, positions, (next, reached, word) => {
      if (!next.rest) {
        if (reached !== 0) visit(next, reached, [...words, word])
      }
    })
    if (state.other?.rest) tails(state, state.other, positions, words)
  }
  /** Off the tree nothing is told apart any more, so what is left of the pattern is the class. */
  const tails = (from: State, rest: State, positions: number, words: readonly Word[]): void => {
    for (let at = 0; at < tokens.length; at++) {
      const first = tokens[at] as Word
      if ((positions & (1 << at)) === 0) continue
      if (anywhere && at === 0) found({ state: rest, words: [...words, some, ...tokens] })
      if (first === some || !from.literals.has(first))
        found({ state: rest, words: [...words, ...tokens.slice(at)] })
    }
  }
  visit(states[0] as State, start, [])
}
