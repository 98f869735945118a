import type { AccessRows, App, Role } from './access.ts'

/** By what the app of a call is known: the alias by which its function was invoked, and the API it came through. */
export type Called = { readonly alias?: string | undefined; readonly apiId?: string | undefined }

/**
 * The app of a call (design section 3): the alias's, where one has its name, else the API's; `undefined` where the
 * manifest has apps and neither is known. Without apps there is one for all.
 */
export function appOf({ apps, appOf }: AccessRows, { alias, apiId }: Called): App | undefined {
  if (appOf === undefined) return apps.at(0)
  const at = positionIn(appOf.alias, alias) ?? positionIn(appOf.apiId, apiId)
  return at === undefined ? undefined : apps.at(at)
}

/** Names and ids come from outside, hence `hasOwn`. */
function positionIn(positions: Readonly<Record<string, number>>, name: string | undefined) {
  return name !== undefined && Object.hasOwn(positions, name) ? positions[name] : undefined
}

/** Of a caller's roles those that count for an app. */
export function rolesIn({ of }: App, roles: readonly Role[]): readonly Role[] {
  return of === undefined ? roles : roles.filter(({ app }) => app !== undefined && of.includes(app))
}
