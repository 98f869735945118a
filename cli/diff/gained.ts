import { safeSegment } from '../../shared/access/own-routes.ts'
import { some } from '../../shared/gateway/words.ts'
import { type Ground, isSameRoute, type Spot } from './ground.ts'
import { type Assumed, grants, type Listed, type OwnRoute } from './listed.ts'

/**
 * Of a listed route (a key, or the id of an own route) what is new: all of it, or a part, as in the example. `note`: it
 * is one type of API's alone; a field that the caller has since R does not list it; or the first field of the caller.
 */
export type Part = { readonly whole: boolean; readonly example: string; readonly note?: Note }
export type Note = 'rest' | 'http' | 'unlisted' | 'first'
export type Gained = ReadonlyMap<string, Part>

/**
 * The requests of one API type that a caller of `listed` may make after, and one of `had` could not make before. Never
 * misses one that a caller of several roles may make with these: where a request may be for several routes, a role
 * answers for each that it grants.
 */
export function gainedOn(ground: Ground, listed: Listed, had: Listed): Gained {
  const found = new Map<string, Part>()
  const look = (item: string, key: string, own: OwnRoute | undefined): void => {
    const spots = isHeld(had, item) ? ground.changed.get(key) : ground.byKey.get(key)
    let example: string | undefined
    let count = 0
    for (const spot of spots ?? []) {
      const assumed = own === undefined ? nothing : assumedAt(spot, own)
      if (assumed === undefined || !isNew(spot, listed, had, assumed)) continue
      count++
      example ??= exampleOf(spot, ground.other, own)
    }
    if (example === undefined) return
    const all = (ground.byKey.get(key) ?? []).filter((spot) => own === undefined || assumedAt(spot, own))
    found.set(item, { whole: count === all.length, example })
  }
  for (const key of listed.keys) look(key, key, undefined)
  for (const [id, own] of listed.own) look(id, own.key, own)
  return found
}

const nothing: Assumed = new Set()

function isHeld({ keys, own }: Listed, item: string): boolean {
  return keys.has(item) || own.has(item)
}

function isNew({ before, after }: Spot, listed: Listed, had: Listed, assumed: Assumed): boolean {
  if (before.length === 0) return true
  return before.some((route) => {
    if (grants(had, route, assumed)) return false
    // A route that is there no more had to be granted as well.
    const now = after.find((one) => isSameRoute(one, route))
    return now === undefined || grants(listed, now, assumed)
  })
}

/** A caller whose claims are what a request has in these places; `undefined` where no claim can be that. */
function assumedAt({ words }: Spot, { places }: OwnRoute): Assumed | undefined {
  for (const { at } of places) {
    const word = words[at]
    if (word !== undefined && word !== some && safeSegment(word) === undefined) return undefined
  }
  return new Set(places.map(({ place }) => place))
}

function exampleOf({ method, words }: Spot, other: string, own: OwnRoute | undefined): string {
  const segments = words.map((word, at) => {
    if (word !== some) return word
    const claim = own?.places.find((place) => place.at === at)
    return claim === undefined ? other : `{claims.${claim.name}}`
  })
  return `${method} /${segments.join('/')}`
}
