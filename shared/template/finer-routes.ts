import { pathRoutes } from '../manifest/manifest-routes.ts'
import type { LoadedPart } from '../manifest/part.ts'
import type { FileRoute } from '../manifest/referenced-files.ts'
import { indexRoutes } from '../manifest/route-index.ts'
import { comesBefore, methodsOf } from '../manifest/route-order.ts'

/**
 * Routes of the manifest by which Postern decides a part of the requests that an HTTP API serves by one route of its
 * own: `$context.routeKey` does not tell them apart. `GET /orders` is one where the API has `ANY /orders`, and
 * `GET /users/{claims.sub}` is one even where it has `GET /users/{id}`.
 */
export function finerRoutes(
  part: Pick<LoadedPart, 'manifest'>,
  routes: readonly FileRoute[],
): readonly FileRoute[] {
  const keys = new Set(routes.map(({ key }) => key))
  const index = indexRoutes(routes)
  return pathRoutes(part).filter(
    (mine) =>
      (!keys.has(mine.key) || ofACaller.test(mine.text)) &&
      index.meeting(mine.route.path).some((its) => {
        const methods = methodsOf(its.route, (method) => keys.has(its.key.replace('ANY', method)))
        const { method } = mine.route
        const isMet = method === 'ANY' ? methods.length > 0 : methods.includes(method)
        // Where the API's own route comes first, it decides all that it serves.
        return isMet && !comesBefore(its.route, mine.route, 'http')
      }),
  )
}

const ofACaller = /\{claims[.[]/
