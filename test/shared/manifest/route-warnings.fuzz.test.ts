import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resolveRoute } from '../../../shared/gateway/resolve.ts'
import { parseRoute, routeKey } from '../../../shared/gateway/route.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import type { FileRoute } from '../../../shared/manifest/referenced-files.ts'
import { within } from '../../../shared/manifest/route-order.ts'
import { buildRouteTree } from '../../../shared/manifest/route-tree.ts'
import { warningsOf } from '../../../shared/manifest/warnings.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { load, write } from './cases.ts'

type Api = 'rest' | 'http'
const apis = ['rest', 'http'] as const

/** What the check says of a role with these routes on an API with those: per code, the routes it names. */
function warned(api: readonly string[], role: readonly string[], code: string): ReadonlySet<string> {
  const routes = api.filter((text) => text !== '$default')
  write('fuzz-routes.json', JSON.stringify({ rest: routes, http: api }))
  const manifest = `api: { routesFile: ./fuzz-routes.json }\nroles: ${JSON.stringify({ r: { routes: role } })}\n`
  const loaded = load(manifest)
  const found = warningsOf(loaded, compileManifest(loaded), 0).filter((problem) => problem.code === code)
  return new Set(found.flatMap(({ message }) => message.match(/\$default|[A-Z]+ \/[^\s",]*/g) ?? []))
}

function read(text: string): FileRoute {
  const route = parseRoute(text)
  if (typeof route === 'string') throw new Error(route)
  return { text, route, key: routeKey(route) }
}

/** Each once, whatever its parameters are called. */
const distinct = (texts: readonly string[]): readonly string[] => [
  ...new Map(texts.map((text) => [read(text).key, text])).values(),
]

/** Every request of up to four segments; no template spells `c`. */
const paths: (readonly string[])[] = [[]]
for (const path of paths)
  if (path.length < 4) for (const segment of ['a', 'b', 'c']) paths.push([...path, segment])
const requests = ['GET', 'POST'].flatMap((method) => paths.map((segments) => ({ method, segments })))

function candidates(api: Api, routes: readonly string[], request: (typeof requests)[number]) {
  const known = routes.map(read).filter(({ route }) => api === 'http' || route.path !== '$default')
  return resolveRoute(buildRouteTree(known), api, request.method, request.segments)
}

/** On REST: the resource that comes first lacks the method, and AWS refuses or goes on; how far is not known. */
const isUnsure = (api: Api, found: readonly unknown[]): boolean => api === 'rest' && found.length > 1

const segment = fc.constantFrom('a', 'b', '{x}')
const path = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '', '/{proxy+}'))
  .map(([segments, end]) => `/${(end ? segments.slice(0, 2) : segments).join('/')}${end}`)
const route = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom('GET', 'GET', 'POST', 'ANY'),
        fc.oneof({ weight: 9, arbitrary: path }, fc.constantFrom('/', '/{proxy+}')),
      )
      .map((parts) => parts.join(' ')),
  },
  fc.constant('$default'),
)
const routes = (maxLength: number) => fc.array(route, { minLength: 1, maxLength }).map(distinct)

/** API routes that serve a request which the role's own route takes and grants, without being all of what it takes. */
function taken(api: Api, routes: readonly string[], own: string): readonly string[] {
  const mine = read(own)
  const listed = routes.map(read)
  if (listed.some(({ key }) => key === mine.key)) return []
  return requests.flatMap((request) => {
    const [found, ...others] = candidates(api, [...routes, own], request)
    if (found === undefined || others.length > 0 || !found.keys.includes(mine.key)) return []
    const serving = candidates(api, routes, request).map(({ route }) => route)
    if (isUnsure(api, serving)) return []
    return serving.filter((text) => {
      const { route } = read(text)
      return route.path !== mine.route.path && !within(mine.route.path, route.path)
    })
  })
}

describe('route_overlaps, as every request of up to four segments says', () => {
  test('of any routes, each whose requests the role takes is named', () => {
    fc.assert(
      fc.property(routes(5), route, (api, own) => {
        const names = warned(api, [own], 'route_overlaps')
        for (const each of apis)
          for (const text of taken(each, api, own)) expect(names.has(text), text).toBe(true)
      }),
      fuzzParameters(),
    )
  }, 60_000)

  test('of two routes, one is named if and only if the other takes its requests', () => {
    fc.assert(
      fc.property(route, route, (one, other) => {
        const some = apis.some((api) => taken(api, [one], other).length > 0)
        expect(warned([one], [other], 'route_overlaps').size > 0).toBe(some)
      }),
      fuzzParameters(),
    )
  }, 60_000)
})
