import { compileToken } from './compile-token.ts'
import type { LoadedPart } from './part.ts'
import type { Problem } from './problem.ts'
import { requestBeyond, requestOfBoth } from './route-language.ts'
import { readRoute } from './route-text.ts'
import { apiSettings } from './schema.ts'

/** The apps of each API id that several have, once for each set of apps. */
export function sharedApis(
  parts: readonly LoadedPart[],
): readonly { readonly parts: readonly LoadedPart[]; readonly apiIds: readonly string[] }[] {
  const groups = new Map<string, { parts: readonly LoadedPart[]; apiIds: string[] }>()
  for (const id of new Set(parts.flatMap(({ apiIds = [] }) => apiIds))) {
    const sharers = parts.filter(({ apiIds }) => apiIds?.includes(id))
    if (sharers.length < 2) continue
    const key = sharers.map(({ name }) => name).join()
    const group = groups.get(key) ?? { parts: sharers, apiIds: [] }
    groups.set(key, group)
    group.apiIds.push(id)
  }
  return [...groups.values()]
}

/**
 * One answer of the authorizer serves all the apps of an API: they are set alike, and no request is of two of them.
 */
export function sharedApiRules(parts: readonly LoadedPart[]): readonly Problem[] {
  const problems: Problem[] = []
  for (const { parts: sharers, apiIds } of sharedApis(parts)) {
    const id = apiIds[0] as string
    problems.push(...sharers.flatMap(listsBeyond))
    for (const [at, part] of sharers.entries())
      for (const other of sharers.slice(0, at))
        problems.push(...settingsDiffer(part, other, id), ...routesMeet(part, other, id))
  }
  return problems
}

/** By a route that is not there, an app would take requests from the others: its own file names its own. */
function listsBeyond({ name, routesFile, ownSettings, allow }: LoadedPart): readonly Problem[] {
  if (routesFile === undefined || allow === undefined || !ownSettings.includes('routesFile')) return []
  const bounds = (allow.routes ?? []).flatMap((text) => {
    const read = readRoute(text)
    return 'route' in read ? [read.route] : []
  })
  return (['rest', 'http'] as const).flatMap((api) =>
    routesFile[api].flatMap(({ text, route }, at) => {
      if (requestBeyond(route, bounds) === undefined) return []
      const message = `"${text}" lies beyond what the root allows the app "${name}", and others share its API`
      const mend = "leave it out, or name the routes file in the app's entry in the root"
      return [routesFile.source.problem('beyond_allow', [api, at], message, mend)]
    }),
  )
}

/** A routes file and public routes may be each app's own. */
const alike = apiSettings.filter((key) => key !== 'routesFile' && key !== 'public')

function settingsDiffer(part: LoadedPart, other: LoadedPart, id: string): readonly Problem[] {
  const key = alike.find((one) => textOf(part, one) !== textOf(other, one))
  if (key === undefined) return []
  const message = `the apps "${other.name}" and "${part.name}" share the API ${id}, and "${key}" is not the same for both`
  const mend = 'set both alike, or give each an API of its own'
  return [part.source.problem('apps_disagree', ['api', key], message, mend, 'key')]
}

function textOf({ manifest }: LoadedPart, key: (typeof alike)[number]): string {
  if (key === 'token') return JSON.stringify(compileToken(manifest.api?.token))
  const setting = manifest.api?.[key] ?? defaults[key]
  return JSON.stringify(setting) ?? ''
}

const defaults: Readonly<Record<string, unknown>> = {
  response: 'policy',
  cacheSeconds: 300,
  encodedPaths: 'refuse',
}

function routesMeet(part: LoadedPart, other: LoadedPart, id: string): readonly Problem[] {
  const others = placesOf(other)
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const { text, route, path } of placesOf(part)) {
    if (seen.has(text)) continue
    seen.add(text)
    for (const its of others) {
      const example = requestOfBoth(route, its.route)
      if (example === undefined) continue
      const where = other.source.place(its.path)
      const message = `"${text}" and "${its.text}" of the app "${other.name}" (${other.source.file}:${where.line}) both take ${example}, and the two share the API ${id}`
      problems.push(part.source.problem('apps_overlap', path, message, 'give each app routes of its own'))
      break
    }
  }
  return problems
}

function placesOf({ manifest }: LoadedPart) {
  const listed = [
    ...(manifest.api?.public ?? []).map((text, at) => ({ text, path: ['api', 'public', at] })),
    ...Object.entries(manifest.roles ?? {}).flatMap(([role, { routes = [] }]) =>
      routes.map((text, at) => ({ text, path: ['roles', role, 'routes', at] })),
    ),
  ]
  return listed.flatMap((one) => {
    const read = readRoute(one.text)
    return 'route' in read ? [{ ...one, route: read.route }] : []
  })
}
