import { isRouteOf, routeKey } from '../gateway/route.ts'
import type { LoadedPart } from './part.ts'
import type { FileRoute } from './referenced-files.ts'
import { readRoute } from './route-text.ts'

/** A route of the manifest; `claims` are those that stand for a segment in it, by the segment's place. */
export type ManifestRoute = FileRoute & {
  readonly claims: readonly { readonly at: number; readonly name: string }[]
}

/** Every route that a part names, public ones first. */
export function manifestRoutes({ manifest }: Pick<LoadedPart, 'manifest'>): readonly ManifestRoute[] {
  const texts = new Set(manifest.api?.public ?? [])
  for (const role of Object.values(manifest.roles ?? {}))
    for (const text of role.routes ?? []) texts.add(text)
  return [...texts].map(manifestRoute)
}

/** Those of REST and HTTP APIs; `$default` is HTTP's alone. */
export function pathRoutes(part: Pick<LoadedPart, 'manifest'>): readonly ManifestRoute[] {
  return manifestRoutes(part).filter(({ route }) => isRouteOf(route, 'http'))
}

export function manifestRoute(text: string): ManifestRoute {
  const read = readRoute(text)
  if ('wrong' in read) throw new Error(`a route went past the schema: ${read.wrong}`)
  return { text, key: routeKey(read.route), ...read }
}
