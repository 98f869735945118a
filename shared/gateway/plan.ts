import { type Grants, type Verdicts, verdictsOf } from './grants.ts'
import type { State } from './route-states.ts'
import { meets, placesOf } from './walk.ts'
import {
  everyMethod,
  includes,
  includesPattern,
  maxWords,
  type Reader,
  readerOf,
  some,
  type Word,
} from './words.ts'

/** R, what of it is granted, and the Allow patterns for that: what every policy of a caller begins with. */
export type Ground = { readonly states: readonly State[]; readonly allow: readonly Reader[] } & Verdicts

export function groundOf(states: readonly State[], grants: Grants): Ground {
  const verdicts = verdictsOf(states, grants)
  return { states, allow: allowsOf(states, verdicts.granted), ...verdicts }
}

/** Patterns that say what the grants say: a path is allowed if an Allow takes it and no Deny does. */
export type Patterns = {
  readonly allow: readonly Reader[]
  readonly deny: readonly Reader[]
  /** Denied though granted, since no pattern tells these paths from refused ones: what each Deny that does it is for. */
  readonly narrowed: readonly Narrowing[]
  /** Whether there are more Denies than any document takes, so that the rest was not looked for. */
  readonly tooMany: boolean
}

/** A Deny that takes granted paths of `methods` along: without it an Allow would open `refused`. */
export type Narrowing = { readonly deny: Reader; readonly methods: number; readonly refused: State }

/** A route's patterns for each granted state, without those that another holds already. */
function allowsOf(states: readonly State[], granted: Uint8Array): readonly Reader[] {
  const found: Reader[] = []
  /** Those with a wildcard, by their first word: only such a one, or one that begins with any, can hold another. */
  const wide = new Map<Word, Reader[]>()
  const byWidth = states
    .filter(({ at, words }) => granted[at] !== 0 && mayBeAsked(words))
    .map(({ at, words }) => ({ at, words, literals: literalsOf(words) }))
    .sort((a, b) => a.literals - b.literals || a.at - b.at)
  for (const { at, words } of byWidth) {
    let left = granted[at] as number
    const first = words[0] ?? some
    left = without(left, wide.get(some), words)
    if (first !== some) left = without(left, wide.get(first), words)
    if (left === 0) continue
    const reader = readerOf({ words, methods: left, anywhere: false })
    found.push(reader)
    if (reader.open === 0) continue
    const alike = wide.get(first)
    if (alike) alike.push(reader)
    else wide.set(first, [reader])
  }
  return found
}

function without(methods: number, readers: readonly Reader[] | undefined, words: readonly Word[]): number {
  let left = methods
  for (const one of readers ?? [])
    if ((left & one.pattern.methods) !== 0 && includes(one, words)) left &= ~one.pattern.methods
  return left
}

/** A route may be spelled as no request's path may be (`/a;b` may, `/;b` not): see canonical-path.ts. */
function mayBeAsked(words: readonly Word[]): boolean {
  return !words.some((word) => word !== some && crooked.test(word))
}

const crooked = /^\.{0,2};/

export function literalsOf(words: readonly Word[]): number {
  let count = 0
  for (const word of words) if (word !== some) count++
  return count
}

/** What is to be denied: only what R has and an Allow opens, or beyond that all that no route serves. */
export type Reach = 'routes' | 'everything'

/** Twice and more what 8 KB take of the shortest ARNs, for merging to start from; finding ten times as many took seconds. */
const maxDenies = 400

/** The Deny patterns that make the Allow patterns say no more than the grants do. */
export class Denies {
  readers: Reader[]
  readonly narrowed: Narrowing[]
  tooMany = false
  readonly #ground: Ground
  readonly #reach: Reach

  /** `narrowed`: what was denied at a cost before, so that merging never costs more. */
  constructor(ground: Ground, reach: Reach, narrowed: readonly Narrowing[] = []) {
    this.#ground = ground
    this.#reach = reach
    this.narrowed = [...narrowed]
    this.readers = narrowed.map(({ deny }) => deny)
  }

