import { isRouteOf, routeKey } from '../gateway/route.ts'
import type { LoadedPart } from '../manifest/part.ts'
import { readRoute } from '../manifest/route-text.ts'
import type { ApiRoute } from './api.ts'
import { guardOf } from './guard-of.ts'
import type { Findings, Wiring } from './wiring.ts'

/** What stands in front of each route: an authorizer, or nothing where the manifest calls it public. */
export function checkGuards(
  { manifest }: LoadedPart,
  wiring: Wiring,
  only: string | undefined,
  { problems, warnings }: Findings,
): void {
  const open = keysOf(manifest.api?.public ?? [])
  const granted = keysOf(Object.values(manifest.roles ?? {}).flatMap((role) => role.routes ?? []))
  const guard = guardOf(wiring, only)
  const unseen = new Set<string>()
  for (const route of wiring.apis.flatMap((api) => api.routes)) {
    const { text, authorization, authorizer } = route
    const isPublic = open.has(route.key) || open.has(anyOf(route))
    const guarded = guard(route)
    if (guarded === 'nothing') {
      if (isPublic || isPreflight(route)) continue
      const message = `nothing stands in front of "${text}": anybody may call it`
      const mend = `attach Postern's authorizer, or list "${text}" under api.public of the manifest`
      problems.push(route.problem('route_unguarded', message, mend))
      continue
    }
    if (isPublic && authorization === 'CUSTOM') {
      const message = `"${text}" is public in the manifest, and a Lambda authorizer stands in front of it`
      const mend = 'take the authorizer off the route, or the route out of api.public'
      warnings.push(route.problem('route_public_guarded', message, mend))
    }
    if (guarded === 'other' && isListed(route, granted)) {
      const what = authorizer === undefined ? authorization : `${authorization} by ${authorizer.name}`
      const message = `a role lists "${text}", and what guards it is not Postern (${what})`
      warnings.push(route.problem('route_guarded_elsewhere', message, mendOf(route)))
    }
    if (guarded === 'unseen' && authorizer !== undefined && !unseen.has(authorizer.name)) {
      unseen.add(authorizer.name)
      const message = `which Lambda authorizer it has cannot be told from this template (${authorizer.name}), so its TTL and identity sources were not checked`
      const mend = 'refer to an authorizer of this template, or check these two by hand'
      warnings.push(route.problem('authorizer_unseen', message, mend))
    }
  }
}

/** The browser's preflight carries no token, and API Gateway answers it by itself. */
function isPreflight({ route, isMock }: ApiRoute): boolean {
  return route.method === 'OPTIONS' && isMock
}

function mendOf({ route }: ApiRoute): string {
  return isRouteOf(route, 'appsync')
    ? 'have Postern as a Lambda authorizer of the API and mark the field @aws_lambda, or take it out of the roles'
    : "attach Postern's authorizer, or take the route out of the roles"
}

/** Listed as it stands, by ANY on its path, or, where it is ANY itself, by one of its methods. */
function isListed(route: ApiRoute, granted: ReadonlySet<string>): boolean {
  if (granted.has(route.key) || granted.has(anyOf(route))) return true
  const path = route.key.slice('ANY'.length)
  return route.route.method === 'ANY' && [...granted].some((key) => key.endsWith(path))
}

const anyOf = ({ key }: ApiRoute): string => key.replace(/^\S+/, 'ANY')

function keysOf(texts: readonly string[]): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const text of texts) {
    const read = readRoute(text)
    if ('route' in read) keys.add(routeKey(read.route))
  }
  return keys
}
