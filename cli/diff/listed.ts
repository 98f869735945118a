import type { OwnRouteClaims, Role } from '../../shared/access/access.ts'
import type { Candidate } from '../../shared/gateway/resolve.ts'

/**
 * What some roles list between them: route keys, and routes of which the caller's own part is granted. Equal ones are
 * one value, so that what they come to is found once.
 */
export type Listed = {
  readonly id: number
  readonly keys: ReadonlySet<string>
  readonly own: ReadonlyMap<string, OwnRoute>
}

/** A claim in a place of a path: `["1","sub"]`. Spellings of one claim are one. */
type Place = string
export type OwnRoute = { readonly key: string; readonly places: readonly PlacedClaim[] }
export type PlacedClaim = { readonly at: number; readonly name: string; readonly place: Place }

/** The claims of a caller that are taken to be what the segments in these places say. */
export type Assumed = ReadonlySet<Place>

export type Listings = {
  ofRoutes(routes: Pick<Role, 'routes' | 'own'>): Listed
  union(several: readonly Listed[]): Listed
}

/** Both manifests share one, so that the same routes have the same id. */
export function makeListings(): Listings {
  const byText = new Map<string, Listed>()
  const unions = new Map<string, Listed>()
  const known = (keys: ReadonlySet<string>, own: ReadonlyMap<string, OwnRoute>): Listed => {
    const text = [...[...keys].sort(), ...[...own.keys()].sort()].join('\n')
    const held = byText.get(text) ?? { id: byText.size, keys, own }
    byText.set(text, held)
    return held
  }
  return {
    ofRoutes: ({ routes, own = [] }) =>
      known(new Set(routes), new Map(own.map((one) => [ownId(one), ownRoute(one)]))),
    union(several) {
      const distinct = [...new Map(several.map((one) => [one.id, one])).values()]
      const [only, another] = distinct
      if (only !== undefined && another === undefined) return only
      const ids = distinct.map(({ id }) => id).sort((a, b) => a - b)
      const held = unions.get(ids.join())
      if (held !== undefined) return held
      const made = known(
        new Set(distinct.flatMap(({ keys }) => [...keys])),
        new Map(distinct.flatMap(({ own }) => [...own])),
      )
      unions.set(ids.join(), made)
      return made
    },
  }
}

/** What tells one own route from another: the route, and which claims stand where. */
export function ownId({ key, claims }: OwnRouteClaims): string {
  return `${key} ${JSON.stringify(claims.map(({ at, claim }) => [at, ...claim.path]))}`
}

function ownRoute({ key, claims }: OwnRouteClaims): OwnRoute {
  const places = claims.map(({ at, claim }) => ({
    at,
    name: claim.name,
    place: JSON.stringify([at, ...claim.path]),
  }))
  return { key, places }
}

/** Whether a candidate is granted to a caller whose claims are as assumed. */
export function grants({ keys, own }: Listed, candidate: Candidate, assumed: Assumed): boolean {
  for (const key of candidate.keys) if (keys.has(key)) return true
  if (assumed.size === 0) return false
  for (const one of own.values())
    if (candidate.keys.includes(one.key) && one.places.every(({ place }) => assumed.has(place))) return true
  return false
}
