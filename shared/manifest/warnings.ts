import type { Access } from '../access/access.ts'
import { ambiguousRoles } from './ambiguous-roles.ts'
import { claimWarnings } from './claim-warnings.ts'
import { credentialWarnings } from './credential-warnings.ts'
import { parseInstant } from './instant.ts'
import type { LoadedManifest } from './load.ts'
import type { LoadedPart } from './part.ts'
import type { Problem } from './problem.ts'
import { routeWarnings } from './route-warnings.ts'
import type { Report } from './rules.ts'
import { trustsAnybody, trustWarnings } from './trust-warnings.ts'

/** What is suspicious in a manifest that holds, compiled to `access`. The date counts here, and here alone. */
export function warningsOf(loaded: LoadedManifest, access: Access, nowSeconds: number): readonly Problem[] {
  const problems: Problem[] = []
  // With one app alone the others' roles are not known.
  const isWhole = Object.keys(loaded.manifest.apps ?? {}).every((app) =>
    loaded.parts.some(({ name }) => name === app),
  )
  if (isWhole) unusedIssuers(loaded, (...problem) => problems.push(loaded.source.problem(...problem)))
  scannedRules(loaded, access, problems)
  problems.push(...ambiguousRoles(loaded, access))
  for (const part of loaded.parts) {
    const report: Report = (...problem) => problems.push(part.source.problem(...problem))
    unusedVariables(part, report)
    roleWarnings(part, report)
    expiredRules(part, nowSeconds, report)
    trustWarnings(part, report)
    claimWarnings(part, report)
    credentialWarnings(part, report)
    routeWarnings(part, report)
    cachedSimple(part, report)
  }
  return problems
}

function unusedVariables({ unusedVariables }: LoadedPart, report: Report): void {
  for (const name of unusedVariables)
    report('variable_unused', ['vars', name], `nothing uses the variable "${name}"`, 'take it out', 'key')
}

function unusedIssuers({ manifest, parts }: LoadedManifest, report: Report): void {
  const roles = parts.flatMap((part) => Object.values(part.manifest.roles ?? {}))
  const used = new Set(roles.flatMap(({ trust = [] }) => trust.map(({ issuer }) => issuer)))
  for (const name of Object.keys(manifest.issuers))
    if (!used.has(name)) {
      const message = `no role trusts the issuer "${name}": its tokens verify, and may call nothing`
      report('issuer_unused', ['issuers', name], message, 'trust it in a role, or take it out', 'key')
    }
}

function roleWarnings({ manifest }: LoadedPart, report: Report): void {
  const roles = Object.entries(manifest.roles ?? {})
  const included = new Set(roles.flatMap(([, { includes = [] }]) => includes))
  for (const [name, role] of roles) {
    const path = ['roles', name]
    if (role.trust === undefined && !included.has(name))
      report('role_unused', path, `nobody has the role "${name}"`, 'add trust, or take it out', 'key')
    if (role.routes === undefined && role.includes === undefined && role.credentials === undefined)
      report(
        'role_without_routes',
        path,
        `the role "${name}" may call nothing, and lends nothing`,
        'add routes',
        'key',
      )
    if (role.owner === undefined)
      report('role_without_owner', path, `nobody answers for the role "${name}"`, 'add owner', 'key')
    else if (!mail.test(role.owner)) {
      const message = `the owner of the role "${name}" is no mail address: nobody can be asked`
      report(
        'role_without_owner',
        [...path, 'owner'],
        message,
        'write an address, as in team-orders@example.com',
      )
    }
  }
}

const mail = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/

/** What no index finds is checked for every token of its issuer; of a rule for anybody that is the point. */
function scannedRules({ parts }: LoadedManifest, { index }: Access, problems: Problem[]): void {
  const scanned = new Set(Object.values(index).flatMap((one) => one.scanned))
  let position = 0
  for (const { manifest, source } of parts)
    for (const [name, { trust = [] }] of Object.entries(manifest.roles ?? {}))
      for (const [at, rule] of trust.entries()) {
        if (!scanned.has(position++) || trustsAnybody(rule)) continue
        const message =
          'no claim of this rule has a text, or the beginning of one, by which it is found: it is checked for every token of its issuer'
        const mend = 'match a claim by its whole text beside the others, as an id or a group'
        problems.push(
          source.problem('rule_scanned', ['roles', name, 'trust', at, 'claims'], message, mend, 'key'),
        )
      }
}

function expiredRules({ manifest }: LoadedPart, nowSeconds: number, report: Report): void {
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

/** A policy denies crooked spellings by itself; a cached yes cannot. */
function cachedSimple({ manifest }: LoadedPart, report: Report): void {
  const api = manifest.api
  if (api?.response !== 'simple' || api.cacheSeconds === 0) return
  report(
    'simple_response_cached',
    ['api', 'response'],
    'while a simple yes is cached, every spelling of a path that API Gateway takes for the same route is let in: /a%2F.., /a/.. and the like are refused only when Postern is asked',
    'write "cacheSeconds: 0", take policy responses, or have the backend refuse such paths',
  )
}

/** What only the template can answer: `postern check` says it where there is none. */
export function unseenCacheWarnings({ parts }: LoadedManifest): readonly Problem[] {
  return parts
    .filter(({ manifest: { api } }) => api?.response === 'simple' && api.cacheSeconds !== 0)
    .map(({ source }) =>
      source.problem(
        'simple_response_cached',
        ['api', 'cacheSeconds'],
        'a cached simple response is right only with $context.routeKey among the identity sources: without it, API Gateway answers every route with the one it cached',
        'check with --template, or write "cacheSeconds: 0"',
      ),
    )
}