  /** Denies what the Allow takes beyond the grants, the general before the particular. */
  follow(allow: Reader): void {
    if (!isWide(allow) || this.tooMany) return
    placesOf(this.#ground.states, allow, this.#idleFor(allow), ({ state, words }) => {
      const left = this.#uncovered(words, this.#beyond(state) & allow.pattern.methods)
      if (left !== 0 && !this.tooMany) this.#deny(state, words, left)
    })
  }

  /** Of the Allow's methods those for which all it takes beyond the grants can be denied at no cost to a granted path. */
  followable(allow: Reader): number {
    let methods = allow.pattern.methods
    placesOf(this.#ground.states, allow, this.#idleFor(allow), ({ state, words }) => {
      const left = this.#uncovered(words, this.#beyond(state) & methods)
      if (left !== 0)
        methods &= ~this.#costs(readerOf({ words: short(words), methods: left, anywhere: false }))
    })
    // One pattern of every method says nothing of one alone.
    return allow.pattern.anywhere && methods !== everyMethod ? 0 : methods
  }

  /** Whether a Deny takes no granted path. */
  isFree(deny: Reader): boolean {
    return this.#costs(deny) === 0
  }

  /** Takes what a general Deny makes superfluous out. */
  put(reader: Reader): void {
    this.readers = this.readers.filter(({ pattern }) => !includesPattern(reader, pattern))
    this.readers.push(reader)
    // For good: what was not looked for meanwhile is missing, however few there are in the end.
    this.tooMany ||= this.readers.length > maxDenies
  }

  /** The methods that are not to be allowed in a state. */
  #beyond({ at }: State): number {
    const { granted, refused } = this.#ground
    return this.#reach === 'everything' ? ~(granted[at] as number) : (refused[at] as number)
  }

  #idleFor({ pattern }: Reader): (state: State) => boolean {
    const { refusedBelow } = this.#ground
    if (this.#reach === 'everything') return () => false
    return ({ at }) => ((refusedBelow[at] as number) & pattern.methods) === 0
  }

  #uncovered(words: readonly Word[], wanted: number): number {
    return wanted === 0 ? 0 : without(wanted, this.readers, words)
  }

  /** The methods for which granted paths would be denied. */
  #costs(reader: Reader): number {
    const { states, granted, grantedBelow } = this.#ground
    return meets(states, reader, granted, grantedBelow, reader.pattern.methods)
  }

  #deny(state: State, place: readonly Word[], wanted: number): void {
    const words = short(place)
    let left = wanted
    // All that lies below one of the place's own beginnings, if nothing there is granted.
    for (let length = 1; length < words.length && left !== 0; length++)
      if (length < words.length - 1 || words[length] !== some)
        left &= ~this.#denyIfFree([...words.slice(0, length), some], left)
    if (left !== 0) left &= ~this.#denyIfFree(words, left)
    // What no route serves may stay open; what a route serves must not, whatever it costs.
    const hard = left & (this.#ground.refused[state.at] as number)
    if (hard === 0) return
    const deny = readerOf({ words, methods: hard, anywhere: false })
    this.narrowed.push({ deny, methods: hard, refused: state })
    this.put(deny)
  }

  #denyIfFree(words: readonly Word[], wanted: number): number {
    const free = wanted & ~this.#costs(readerOf({ words, methods: wanted, anywhere: false }))
    if (free === 0) return 0
    // Of several methods: one pattern for all of them, if that costs nothing either.
    if ((free & (free - 1)) !== 0) {
      const anywhere = readerOf({ words, methods: everyMethod, anywhere: true })
      if (this.#costs(anywhere) === 0) {
        this.put(anywhere)
        return free
      }
    }
    this.put(readerOf({ words, methods: free, anywhere: false }))
    return free
  }
}

/** No more words than positions have bits; what is cut off is any. */
function short(words: readonly Word[]): readonly Word[] {
  return words.length > maxWords ? [...words.slice(0, maxWords - 1), some] : words
}

/** One pattern for all paths that are longer than every granted one; `undefined` where some may have any length. */
function tooDeep({ states, granted }: Ground): Reader | undefined {
  let deepest = 0
  for (const { at, words, rest } of states)
    if (granted[at] !== 0) {
      if (rest) return undefined
      deepest = Math.max(deepest, words.length)
    }
  const words: readonly Word[] = Array.from({ length: deepest + 1 }, () => some)
  return readerOf({ words, methods: everyMethod, anywhere: true })
}

/** The patterns for a ground, one Allow a route and method. `reach` says how far the Denies go. */
export function plan(ground: Ground, reach: Reach): Patterns {
  const { allow } = ground
  const denies = deniesFor(ground, allow, reach)
  return { allow, deny: denies.readers, narrowed: denies.narrowed, tooMany: denies.tooMany }
}

export function deniesFor(
  ground: Ground,
  allow: readonly Reader[],
  reach: Reach,
  narrowed?: readonly Narrowing[],
): Denies {
  const denies = new Denies(ground, reach, narrowed)
  const deep = allow.some(isWide) ? tooDeep(ground) : undefined
  if (deep) denies.put(deep)
  for (const one of allow) denies.follow(one)
  return denies
}

/** Whether it takes more than one path. */
export function isWide({ open, pattern }: Reader): boolean {
  return open !== 0 || pattern.anywhere
}
