import type { Access, App, Role, Rule } from '../access/access.ts'
import { parseRoute, routeKey } from '../gateway/route.ts'
import { compileIssuer } from './compile-issuer.ts'
import { compileClaimName, compileConditions } from './compile-matcher.ts'
import { indexRules } from './index-rules.ts'
import { parseInstant } from './instant.ts'
import type { LoadedManifest } from './load.ts'
import type { FileRoute } from './referenced-files.ts'
import { buildRouteTree } from './route-tree.ts'
import type { Manifest, RuleText } from './schema.ts'

/**
 * Compiles a manifest that holds into the value a bundle embeds: plain, deeply frozen data, the same bytes for the
 * same manifest, whatever the date. With `localIssuers` (`http://127.0.0.1:8601`) each issuer's keys come from there.
 */
export function compileManifest(loaded: LoadedManifest, options: { localIssuers?: string } = {}): Access {
  const { manifest, pinnedKeys } = loaded
  const issuers = Object.entries(manifest.issuers).map(([name, text]) =>
    compileIssuer(name, text, pinnedKeys.get(name), options.localIssuers),
  )
  const roles = Object.entries(manifest.roles ?? {})
  const rules: Rule[] = []
  const byIssuer = new Map(issuers.map(({ name }) => [name, [] as { rule: Rule; position: number }[]]))
  for (const [at, [, role]] of roles.entries())
    for (const text of role.trust ?? []) {
      const rule = compileRule(at, text)
      byIssuer.get(text.issuer)?.push({ rule, position: rules.length })
      rules.push(rule)
    }
  return deepFreeze({
    version: 1,
    issuers,
    app: compileApp(loaded),
    roles: roles.map(([name, role]): Role => ({ name, routes: (role.routes ?? []).map(manifestKey) })),
    rules,
    index: Object.fromEntries([...byIssuer].map(([name, entries]) => [name, indexRules(entries)])),
  })
}

function compileRule(role: number, text: RuleText): Rule {
  const rule = { role, claims: compileConditions(text.claims), not: compileConditions(text.not) }
  if (text.expiresAt === undefined) return rule
  const expiresAt = parseInstant(text.expiresAt)
  if (expiresAt === undefined) throw new Error('expiresAt went past the schema without being an instant')
  return { ...rule, expiresAt }
}

function compileApp({ manifest, routesFile }: LoadedManifest): App {
  const api = manifest.api
  const named = manifestRoutes(manifest)
  const rest = named.filter((each) => each.route.path !== '$default')
  return {
    name: 'api',
    token: compileToken(api?.token),
    response: api?.response ?? 'policy',
    cacheSeconds: api?.cacheSeconds ?? 300,
    encodedPaths: api?.encodedPaths ?? 'refuse',
    context: (api?.context ?? []).map(compileClaimName),
    routes: {
      rest: buildRouteTree([...(routesFile?.rest ?? []), ...rest]),
      http: buildRouteTree([...(routesFile?.http ?? []), ...named]),
    },
  }
}

function compileToken(token: NonNullable<Manifest['api']>['token']): App['token'] {
  if (token?.query !== undefined) return { place: 'query', name: token.query }
  if (token?.cookie !== undefined) return { place: 'cookie', name: token.cookie }
  return { place: 'header', name: (token?.header ?? 'authorization').toLowerCase() }
}

/** Every route the manifest names, public ones first. */
export function manifestRoutes(manifest: Manifest): readonly FileRoute[] {
  const texts = new Set(manifest.api?.public ?? [])
  for (const role of Object.values(manifest.roles ?? {}))
    for (const text of role.routes ?? []) texts.add(text)
  return [...texts].map(manifestRoute)
}

function manifestRoute(text: string): FileRoute {
  const route = parseRoute(text)
  if (typeof route === 'string') throw new Error(`a route went past the schema: ${route}`)
  return { text, route, key: routeKey(route) }
}

const manifestKey = (text: string): string => manifestRoute(text).key

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
