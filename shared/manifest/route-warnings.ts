import { isRouteOf, type Method } from '../gateway/route.ts'
import { manifestRoutes, pathRoutes } from './manifest-routes.ts'
import type { LoadedPart } from './part.ts'
import type { FileRoute } from './referenced-files.ts'
import { indexRoutes } from './route-index.ts'
import { type Api, comesBefore, methodsOf, within } from './route-order.ts'
import { namesOf } from './route-text.ts'
import type { Report } from './rules.ts'
import type { Path } from './source.ts'

/** What the manifest's routes are to the API's own, which the routes file lists. */
export function routeWarnings(part: LoadedPart, report: Report): void {
  const { manifest, routesFile } = part
  fieldWarnings(part, report)
  const routes = pathRoutes(part)
  if (routesFile === undefined) {
    // A WebSocket API's handshake and AppSync's fields are proven otherwise; roles that only lend leave nothing to prove.
    const lends = Object.values(manifest.roles ?? {}).some(({ credentials }) => credentials !== undefined)
    if (routes.length === 0 && (manifestRoutes(part).length > 0 || lends)) return
    const message =
      'without a routes file nobody can tell which of the API’s routes a pattern would also allow'
    const mend = 'name one under api: routesFile; `postern routes` writes it from a packaged template'
    report('routes_unproven', manifest.api === undefined ? [] : ['api'], message, mend, 'key')
    return
  }
  const apis = [servedBy('rest', routesFile.rest), servedBy('http', routesFile.http)]
  const found = new Map(
    routes.map((each) => {
      const unreachable = apis.every((api) => api.serving(each).length === 0)
      // By text: REST and HTTP APIs share most routes.
      const taken = new Map(apis.flatMap((api) => api.takenBy(each)).map((other) => [other.text, other]))
      return [each.text, { unreachable, taken: [...taken.values()] }]
    }),
  )
  const warn = (path: Path, text: string, overlaps: boolean): void => {
    const { unreachable = false, taken = [] } = found.get(text) ?? {}
    if (unreachable) {
      const message = `no route of the routes file serves "${text}": nobody can reach it`
      report('route_unreachable', path, message, 'mend the route, or write the routes file anew')
    } else if (overlaps && taken.length > 0)
      report(
        'route_overlaps',
        path,
        `"${text}" also grants requests that the API serves by ${namesOf(taken)}`,
        "list the API's own route if that is meant, or narrow this one until it lies within one of the API's",
      )
  }
  // What is public has no authorizer in front, whatever it overlaps.
  for (const [at, text] of (manifest.api?.public ?? []).entries()) warn(['api', 'public', at], text, false)
  for (const [name, role] of Object.entries(manifest.roles ?? {}))
    for (const [at, text] of (role.routes ?? []).entries()) warn(['roles', name, 'routes', at], text, true)
}

/** AppSync is told which fields to refuse, so that one the routes file lacks is open to whoever has any. */
function fieldWarnings(part: LoadedPart, report: Report): void {
  const listed = part.routesFile?.appsync.map(({ text }) => text) ?? []
  const named = manifestRoutes(part).filter(({ route }) => isRouteOf(route, 'appsync'))
  const missing = named.filter(({ text }) => !listed.includes(text))
  if (missing.length === 0) return
  const message =
    listed.length === 0
      ? `no routes file lists the fields of the AppSync API, so nobody is let in (${namesOf(missing)})`
      : `the routes file does not list ${namesOf(missing)} under "appsync", so it is not the schema's: a field that it and the roles leave out is open to whoever has any`
  const mend =
    'list every field of the schema; `postern routes` does for a template that has the schema in it'
  report('route_unreachable', part.manifest.api === undefined ? [] : ['api'], message, mend, 'key')
}

type Served = {
  /** The API's routes that take some request of this one. */
  serving(route: FileRoute): readonly FileRoute[]
  /** Those of them that lose such a request to it, though it is no finer route within them. */
  takenBy(route: FileRoute): readonly FileRoute[]
}

function servedBy(api: Api, file: readonly FileRoute[]): Served {
  const keys = new Set(file.map(({ key }) => key))
  const routes = file.map((each) => {
    const methods = methodsOf(each.route, (method) => keys.has(each.key.replace('ANY', method)))
    return { ...each, methods: new Set(methods) }
  })
  const index = indexRoutes(routes)
  const serving = ({ route }: FileRoute) =>
    index.meeting(route.path).filter((each) => {
      if (route.path === '$default' && each.route.path !== '$default') return false
      return route.method === 'ANY' ? each.methods.size > 0 : each.methods.has(route.method)
    })
  return {
    serving,
    takenBy(mine) {
      if (keys.has(mine.key)) return []
      const found = serving(mine)
      const around = found.filter((each) => within(mine.route.path, each.route.path))
      const isTaken = (method: Method, other: (typeof routes)[number]): boolean =>
        // Where a route around all of this one comes first, the other serves nothing of it.
        !around.some((each) => each.methods.has(method) && comesBefore(each.route, other.route, api))
      return found.filter(
        (other) =>
          !around.includes(other) &&
          comesBefore(mine.route, other.route, api) &&
          [...other.methods].some(
            (method) => [method, 'ANY'].includes(mine.route.method) && isTaken(method, other),
          ),
      )
    },
  }
}
