import type { Access, App, OwnRouteClaims, Role, Rule } from '../access/access.ts'
import { routeKey } from '../gateway/route.ts'
import { compileIssuer } from './compile-issuer.ts'
import { compileClaimName, compileConditions } from './compile-matcher.ts'
import { indexRules } from './index-rules.ts'
import { parseInstant } from './instant.ts'
import type { LoadedManifest } from './load.ts'
import type { FileRoute } from './referenced-files.ts'
import { readRoute } from './route-text.ts'
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
    roles: roles.map(([name, role]) => compileRole(name, role.routes ?? [])),
    rules,
    index: Object.fromEntries([...byIssuer].map(([name, entries]) => [name, indexRules(entries)])),
  })
}

function compileRole(name: string, texts: readonly string[]): Role {
  const routes = texts.map(manifestRoute)
  const own = routes.flatMap(({ key, claims }): readonly OwnRouteClaims[] =>
    claims.length === 0
      ? []
      : [{ key, claims: claims.map(({ at, name }) => ({ at, claim: compileClaimName(name) })) }],
  )
  const whole = routes.filter(({ claims }) => claims.length === 0).map(({ key }) => key)
  return own.length === 0 ? { name, routes: whole } : { name, routes: whole, own }
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
    proven: routesFile?.lists ?? { rest: false, http: false },
  }
}

function compileToken(token: NonNullable<Manifest['api']>['token']): App['token'] {
  if (token?.query !== undefined) return { place: 'query', name: token.query }
  if (token?.cookie !== undefined) return { place: 'cookie', name: token.cookie }
  return { place: 'header', name: (token?.header ?? 'authorization').toLowerCase() }
}

/** A route of the manifest; `claims` are those that stand for a segment in it, by the segment's place. */
export type ManifestRoute = FileRoute & {
  readonly claims: readonly { readonly at: number; readonly name: string }[]
}

/** Every route the manifest names, public ones first. */
export function manifestRoutes(manifest: Manifest): readonly ManifestRoute[] {
  const texts = new Set(manifest.api?.public ?? [])
  for (const role of Object.values(manifest.roles ?? {}))
    for (const text of role.routes ?? []) texts.add(text)
  return [...texts].map(manifestRoute)
}

export function manifestRoute(text: string): ManifestRoute {
  const read = readRoute(text)
  if ('wrong' in read) throw new Error(`a route went past the schema: ${read.wrong}`)
  return { text, key: routeKey(read.route), ...read }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
