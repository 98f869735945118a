import type { Access, OwnRouteClaims, Role, Rule } from '../access/access.ts'
import { deepFreeze } from '../access/rows.ts'
import { compileApps } from './compile-app.ts'
import { compileIssuer } from './compile-issuer.ts'
import { compileClaimName, compileConditions } from './compile-matcher.ts'
import { indexRules } from './index-rules.ts'
import { parseInstant } from './instant.ts'
import type { LoadedManifest } from './load.ts'
import { manifestRoute } from './manifest-routes.ts'
import { type LoadedPart, roleName } from './part.ts'
import type { RoleText, RuleText } from './schema.ts'

/**
 * Compiles a manifest that holds into the value a bundle embeds: plain, deeply frozen data, the same bytes for the
 * same manifest, whatever the date. With `localIssuers` (`http://127.0.0.1:8601`) each issuer's keys come from there.
 */
export function compileManifest(loaded: LoadedManifest, options: { localIssuers?: string } = {}): Access {
  const { manifest, pinnedKeys, parts } = loaded
  const issuers = Object.entries(manifest.issuers).map(([name, text]) =>
    compileIssuer(name, text, pinnedKeys.get(name), options.localIssuers),
  )
  const roles: Role[] = []
  const rules: Rule[] = []
  const byIssuer = new Map(issuers.map(({ name }) => [name, [] as { rule: Rule; position: number }[]]))
  for (const part of parts)
    for (const [name, role] of Object.entries(part.manifest.roles ?? {})) {
      for (const text of role.trust ?? []) {
        const rule = compileRule(roles.length, text)
        byIssuer.get(text.issuer)?.push({ rule, position: rules.length })
        rules.push(rule)
      }
      roles.push(compileRole(part, name, part.manifest.roles ?? {}))
    }
  return deepFreeze({
    version: 1,
    issuers,
    ...compileApps(parts),
    roles,
    rules,
    index: Object.fromEntries([...byIssuer].map(([name, entries]) => [name, indexRules(entries)])),
  })
}

type Roles = Readonly<Record<string, RoleText>>

function compileRole(part: LoadedPart, name: string, roles: Roles): Role {
  const routes = [...routesOf(name, roles)].map(manifestRoute)
  const own = routes.flatMap(({ key, claims }): readonly OwnRouteClaims[] =>
    claims.length === 0
      ? []
      : [{ key, claims: claims.map(({ at, name }) => ({ at, claim: compileClaimName(name) })) }],
  )
  const whole = new Set(routes.filter(({ claims }) => claims.length === 0).map(({ key }) => key))
  return {
    name: roleName(part, name),
    ...(part.apiIds !== undefined && { app: part.name }),
    routes: [...whole],
    ...(own.length > 0 && { own }),
  }
}

/** A role's routes and those of the roles it includes, each once; includes have no cycles. */
function routesOf(name: string, roles: Roles): ReadonlySet<string> {
  const texts = new Set<string>()
  const seen = new Set<string>()
  const open = [name]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    const { routes = [], includes = [] } = roles[one] ?? {}
    for (const text of routes) texts.add(text)
    open.push(...includes)
  }
  return texts
}

function compileRule(role: number, text: RuleText): Rule {
  const rule = { role, claims: compileConditions(text.claims), not: compileConditions(text.not) }
  if (text.expiresAt === undefined) return rule
  const expiresAt = parseInstant(text.expiresAt)
  if (expiresAt === undefined) throw new Error('expiresAt went past the schema without being an instant')
  return { ...rule, expiresAt }
}
