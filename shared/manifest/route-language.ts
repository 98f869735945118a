import { type Method, methods, type Route } from '../gateway/route.ts'

/**
 * A route as the set of requests that it may serve: a method, and a path segment by segment. `undefined` stands for
 * any segment; `open` for any number more of them.
 */
type Language = {
  readonly methods: readonly Method[]
  readonly segments: readonly (string | undefined)[]
  readonly open: boolean
}

/** Routes without a path are requests of their own: `$connect`, and a field as `Query.orders`. */
function languageOf({ method, path }: Route): Language | undefined {
  const taken = method === 'ANY' ? methods : [method]
  if (path === '$default') return { methods: taken, segments: [], open: true }
  if (!path.startsWith('/')) return undefined
  const parts = path === '/' ? [] : path.slice(1).split('/')
  return {
    methods: taken,
    segments: parts.map((part) => (part.startsWith('{') ? undefined : part)),
    open: parts.at(-1)?.endsWith('+}') ?? false,
  }
}

/** The positions that paths read so far have reached, in each of several languages. */
type Reached = { readonly of: Language; readonly at: number }

/** More ways of reading the bounds side by side are nobody's manifest. */
const maxVisited = 20_000

/**
 * A request that a route may serve and none of the bounds takes, as text; `undefined` where there is none. The bounds
 * count together: `/a/{x}` and `/a/{x}/{rest+}` take all that `/a/{rest+}` does.
 */
export function requestBeyond(route: Route, bounds: readonly Route[]): string | undefined {
  const mine = languageOf(route)
  if (mine === undefined) return bounds.some(({ path }) => path === route.path) ? undefined : route.path
  const around = bounds.map(languageOf).filter((one) => one !== undefined)
  for (const method of mine.methods) {
    const ofMethod = around.filter((one) => one.methods.includes(method))
    // Most routes lie within one bound, which is soon told however many bounds there are.
    if (ofMethod.some((one) => pathBeyond(mine, [one]) === undefined)) continue
    const path = pathBeyond(mine, ofMethod)
    if (path !== undefined) return `${method} ${path}`
  }
  return undefined
}

/** A request that both routes take, as text; `undefined` where there is none. */
export function requestOfBoth(a: Route, b: Route): string | undefined {
  const [one, other] = [languageOf(a), languageOf(b)]
  if (one === undefined || other === undefined) return a.path === b.path ? a.path : undefined
  const method = one.methods.find((each) => other.methods.includes(each))
  if (method === undefined) return undefined
  const length = Math.max(one.segments.length, other.segments.length)
  if (one.segments.length < length && !one.open) return undefined
  if (other.segments.length < length && !other.open) return undefined
  const words: string[] = []
  for (let at = 0; at < length; at++) {
    const [mine, its] = [one.segments[at], other.segments[at]]
    if (mine !== undefined && its !== undefined && mine !== its) return undefined
    words.push(mine ?? its ?? 'x')
  }
  return `${method} /${words.join('/')}`
}

/** Breadth first, so that the example is as short as any. */
function pathBeyond(mine: Language, bounds: readonly Language[]): string | undefined {
  const told = new Set(
    [mine, ...bounds].flatMap(({ segments }) => segments.filter((one) => one !== undefined)),
  )
  const other = ['x', 'y', 'z', 'example'].find((word) => !told.has(word)) ?? `x${told.size}`
  const start = { at: 0, reached: bounds.map((of) => ({ of, at: 0 })), words: [] as readonly string[] }
  const queue = [start]
  const seen = new Set<string>()
  for (const { at, reached, words } of queue) {
    if (ends({ of: mine, at }) && !reached.some(ends)) return `/${words.join('/')}`
    for (const word of [...told, other]) {
      const next = step({ of: mine, at }, word)
      if (next === undefined) continue
      const others = reached.map((one) => step(one, word)).filter((one) => one !== undefined)
      const key = `${next.at} ${others.map((one) => `${bounds.indexOf(one.of)}:${one.at}`).join()}`
      if (seen.has(key)) continue
      seen.add(key)
      // Beyond what can be told, it is taken to reach out.
      if (seen.size > maxVisited) return `/${[...words, word].join('/')}`
      queue.push({ at: next.at, reached: others, words: [...words, word] })
    }
  }
  return undefined
}

function ends({ of, at }: Reached): boolean {
  return at === of.segments.length
}

function step({ of, at }: Reached, word: string): Reached | undefined {
  if (at === of.segments.length) return of.open ? { of, at } : undefined
  const wanted = of.segments[at]
  return wanted === undefined || wanted === word ? { of, at: at + 1 } : undefined
}
