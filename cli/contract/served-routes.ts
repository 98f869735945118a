import type { FileRoute } from '../../shared/manifest/referenced-files.ts'
import type { ContractRole, ContractRoute } from './contract.ts'

/** A route of the app's API, and who may call it: nobody, where it is not `open` and no role has it. */
export type ServedRoute = {
  readonly route: string
  /** The method, or ANY for those without a route of their own on the path, and the path without its parameters' names. */
  readonly key: string
  /** Whether it needs no token. */
  readonly open: boolean
  /** `as`: how the role writes the route, where only the caller's own part of it is granted. */
  readonly roles: readonly { readonly role: string; readonly as?: string }[]
}

/** One entry a route, in the order given. */
export function servedRoutes(
  routes: readonly FileRoute[],
  open: readonly ContractRoute[],
  roles: readonly ContractRole[],
): readonly ServedRoute[] {
  const byKey = new Map<string, FileRoute>()
  for (const route of routes) if (!byKey.has(route.key)) byKey.set(route.key, route)
  return [...byKey.values()].map(({ text, key }) => ({
    route: text,
    key,
    open: open.some((one) => covers(one.key, key)),
    roles: roles.flatMap((role) => grantBy(role, key)),
  }))
}

function grantBy({ name, routes }: ContractRole, key: string): ServedRoute['roles'] {
  const granted = routes.filter((route) => covers(route.key, key))
  if (granted.some(({ own }) => own === undefined)) return [{ role: name }]
  return granted.map(({ route }) => ({ role: name, as: route }))
}

/** A role grants a route that it lists, or lists with ANY. */
function covers(listed: string, key: string): boolean {
  return listed === key || listed === `ANY ${pathOf(key)}`
}

function pathOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1)
}
