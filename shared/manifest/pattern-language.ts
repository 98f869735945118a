import type { Pattern } from '../access/access.ts'

/** One UTF-16 unit, `*`, or `**`; the empty text stands for every unit that no pattern at hand spells out. */
type Token = string | 1 | 2

/** Patterns whose positions combine in more ways than this are taken to differ. */
const maxVisited = 20_000

/**
 * Whether every text that `inner` takes is one that some pattern of `outer` takes. Exact, by a subset construction
 * over the units that `outer` spells out, "/", ":" and any other; where that grows beyond its bound, false.
 */
export function isWithinPatterns(inner: Pattern, outer: readonly Pattern[]): boolean {
  const mine = tokensOf(inner)
  const theirs: (Token | 0)[] = []
  const starts: number[] = []
  for (const pattern of outer) {
    starts.push(theirs.length)
    theirs.push(...tokensOf(pattern), end)
  }
  const told = new Set<string>(['/', ':', ''])
  for (const token of theirs) if (typeof token === 'string') told.add(token)
  const open = [{ at: 0, reached: closed(theirs, starts) }]
  const seen = new Set<string>()
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { at, reached } = one
    // From every position on, a pattern can be read to its end.
    if (reached.length === 0) return false
    const key = `${at} ${reached.join()}`
    if (seen.has(key)) continue
    seen.add(key)
    if (seen.size > maxVisited) return false
    const token = mine[at]
    if (token === undefined) {
      if (!reached.some((position) => theirs[position] === end)) return false
    } else if (typeof token === 'string') open.push({ at: at + 1, reached: read(theirs, reached, token) })
    else {
      open.push({ at: at + 1, reached })
      for (const unit of told) if (takes(token, unit)) open.push({ at, reached: read(theirs, reached, unit) })
    }
  }
  return true
}

/** Stands after each pattern of several in a row. */
const end = 0 as const

function tokensOf(pattern: Pattern): readonly Token[] {
  return pattern.flatMap((piece): readonly Token[] => (typeof piece === 'number' ? [piece] : piece.split('')))
}

function takes(token: Token | 0 | undefined, unit: string): boolean {
  if (token === 1) return unit !== '/' && unit !== ':'
  return token === 2 || (token === unit && unit !== '')
}

function read(theirs: readonly (Token | 0)[], reached: readonly number[], unit: string): readonly number[] {
  const next: number[] = []
  for (const at of reached) {
    const token = theirs[at]
    if (takes(token, unit)) next.push(typeof token === 'number' ? at : at + 1)
  }
  return closed(theirs, next)
}

/** With the positions behind stars, which may stand for nothing; each once, in order. */
function closed(theirs: readonly (Token | 0)[], positions: readonly number[]): readonly number[] {
  const all = new Set(positions)
  for (const at of all) if (theirs[at] === 1 || theirs[at] === 2) all.add(at + 1)
  return [...all].sort((a, b) => a - b)
}
