import type { App } from '../../shared/access/access.ts'
import type { Api } from '../../shared/gateway/resolve.ts'
import { type Gained, gainedOn, type Part } from './gained.ts'
import { type Ground, groundOf, isSameTree } from './ground.ts'
import type { Listed } from './listed.ts'

/** What callers of some routes may call of an app after a change, and callers of others could not before it. */
export type Reach = {
  gained(listed: Listed, had: Listed): Gained
  /** Whether the app's own routes changed in a way that counts for callers of these. */
  touches(listed: Listed): boolean
  /** Whether all requests could be told apart; else everything counts as gained. */
  readonly isComplete: boolean
}

const apis = ['rest', 'http'] as const

/** `undefined` stands for an app that is not there. Nothing is worked out before it is asked for. */
export function reachOf(before: App | undefined, after: App | undefined): Reach {
  const trees = (api: Api) => [before?.routes[api] ?? {}, after?.routes[api] ?? {}] as const
  const sameTrees = apis.every((api) => isSameTree(...trees(api)))
  const fields = { before: new Set(before?.fields), after: new Set(after?.fields) }
  const sameFields =
    fields.before.size === fields.after.size && [...fields.before].every((field) => fields.after.has(field))
  let held: readonly (Ground | undefined)[] | undefined
  const grounds = () => {
    held ??= apis.map((api) => groundOf(...trees(api), api))
    return held
  }
  const known = new Map<string, Gained>()
  const work = (listed: Listed, had: Listed): Gained => {
    const paths = grounds().map((ground) =>
      ground === undefined ? withoutGround(listed, had, sameTrees) : gainedOn(ground, listed, had),
    )
    const [rest, http] = paths as [Gained, Gained]
    return new Map([...inBoth(rest, http, grounds()), ...gainedElsewhere(listed, had, fields)])
  }
  const touches = (listed: Listed): boolean => {
    if (sameTrees && sameFields) return false
    if (!sameFields && [...listed.keys].some(isField)) return true
    return !sameTrees && grounds().some((ground) => ground === undefined || meets(ground, listed))
  }
  return {
    touches,
    gained(listed, had) {
      if (listed === had && !touches(listed)) return nothing
      const key = `${listed.id} ${had.id}`
      const found = known.get(key) ?? work(listed, had)
      known.set(key, found)
      return found
    },
    get isComplete() {
      return sameTrees || grounds().every((ground) => ground !== undefined)
    },
  }
}

const nothing: Gained = new Map()

function meets({ changed }: Ground, { keys, own }: Listed): boolean {
  for (const key of keys) if (changed.has(key)) return true
  for (const { key } of own.values()) if (changed.has(key)) return true
  return false
}

/** As far as lists go: with the same routes on both sides, a route that is listed nowhere before, else every one. */
function withoutGround({ keys, own }: Listed, had: Listed, sameTrees: boolean): Gained {
  const found = new Map<string, Part>()
  for (const key of keys) {
    const any = `ANY ${key.slice(key.indexOf(' ') + 1)}`
    const isHeld = sameTrees && (had.keys.has(key) || had.keys.has(any))
    if ((key.includes('/') || key === 'ANY $default') && !isHeld)
      found.set(key, { whole: true, example: key })
  }
  for (const [id, { key }] of own)
    if (!(sameTrees && had.own.has(id))) found.set(id, { whole: true, example: key })
  return found
}

/** What one type of API alone gains is a part, unless the other has no such route. */
function inBoth(rest: Gained, http: Gained, grounds: readonly (Ground | undefined)[]): Gained {
  const all = new Map<string, Part>()
  for (const item of new Set([...rest.keys(), ...http.keys()])) {
    const [one, other] = [rest.get(item), http.get(item)]
    const found = (one ?? other) as Part
    if (one !== undefined && other !== undefined)
      all.set(item, { ...(one.whole ? other : one), whole: one.whole && other.whole })
    else {
      const [api, elsewhere] = one === undefined ? (['http', 0] as const) : (['rest', 1] as const)
      const isElsewhere = grounds[elsewhere]?.byKey.has(keyOf(item)) ?? false
      all.set(item, isElsewhere ? { whole: false, example: found.example, note: api } : found)
    }
  }
  return all
}

/** An own route's id is its key and its claims. */
function keyOf(item: string): string {
  return item.split(' ', 2).join(' ')
}

function isField(key: string): boolean {
  return !key.includes('/') && !key.includes('$')
}

/**
 * `$connect`, and the fields of AppSync: of these it denies those alone that the routes file lists and the caller
 * lacks, and all of them to a caller who has none (facts A8).
 */
function gainedElsewhere(
  listed: Listed,
  had: Listed,
  fields: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> },
): Gained {
  const found = new Map<string, Part>()
  const connect = 'ANY $connect'
  if (listed.keys.has(connect) && !had.keys.has(connect))
    found.set(connect, { whole: true, example: '$connect' })
  const hasAny = (of: Listed, all: ReadonlySet<string>) =>
    [...of.keys].some((key) => isField(key) && all.has(key.slice('ANY '.length)))
  if (!hasAny(listed, fields.after)) return found
  const hadAny = hasAny(had, fields.before)
  const hadField = (field: string) => hadAny && (!fields.before.has(field) || had.keys.has(`ANY ${field}`))
  for (const field of fields.after)
    if (listed.keys.has(`ANY ${field}`) && !hadField(field))
      found.set(`ANY ${field}`, { whole: true, example: field, ...(!hadAny && { note: 'first' as const }) })
  for (const field of fields.before)
    if (!fields.after.has(field) && !hadField(field))
      found.set(`ANY ${field}`, { whole: true, example: field, note: 'unlisted' })
  return found
}
