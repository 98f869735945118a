import type { OwnRoute } from '../gateway/grants.ts'
import type { Json } from '../json.ts'
import type { OwnRouteClaims, Role } from './access.ts'
import { claimValue } from './claims.ts'

/** A claim's value may become a segment of a path up to this many characters. */
export const maxSegmentLength = 256

/** The caller's own routes, by the values of its claims, and the keys of those whose claim is absent or unsafe. */
export type OwnRoutes = { readonly routes: readonly OwnRoute[]; readonly unsafe: readonly string[] }

export const noOwnRoutes: OwnRoutes = { routes: [], unsafe: [] }

export function ownRoutesOf(roles: readonly Role[], claims: Readonly<Record<string, Json>>): OwnRoutes {
  if (!roles.some((role) => role.own !== undefined)) return noOwnRoutes
  const routes: OwnRoute[] = []
  const unsafe: string[] = []
  for (const role of roles)
    for (const own of role.own ?? []) {
      const values = valuesOf(own, claims)
      if (values) routes.push({ key: own.key, values })
      else unsafe.push(own.key)
    }
  return { routes, unsafe }
}

function valuesOf({ claims: places }: OwnRouteClaims, claims: Readonly<Record<string, Json>>) {
  const values: { at: number; value: string }[] = []
  for (const { at, claim } of places) {
    const value = safeSegment(claimValue(claims, claim))
    if (value === undefined) return undefined
    values.push({ at, value })
  }
  return values
}

/** The text of a claim that reads in one way as a segment of a path (design section 3, Templates), or `undefined`. */
export function safeSegment(value: Json | undefined): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && safe.test(text) ? text : undefined
}

const safe = new RegExp(`^(?!\\.{1,2}$)[A-Za-z0-9_.@=+-]{1,${maxSegmentLength}}$`)
