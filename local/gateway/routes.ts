import type { HttpApi, HttpRoute, RestApi, RestMethod, RestResource } from './model.ts'

/** Facts A9. ANY takes these and no others. */
export const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Path parameters, as they stood in the path: undecoded. */
export type PathParameters = Readonly<Record<string, string>>

export type RestMatch = {
  readonly resource: RestResource
  readonly method: RestMethod
  readonly parameters: PathParameters
}

export type HttpMatch = { readonly route: HttpRoute; readonly parameters: PathParameters }

/**
 * REST: per segment a literal before {param} before {proxy+}, then the method before ANY. AWS is [U] (facts A9, J2) on:
 * a resource without the method (here the search goes on elsewhere in the tree), escapes (compared undecoded),
 * `//` (an empty segment is no literal and no {param}, but may stand in what {proxy+} takes), and one trailing
 * slash (ignored here, kept in the ARN: the harsher reading for a policy).
 */
export function resolveRest(api: RestApi, method: string, path: string): RestMatch | undefined {
  if (!methods.has(method)) return undefined
  if (path === '/') return restMethod(api.root, method, {})
  const trimmed = path.endsWith('/') ? path.slice(1, -1) : path.slice(1)
  return restWalk(api.root, trimmed.split('/'), method, {})
}

function restWalk(
  resource: RestResource,
  segments: readonly string[],
  method: string,
  parameters: PathParameters,
): RestMatch | undefined {
  const [segment, ...rest] = segments
  if (segment === undefined) return restMethod(resource, method, parameters)
  const inOrder = resource.children.toSorted((a, b) => rank(a.part) - rank(b.part))
  for (const child of inOrder) {
    const name = parameterName(child.part)
    let match: RestMatch | undefined
    if (name === undefined)
      match = child.part === segment ? restWalk(child, rest, method, parameters) : undefined
    else if (isGreedy(child.part)) {
      const taken = segments.join('/')
      if (taken !== '') match = restMethod(child, method, { ...parameters, [name]: taken })
    } else if (segment !== '') match = restWalk(child, rest, method, { ...parameters, [name]: segment })
    if (match !== undefined) return match
  }
  return undefined
}

function restMethod(
  resource: RestResource,
  method: string,
  parameters: PathParameters,
): RestMatch | undefined {
  const found = resource.methods.get(method) ?? resource.methods.get('ANY')
  return found && { resource, method: found, parameters }
}

/**
 * HTTP API: a full match before a greedy one before `$default`; of equal kind the one whose first differing
 * segment is literal, then the method before ANY. A trailing slash is a segment of its own: `/x` is not `/x/`.
 */
export function resolveHttp(api: HttpApi, method: string, path: string): HttpMatch | undefined {
  if (!methods.has(method)) return undefined
  const segments = path.slice(1).split('/')
  const matches: { match: HttpMatch; rank: string }[] = []
  for (const route of api.routes) {
    if (route.method !== 'ANY' && route.method !== method) continue
    const parameters = httpParameters(route, segments)
    if (parameters !== undefined) matches.push({ match: { route, parameters }, rank: httpRank(route) })
  }
  return matches.toSorted((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.match
}

/** Sorts the better route first: kind, then segment by segment, then the method. */
function httpRank(route: HttpRoute): string {
  const kind = route.segments === undefined ? 2 : route.segments.some(isGreedy) ? 1 : 0
  return `${kind} ${(route.segments ?? []).map(rank).join('')} ${route.method === 'ANY' ? 1 : 0}`
}

function httpParameters(route: HttpRoute, segments: readonly string[]): PathParameters | undefined {
  if (route.segments === undefined) return {}
  const parameters: Record<string, string> = {}
  for (const [at, part] of route.segments.entries()) {
    const name = parameterName(part)
    const segment = segments[at]
    if (name !== undefined && isGreedy(part)) {
      const taken = segments.slice(at).join('/')
      if (taken === '') return undefined
      parameters[name] = taken
      return parameters
    }
    if (segment === undefined) return undefined
    if (name === undefined ? part !== segment : segment === '') return undefined
    if (name !== undefined) parameters[name] = segment
  }
  return route.segments.length === segments.length ? parameters : undefined
}

function parameterName(part: string): string | undefined {
  return /^\{(.+?)\+?\}$/.exec(part)?.[1]
}

function isGreedy(part: string): boolean {
  return part.startsWith('{') && part.endsWith('+}')
}

function rank(part: string): 0 | 1 | 2 {
  if (isGreedy(part)) return 2
  return parameterName(part) === undefined ? 0 : 1
}
