import { routeKey } from '../gateway/route.ts'
import type { Json } from '../json.ts'
import { readRoute } from './route-text.ts'
import type { Report } from './rules.ts'
import type { Path } from './source.ts'
import { listAt, mapAt } from './tree.ts'

/** One list names a route once; what is public needs no caller, so it can hold no claim of one. */
export function routeRules(top: unknown, report: Report): void {
  distinct(listAt(top, 'api', 'public'), ['api', 'public'], report)
  for (const [at, text] of listAt(top, 'api', 'public').entries()) {
    const read = typeof text === 'string' ? readRoute(text) : undefined
    if (read !== undefined && 'claims' in read && read.claims.length > 0)
      report(
        'route_invalid',
        ['api', 'public', at],
        'a public route has no caller whose claim could stand in it',
        'write {name} for the segment',
      )
  }
  for (const role of Object.keys(mapAt(top, 'roles')))
    distinct(listAt(top, 'roles', role, 'routes'), ['roles', role, 'routes'], report)
}

function distinct(routes: readonly Json[], path: Path, report: Report): void {
  const seen = new Map<string, string>()
  for (const [at, text] of routes.entries()) {
    const read = typeof text === 'string' ? readRoute(text) : undefined
    // With claims, `{claims.a}` and `{claims.b}` are two routes of one shape.
    if (read === undefined || 'wrong' in read || read.claims.length > 0) continue
    const key = routeKey(read.route)
    const other = seen.get(key)
    if (other === undefined) seen.set(key, String(text))
    else
      report(
        'duplicate_route',
        [...path, at],
        other === text
          ? `"${text}" stands here twice`
          : `"${text}" and "${other}" are one route: names in braces do not count`,
        'keep one of the two',
      )
  }
}
