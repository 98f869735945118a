import type { Grants } from '../gateway/grants.ts'
import { type Policy, policyFor, type RouteTable } from '../gateway/policy.ts'
import type { Api } from '../gateway/resolve.ts'
import type { App, Role } from './access.ts'
import type { OwnRoutes } from './own-routes.ts'

/** Callers of the same roles, and with the same values in their own routes, have one policy. */
export type CallerPolicy = {
  readonly table: RouteTable
  readonly grants: Grants
  /** As far as R goes: what it says of paths that no route serves is found when a document is rendered. */
  readonly policy: Policy
}

/** Policies kept for an app: one for a set of roles and the values of a caller's own routes, for an API type. */
export const maxPolicies = 1000

export function policyOf(app: App, api: Api, roles: readonly Role[], own: OwnRoutes): CallerPolicy {
  let known = policies.get(app)
  if (known === undefined) {
    known = new Map()
    policies.set(app, known)
  }
  const key = keyOf(api, roles, own)
  const held = known.get(key)
  if (held) return held
  if (known.size >= maxPolicies) known.clear()
  const table = { tree: app.routes[api], api, proven: app.proven[api] }
  const grants = { keys: new Set(roles.flatMap((role) => role.routes)), own: own.routes }
  const made = { table, grants, policy: policyFor(table, grants, 'routes') }
  known.set(key, made)
  return made
}

const policies = new WeakMap<App, Map<string, CallerPolicy>>()

/** Names of roles hold no comma and values of claims no space, so no two sets have one key. */
function keyOf(api: Api, roles: readonly Role[], own: OwnRoutes): string {
  let key: string = api
  for (const role of roles) key += `,${role.name}`
  for (const route of own.routes) {
    key += ` ${route.key}`
    for (const { at, value } of route.values) key += ` ${at} ${value}`
  }
  return key
}
