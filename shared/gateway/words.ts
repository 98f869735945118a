/**
 * A policy pattern as the segments of a path. `some` is one segment or more, whatever they say, since IAM's `*`
 * crosses `/`; of canonical paths, which have no empty segment, a `?*` between two slashes takes just that.
 */
export const some = 0 as const
export type Word = string | typeof some

/**
 * `methods` has a bit for each method of shared/gateway/route.ts. `anywhere`: of every method, and with any segments
 * before the words, for that is what a `*` in the method's place takes.
 */
export type Pattern = {
  readonly words: readonly Word[]
  readonly methods: number
  readonly anywhere: boolean
}

export const everyMethod = 0b111_1111

/** A pattern made ready to read paths, segment by segment, as sets of positions: bit `at` is "the words up to `at` are read". */
export type Reader = {
  readonly pattern: Pattern
  readonly end: number
  /** Positions at which `some` stands. */
  readonly open: number
  readonly literals: ReadonlyMap<string, number>
}

/** Positions are the bits of a number; route.ts and the deepest pattern of plan.ts stay below. */
export const maxWords = 30 as const

export function readerOf(pattern: Pattern): Reader {
  const literals = new Map<string, number>()
  let open = 0
  for (const [at, word] of pattern.words.entries())
    if (word === some) open |= 1 << at
    else literals.set(word, (literals.get(word) ?? 0) | (1 << at))
  return { pattern, end: 1 << pattern.words.length, open, literals }
}

export const start = 1 as const

/** The positions after one more segment: a literal, or `some` for a segment that no pattern spells out. */
export function read(reader: Reader, positions: number, segment: Word): number {
  const literal = segment === some ? 0 : (reader.literals.get(segment) ?? 0)
  const held = positions & reader.open
  return ((positions & (literal | reader.open)) << 1) | held | (reader.pattern.anywhere ? start : 0)
}

/**
 * Whether every path of `words` is one of the pattern. Exact: a segment that no pattern spells out can only be read
 * by `some`, which then reads any other, and any number of them, as well.
 */
export function includes(reader: Reader, words: readonly Word[]): boolean {
  let positions: number = start
  for (const word of words) {
    positions = read(reader, positions, word)
    if (positions === 0) return false
  }
  return (positions & reader.end) !== 0
}

/** Whether every request of `pattern` is one of the reader's, methods included. */
export function includesPattern(reader: Reader, { words, methods, anywhere }: Pattern): boolean {
  if ((anywhere && !reader.pattern.anywhere) || (methods & ~reader.pattern.methods) !== 0) return false
  return includes(reader, words)
}
