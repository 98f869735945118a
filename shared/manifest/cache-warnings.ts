import { matchesResource, resourcePatterns } from '../gateway/resource-pattern.ts'
import { methods, type Route, routeKey } from '../gateway/route.ts'
import { manifestRoutes } from './compile.ts'
import type { LoadedManifest } from './load.ts'
import { readRoute } from './route-text.ts'
import type { Report } from './rules.ts'

/**
 * Warns of routes of R that a role does not grant and that a cached policy of it covers all the same: `?*`, which
 * stands for `{id}`, crosses `/` and takes literals too. They open to the role's callers while the document is cached.
 */
export function cacheWarnings({ manifest, routesFile }: LoadedManifest, report: Report): void {
  if ((manifest.api?.cacheSeconds ?? 300) === 0) return
  const known = [...(routesFile?.rest ?? []), ...(routesFile?.http ?? []), ...manifestRoutes(manifest)]
  const routes = new Map(known.map(({ key, text, route }) => [key, { text, route }]))
  const open = new Set((manifest.api?.public ?? []).map(keyOf))
  for (const [name, role] of Object.entries(manifest.roles ?? {})) {
    const granted = new Set((role.routes ?? []).map(keyOf))
    const patterns = [...granted].flatMap((key) => resourcePatterns('', key))
    const covered = [...routes].filter(([key, { route }]) => {
      const anyKey = key.replace(/^\S+/, 'ANY')
      if (open.has(key) || granted.has(key) || granted.has(anyKey)) return false
      return samples(route).some((sample) => patterns.some((pattern) => matchesResource(pattern, sample)))
    })
    if (covered.length === 0) continue
    const list = covered.map(([, { text }]) => text).join(', ')
    report(
      'cache_widens',
      ['roles', name, 'routes'],
      `while API Gateway caches a policy, this role also opens ${list}`,
      'grant them as well, or set cacheSeconds: 0 and the TTL of the authorizer to 0',
      'key',
    )
  }
}

/** A request of the route for each of its methods, as the end of an ARN. */
function samples({ method, path }: Route): readonly string[] {
  const sample = path === '$default' ? '/sample' : path.replace(/\{[^}]*\}/g, 'sample')
  return (method === 'ANY' ? methods : [method]).map((one) => `/${one}${sample}`)
}

function keyOf(text: string): string {
  const read = readRoute(text)
  if ('wrong' in read) throw new Error(`a route went past the schema: ${read.wrong}`)
  return routeKey(read.route)
}
