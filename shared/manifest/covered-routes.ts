import { resourcePatterns } from '../gateway/resource-pattern.ts'
import { type Method, methods } from '../gateway/route.ts'
import { manifestRoutes } from './compile.ts'
import type { LoadedManifest } from './load.ts'
import type { FileRoute } from './referenced-files.ts'
import { type Language, meet, pathLanguage, patternLanguage } from './request-language.ts'
import { indexRoutes, segmentsOf } from './route-index.ts'
import { type Api, comesBefore, methodsOf } from './route-order.ts'

/** A route of R: the APIs that have it, the methods that reach it there, and the paths it takes. */
export type KnownRoute = FileRoute & {
  readonly apis: readonly Api[]
  readonly methods: readonly Method[]
  /** Its segments, empty where they are not literal; `$default` has none to speak of. */
  readonly literals: readonly string[] | undefined
  readonly language: Language
}

/** R of both API types. What the manifest names stands in either, but for `$default`, which REST APIs have not. */
export function knownRoutes({ manifest, routesFile }: LoadedManifest): readonly KnownRoute[] {
  const named = manifestRoutes(manifest)
  const rest = [...(routesFile?.rest ?? []), ...named.filter(({ route }) => route.path !== '$default')]
  const http = [...(routesFile?.http ?? []), ...named]
  const keys = { rest: keysOf(rest), http: keysOf(http) }
  const all = new Map<string, FileRoute>()
  for (const each of [...rest, ...http]) if (!all.has(each.key)) all.set(each.key, each)
  return [...all.values()].map((each) => {
    const apis = (['rest', 'http'] as const).filter((api) => keys[api].has(each.key))
    const elsewhere = (method: Method): boolean =>
      apis.every((api) => keys[api].has(each.key.replace('ANY', method)))
    return {
      ...each,
      apis,
      methods: methodsOf(each.route, elsewhere),
      literals: literalsOf(each.route.path),
      language: pathLanguage(each.route.path),
    }
  })
}

function literalsOf(path: string): readonly string[] | undefined {
  if (path === '$default') return undefined
  return segmentsOf(path).map((segment) => (segment.startsWith('{') ? '' : segment))
}

const keysOf = (routes: readonly FileRoute[]): ReadonlySet<string> => new Set(routes.map(({ key }) => key))

/**
 * From a granted route's key to the other routes of R that its Resource patterns cover requests of. Worked out once
 * a route, since roles share them, and held only against routes with its method that could fit.
 *
 * Exact for any two. A third route is not looked for: where all their common requests resolve to that one, a route is
 * listed that only seems to be covered; and where on REST that one comes first and lacks the method, so that AWS
 * refuses or goes on (facts A9), it is taken to go on in order.
 */
export function coverage(routes: readonly KnownRoute[]): (key: string) => readonly KnownRoute[] {
  const byKey = new Map(routes.map((each) => [each.key, each]))
  const byMethod = new Map([['ANY', finder(routes.filter((each) => each.methods.length > 0))]])
  for (const method of methods)
    byMethod.set(method, finder(routes.filter((each) => each.methods.includes(method))))
  const known = new Map<string, readonly KnownRoute[]>()
  return (key) => {
    const held = known.get(key)
    if (held) return held
    const granted = byKey.get(key)
    const find = granted && byMethod.get(granted.route.method)
    const found = find ? coveredBy(granted, find(granted)) : []
    known.set(key, found)
    return found
  }
}

type Finder = (granted: KnownRoute) => readonly KnownRoute[]

/**
 * Routes that a pattern could cover (some twice): those below its literal head; or without one, those that meet it
 * segment by segment, and longer ones. Against all 20,000 routes of a manifest each, a check took minutes.
 */
function finder(routes: readonly KnownRoute[]): Finder {
  const index = indexRoutes(routes)
  const longer = new Map<number, readonly KnownRoute[]>()
  return ({ route, literals }) => {
    const head = route.path.split('{', 1)[0] as string
    if (literals === undefined || head === route.path) return index.meeting(route.path)
    if (head !== '/') return index.meeting(`${head}{any+}`)
    const length = literals.length
    const rest = longer.get(length) ?? routes.filter((each) => mayBeLonger(each, length))
    longer.set(length, rest)
    return [...index.meeting(route.path), ...rest]
  }
}

function mayBeLonger({ route, literals }: KnownRoute, length: number): boolean {
  return literals === undefined || literals.length > length || route.path.endsWith('+}')
}

function coveredBy(granted: KnownRoute, candidates: readonly KnownRoute[]): readonly KnownRoute[] {
  const { path } = granted.route
  const pattern = patternLanguage(pathPattern(granted.key))
  return candidates.filter((other) => {
    if (other === granted || endUnlike(granted, other)) return false
    const apis = other.apis.filter((api) => api === 'http' || path !== '$default')
    if (apis.length === 0) return false
    // Where the granted route comes first, a request of both is granted.
    const first = apis.every((api) => comesBefore(granted.route, other.route, api))
    return meet(pattern, other.language, first ? granted.language : undefined)
  })
}

/** Methods stand literally in a pattern, so the rest of it decides. */
function pathPattern(key: string): string {
  const pattern = resourcePatterns('', key)[0] as string
  return /^\/[A-Z]+(\/.*)$/.exec(pattern)?.[1] ?? pattern
}

/** Two literal last segments that differ: cheaper to see than that the languages do not meet. */
function endUnlike(one: KnownRoute, other: KnownRoute): boolean {
  const [end = '', otherEnd = ''] = [one.literals?.at(-1), other.literals?.at(-1)]
  return end !== '' && otherEnd !== '' && end !== otherEnd
}
