import type { Access, OwnRouteClaims, Role, Rule } from '../access/access.ts'
import { deepFreeze } from '../access/rows.ts'
import { compileApps } from './compile-app.ts'
import { compileCredentials } from './compile-credentials.ts'
import { compileIssuer } from './compile-issuer.ts'
import { compileClaimName, compileConditions } from './compile-matcher.ts'
import { compileTokens } from './compile-tokens.ts'
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
  const settings = { tokens: manifest.tokens, ...options }
  const issuers = Object.entries(manifest.issuers).map(([name, text]) =>
    compileIssuer(name, text, pinnedKeys.get(name), settings),
  )
  const scoped = new Set(issuers.filter(({ type }) => type === 'postern').map(({ name }) => name))
  const roles: Role[] = []
  const rules: Rule[] = []
  const byIssuer = new Map(issuers.map(({ name }) => [name, [] as { rule: Rule; position: number }[]]))
  for (const part of parts) {
    const texts = part.manifest.roles ?? {}
    const start = roles.length
    const positions = new Map(Object.keys(texts).map((name, at) => [name, start + at]))
    for (const [name, role] of Object.entries(texts)) {
      for (const text of role.trust ?? []) {
        const rule = compileRule(roles.length, text)
        byIssuer.get(text.issuer)?.push({ rule, position: rules.length })
        rules.push(rule)
      }
      roles.push(compileRole(part, name, texts, positions))
    }
  }
  return deepFreeze({
    version: 1,
    issuers,
    ...compileApps(parts),
    roles,
    rules,
    index: Object.fromEntries(
      [...byIssuer].map(([name, entries]) => [
        name,
        { ...indexRules(entries), ...(scoped.has(name) && { scoped: true as const }) },
      ]),
    ),
    ...compileTokens(loaded),
  })
}

type Roles = Readonly<Record<string, RoleText>>

function compileRole(
  part: LoadedPart,
  name: string,
  roles: Roles,
  positions: ReadonlyMap<string, number>,
): Role {
  const names = includedIn(name, roles)
  const routes = [...new Set(names.flatMap((one) => roles[one]?.routes ?? []))].map(manifestRoute)
  const own = routes.flatMap(({ key, claims }): readonly OwnRouteClaims[] =>
    claims.length === 0
      ? []
      : [{ key, claims: claims.map(({ at, name }) => ({ at, claim: compileClaimName(name) })) }],
  )
  const credentials = roles[name]?.credentials
  const lends = names
    .flatMap((one) => (roles[one]?.credentials === undefined ? [] : (positions.get(one) ?? [])))
    .sort((a, b) => a - b)
  const whole = new Set(routes.filter(({ claims }) => claims.length === 0).map(({ key }) => key))
  return {
    name: roleName(part, name),
    ...(part.apiIds !== undefined && { app: part.name }),
    routes: [...whole],
    ...(own.length > 0 && { own }),
    ...(credentials && { credentials: compileCredentials(credentials) }),
    ...(lends.length > 0 && { lends }),
  }
}

/** A role and those that it includes, at any remove, each once; includes have no cycles. */
function includedIn(name: string, roles: Roles): readonly string[] {
  const seen = new Set<string>()
  const open = [name]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    open.push(...(roles[one]?.includes ?? []))
  }
  return [...seen]
}

function compileRule(role: number, text: RuleText): Rule {
  const rule = { role, claims: compileConditions(text.claims), not: compileConditions(text.not) }
  if (text.expiresAt === undefined) return rule
  const expiresAt = parseInstant(text.expiresAt)
  if (expiresAt === undefined) throw new Error('expiresAt went past the schema without being an instant')
  return { ...rule, expiresAt }
}
