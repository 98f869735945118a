import { routeKey } from '../gateway/route.ts'
import { cacheWarnings } from './cache-warnings.ts'
import { manifestRoutes } from './compile.ts'
import { parseInstant } from './instant.ts'
import type { LoadedManifest } from './load.ts'
import type { Problem } from './problem.ts'
import type { FileRoute } from './referenced-files.ts'
import { readRoute } from './route-text.ts'
import type { Report } from './rules.ts'
import type { Path } from './source.ts'
import { trustWarnings } from './trust-warnings.ts'

/** What is suspicious in a manifest that holds. The date counts here, and here alone. */
export function warningsOf(loaded: LoadedManifest, nowSeconds: number): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(loaded.source.problem(...problem))
  unusedNames(loaded, report)
  roleWarnings(loaded, report)
  expiredRules(loaded, nowSeconds, report)
  trustWarnings(loaded, report)
  routeWarnings(loaded, report)
  cacheWarnings(loaded, report)
  return problems
}

function unusedNames({ manifest, unusedVariables }: LoadedManifest, report: Report): void {
  for (const name of unusedVariables)
    report('variable_unused', ['vars', name], `nothing uses the variable "${name}"`, 'take it out', 'key')
  const rules = Object.values(manifest.roles ?? {}).flatMap((role) => role.trust ?? [])
  const used = new Set(rules.map((rule) => rule.issuer))
  for (const name of Object.keys(manifest.issuers))
    if (!used.has(name)) {
      const message = `no role trusts the issuer "${name}": its tokens verify, and may call nothing`
      report('issuer_unused', ['issuers', name], message, 'trust it in a role, or take it out', 'key')
    }
}

function roleWarnings({ manifest }: LoadedManifest, report: Report): void {
  for (const [name, role] of Object.entries(manifest.roles ?? {})) {
    const path = ['roles', name]
    if (role.trust === undefined)
      report('role_unused', path, `nobody has the role "${name}"`, 'add trust, or take it out', 'key')
    if (role.routes === undefined)
      report('role_without_routes', path, `the role "${name}" may call nothing`, 'add routes', 'key')
    if (role.owner === undefined)
      report('role_without_owner', path, `nobody answers for the role "${name}"`, 'add owner', 'key')
  }
}

function expiredRules({ manifest }: LoadedManifest, nowSeconds: number, report: Report): void {
  for (const [name, role] of Object.entries(manifest.roles ?? {}))
    for (const [at, rule] of (role.trust ?? []).entries()) {
      const expiresAt = rule.expiresAt === undefined ? undefined : parseInstant(rule.expiresAt)
      if (expiresAt === undefined || expiresAt > nowSeconds) continue
      const path = ['roles', name, 'trust', at, 'expiresAt']
      report(
        'rule_expired',
        path,
        'this rule has expired and trusts nobody',
        'take the rule out, or renew it',
      )
    }
}

function routeWarnings({ manifest, routesFile }: LoadedManifest, report: Report): void {
  if (routesFile === undefined) {
    const message =
      'without a routes file nobody can tell which of the API’s routes a pattern would also allow'
    const path = manifest.api === undefined ? [] : ['api']
    report(
      'routes_unproven',
      path,
      message,
      'name one under api: routesFile; `postern routes` writes it',
      'key',
    )
    return
  }
  const served = [...routesFile.rest, ...routesFile.http]
  const reachable = new Map<string, boolean>()
  for (const route of manifestRoutes(manifest))
    reachable.set(
      route.key,
      served.some((other) => serves(other, route)),
    )
  const lists: [Path, readonly string[]][] = [[['api', 'public'], manifest.api?.public ?? []]]
  for (const [name, role] of Object.entries(manifest.roles ?? {}))
    lists.push([['roles', name, 'routes'], role.routes ?? []])
  for (const [path, routes] of lists)
    for (const [at, text] of routes.entries()) {
      const read = readRoute(text)
      if ('wrong' in read || reachable.get(routeKey(read.route)) !== false) continue
      const message = `no route of the routes file serves "${text}": nobody can reach it`
      report('route_unreachable', [...path, at], message, 'mend the route, or write the routes file anew')
    }
}

/** Whether some request that a route of the API takes would resolve to this one. */
function serves(api: FileRoute, { route }: FileRoute): boolean {
  const methodsMeet = api.route.method === route.method || [api.route.method, route.method].includes('ANY')
  if (api.route.path === '$default') return true
  if (!methodsMeet || route.path === '$default') return false
  return segmentsMeet(api.route.path.slice(1).split('/'), route.path.slice(1).split('/'))
}

function segmentsMeet(a: readonly string[], b: readonly string[]): boolean {
  for (let at = 0; at < a.length || at < b.length; at++) {
    const [one, other] = [a[at], b[at]]
    // A greedy segment takes one segment or more.
    if (one === undefined || other === undefined) return false
    if (one.endsWith('+}') || other.endsWith('+}')) return one !== '' && other !== ''
    if (one !== other && !one.startsWith('{') && !other.startsWith('{')) return false
    if (one !== other && (one === '' || other === '')) return false
  }
  return true
}
