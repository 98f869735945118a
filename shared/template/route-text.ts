import { type ApiType, isRouteOf, parseRoute, routeKey } from '../gateway/route.ts'
import type { Problem } from '../manifest/problem.ts'
import type { FileRoute } from '../manifest/referenced-files.ts'
import type { Part } from './template.ts'

/** A route of an API as a routes file or a manifest has it. One that Postern's syntax has no words for is reported. */
export function fileRoute(
  part: Part,
  api: ApiType,
  text: string,
  problems: Problem[],
): FileRoute | undefined {
  const route = parseRoute(text)
  if (typeof route !== 'string' && isRouteOf(route, api)) return { text, route, key: routeKey(route) }
  const wrong = typeof route === 'string' ? route : `"${text}" is no route of such an API`
  const mend = 'mend the route in the template; Postern can decide nothing about it'
  problems.push(part.problem('route_invalid', wrong, mend))
  return undefined
}
