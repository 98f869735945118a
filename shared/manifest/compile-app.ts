import type { Access, App } from '../access/access.ts'
import { isRouteOf, type Route } from '../gateway/route.ts'
import { compileClaimName } from './compile-matcher.ts'
import { compileToken } from './compile-token.ts'
import { manifestRoute, manifestRoutes, pathRoutes } from './manifest-routes.ts'
import type { LoadedPart } from './part.ts'
import { buildRouteTree } from './route-tree.ts'
import { sharedApis } from './shared-apis.ts'

/** The apps of an access value: one for each part, and one for each set of parts that share an API. */
export function compileApps(parts: readonly LoadedPart[]): Pick<Access, 'apps' | 'appOf'> {
  const apps = parts.map((part) => compileApp([part]))
  if (parts.every(({ apiIds }) => apiIds === undefined)) return { apps }
  const alias: [string, number][] = parts.map(({ name }, at) => [name, at])
  const apiId: [string, number][] = parts.flatMap(({ apiIds = [] }, at) =>
    apiIds.map((id): [string, number] => [id, at]),
  )
  for (const shared of sharedApis(parts)) {
    for (const id of shared.apiIds) apiId.push([id, apps.length])
    apps.push(compileApp(shared.parts))
  }
  // Of an id that is there twice the last stands: that of the apps that share it.
  return { apps, appOf: { alias: Object.fromEntries(alias), apiId: Object.fromEntries(apiId) } }
}

/** Parts that share an API are set alike, so the first speaks for all (shared-apis.ts). */
function compileApp(parts: readonly LoadedPart[]): App {
  const api = parts[0]?.manifest.api
  const files = parts.flatMap(({ routesFile }) => routesFile ?? [])
  const named = parts.flatMap(pathRoutes)
  const rest = named.filter(({ route }) => isRouteOf(route, 'rest'))
  const bounds = boundsOf(parts)
  const hasApps = parts.some(({ apiIds }) => apiIds !== undefined)
  return {
    name: parts.map(({ name }) => name).join(),
    ...(hasApps && { of: parts.map(({ name }) => name) }),
    token: compileToken(api?.token),
    response: api?.response ?? 'policy',
    cacheSeconds: api?.cacheSeconds ?? 300,
    encodedPaths: api?.encodedPaths ?? 'refuse',
    context: (api?.context ?? []).map(compileClaimName),
    routes: {
      rest: buildRouteTree([...files.flatMap((file) => file.rest), ...rest], bounds),
      http: buildRouteTree([...files.flatMap((file) => file.http), ...named], bounds),
    },
    fields: fieldsOf(parts),
    proven: { rest: parts.every(isListed('rest')), http: parts.every(isListed('http')) },
  }
}

/** What no route serves may be opened within an app's bound, and on an API that it shares nowhere. */
function boundsOf(parts: readonly LoadedPart[]): readonly Route[] | undefined {
  const [part, another] = parts
  if (another !== undefined) return []
  return part?.allow && routesOf(part.allow.routes ?? [])
}

function routesOf(texts: readonly string[]): readonly Route[] {
  return texts.map((text) => manifestRoute(text).route)
}

const isListed =
  (api: 'rest' | 'http') =>
  ({ routesFile }: LoadedPart): boolean =>
    routesFile?.lists[api] === true

/** Those of the files, and those that only a manifest names; none where no file lists them, so that none is open. */
function fieldsOf(parts: readonly LoadedPart[]): readonly string[] {
  const listed = parts.flatMap(({ routesFile }) => routesFile?.appsync ?? [])
  if (listed.length === 0) return []
  const named = parts.flatMap(manifestRoutes).filter(({ route }) => isRouteOf(route, 'appsync'))
  return [...new Set([...listed, ...named].map(({ text }) => text))]
}
