import type { Access, App } from '../../shared/access/access.ts'
import type { Compiled } from '../manifest-file.ts'
import { appChanges, appOf, partOf } from './app-changes.ts'
import { boundChanges } from './bound-changes.ts'
import type { Change, Effect } from './change.ts'
import { credentialChanges } from './credential-changes.ts'
import { issuerChanges, renamedIssuers } from './issuer-changes.ts'
import { makeListings } from './listed.ts'
import { loanChanges } from './loan-changes.ts'
import { hasApps, nameChanges, renamedRoles, roleChanges } from './role-changes.ts'
import { ruleChanges, type Way } from './rule-changes.ts'
import { type Side, sideOf } from './side.ts'
import { tokenChanges } from './token-changes.ts'

/**
 * What a change of a manifest comes to: what is decided otherwise, not what is written otherwise. Sound: where `decide`
 * allows what it denied before, or the broker lends what it did not, a change here is `widened`; it looks at no date. Requests that only a cached policy's
 * limits refuse (policy_narrowed) count as allowed, and public routes as anybody's.
 */
export function compareManifests(old: Compiled, now: Compiled): readonly Change[] {
  const listings = makeListings()
  const issuers = renamedIssuers(old.access.issuers, now.access.issuers)
  const [before, after] = [sideOf(old, listings, issuers), sideOf(now, listings)]
  const rules = viewsOf(before, after).flatMap(({ label, ...view }) => {
    const way = { listings, label: hasApps(before, after) ? label : undefined }
    const [from, to] = [
      { side: before, app: view.before, names: view.namesBefore },
      { side: after, app: view.after, names: view.namesAfter },
    ]
    return [
      ...ruleChanges({ ...way, from, to, ...gains }),
      ...ruleChanges({ ...way, from: to, to: from, ...losses }),
    ]
  })
  const roles = renamedRoles(before, after, listings)
  const oldRoles = new Map([...roles].map(([from, to]) => [to, from]))
  const newName = (role: string) => roles.get(role) ?? role
  const oldName = (role: string) => oldRoles.get(role) ?? role
  const loans = [
    ...loanChanges({ from: before, to: after, ...borrowing, nameOf: oldName }),
    ...loanChanges({ from: after, to: before, ...noLonger, nameOf: newName }),
  ]
  const told = (effect: Effect) => [...rules, ...loans].filter((one) => one.effect === effect)
  return [
    ...once(rules),
    ...loans,
    ...credentialChanges(before, after, roles),
    ...nameChanges('role_given', before, after, (role) => oldRoles.get(role), told('widened')),
    ...nameChanges('role_taken', after, before, (role) => roles.get(role), told('narrowed')),
    ...appChanges(before, after),
    ...after.loaded.parts.flatMap((part) => boundChanges(partOf(before, part.name), part)),
    ...issuerChanges(old.access.issuers, now.access.issuers, issuers),
    ...tokenChanges(old.access, now.access),
    ...roleChanges(before, after, roles),
  ]
}

const gains: Pick<Way, 'kinds' | 'verb'> = {
  kinds: { routes: 'routes_gained', expiry: 'expires_later', open: 'public_gained' },
  verb: 'gain',
}
const losses: Pick<Way, 'kinds' | 'verb'> = {
  kinds: { routes: 'routes_lost', expiry: 'expires_earlier', open: 'public_lost' },
  verb: 'lose',
}

const borrowing = { kinds: { loans: 'loans_gained', expiry: 'expires_later' }, verb: 'gain' } as const
const noLonger = { kinds: { loans: 'loans_lost', expiry: 'expires_earlier' }, verb: 'lose' } as const

/** The apps that answer for the same calls before and after; on either side there may be none. */
type View = {
  readonly label: string
  readonly before: App | undefined
  readonly after: App | undefined
  readonly namesBefore: readonly string[]
  readonly namesAfter: readonly string[]
}

function viewsOf(before: Side, after: Side): readonly View[] {
  const names = new Set([...after.loaded.parts, ...before.loaded.parts].map(({ name }) => name))
  const single = [...names].map((name) => ({
    label: name,
    before: appOf(before, name),
    after: appOf(after, name),
    namesBefore: [name],
    namesAfter: [name],
  }))
  return [...single, ...sharedViews(before.access, after.access)]
}

/** An API that several apps share has the routes of all of them, so what one of them lets in may hang on the others. */
function sharedViews(before: Access, after: Access): readonly View[] {
  const views = new Map<string, View>()
  for (const [id, at] of Object.entries(after.appOf?.apiId ?? {})) {
    const was = before.appOf?.apiId[id]
    const [old, now] = [was === undefined ? undefined : before.apps[was], after.apps[at]]
    if (old === undefined || now === undefined) continue
    const [some = [], others = []] = [old.of, now.of]
    if (some.length < 2 && others.length < 2) continue
    // Who joins gains all it has by another change, and who leaves loses it.
    const both = others.filter((name) => some.includes(name))
    const view = { label: now.name, before: old, after: now, namesBefore: both, namesAfter: both }
    views.set(`${old.name} ${now.name}`, view)
  }
  return [...views.values()]
}

/** What is said of an app is not said again of an API that it shares. */
function once(changes: readonly Change[]): readonly Change[] {
  const seen = new Set<string>()
  return changes.filter(({ app = '', ...rest }) => {
    const key = JSON.stringify(rest)
    if (app.includes(',') && seen.has(key)) return false
    seen.add(key)
    return true
  })
}
