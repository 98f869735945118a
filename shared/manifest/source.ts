import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  Scalar,
  type YAMLMap,
} from 'yaml'
import type { Problem, ProblemCode } from './problem.ts'
import { valueAt } from './tree.ts'

/** Keys and list positions from the top of a file down to a value. */
export type Path = readonly (string | number)[]

/** Whether a problem is shown at a value, or at the key that holds it. */
export type Spot = 'value' | 'key'

/** A file read as plain data that can still say where everything stands. */
export type Source = {
  readonly file: string
  readonly value: unknown
  problem(code: ProblemCode, path: Path, message: string, mend: string, spot?: Spot): Problem
  /** Line and column count from 1. */
  place(path: Path, spot?: Spot): { readonly line: number; readonly column: number }
  /** A scalar's text as written, quotes apart. */
  written(path: Path): string | undefined
  /** Whether a scalar stands without quotes. */
  unquoted(path: Path): boolean
}

export function makeSource(
  file: string,
  document: Pick<Document, 'contents'>,
  value: unknown,
  lines: LineCounter,
): Source {
  const pairs = new WeakMap<YAMLMap, Map<unknown, Pair>>()

  // A path that the text lacks (a missing key) is found as far as it goes.
  const find = (path: Path): { node: unknown; key: unknown } => {
    let node: unknown = document.contents
    let key: unknown
    for (const step of path) {
      if (isMap(node)) {
        const pair: Pair | undefined = pairOf(pairs, node, step)
        if (pair === undefined) break
        key = pair.key
        node = pair.value
      } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
        node = node.items[step]
        key = undefined
      } else break
    }
    return { node, key }
  }

  const place: Source['place'] = (path, spot = 'value') => {
    const { node, key } = find(path)
    const { line, col } = lines.linePos(offsetOf(spot === 'key' ? (key ?? node) : (node ?? key)))
    return { line, column: col }
  }

  return {
    file,
    value,
    place,
    problem: (code, path, message, mend, spot) => ({ code, file, ...place(path, spot), message, mend }),
    written(path) {
      const { node } = find(path)
      return isScalar(node) ? node.source : undefined
    },
    unquoted(path) {
      const { node } = find(path)
      return isScalar(node) && node.type === Scalar.PLAIN
    },
  }
}

/** The part of a file below `top`, as a source of its own: its paths begin there. */
export function within(source: Source, top: Path): Source {
  return {
    file: source.file,
    value: valueAt(source.value, top),
    place: (path, spot) => source.place([...top, ...path], spot),
    problem: (code, path, ...rest) => source.problem(code, [...top, ...path], ...rest),
    written: (path) => source.written([...top, ...path]),
    unquoted: (path) => source.unquoted([...top, ...path]),
  }
}

function pairOf(cache: WeakMap<YAMLMap, Map<unknown, Pair>>, map: YAMLMap, key: unknown): Pair | undefined {
  let known = cache.get(map)
  if (known === undefined) {
    known = new Map(map.items.map((pair) => [isScalar(pair.key) ? pair.key.value : pair.key, pair]))
    cache.set(map, known)
  }
  return known.get(key)
}

function offsetOf(node: unknown): number {
  const range = (node as { range?: readonly number[] } | null | undefined)?.range
  return range?.[0] ?? 0
}
