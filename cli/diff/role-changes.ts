import type { Role } from '../../shared/access/access.ts'
import { roleName } from '../../shared/manifest/part.ts'
import { lastsAsLong } from './broader.ts'
import { type Change, change, type Kind, ruleText, whoText } from './change.ts'
import type { Listings } from './listed.ts'
import { loansOf } from './loan.ts'
import { appNameOf, type Side, type SideRule } from './side.ts'
import { uncovered } from './uncovered.ts'

/** New names by old ones, of roles that trust, list and lend the same. */
export function renamedRoles(before: Side, after: Side, listings: Listings): ReadonlyMap<string, string> {
  const names = ({ access }: Side) => new Set(access.roles.map(({ name }) => name))
  const [old, now] = [names(before), names(after)]
  const added = after.access.roles.filter(({ name }) => !old.has(name))
  const removed = before.access.roles.filter(({ name }) => !now.has(name))
  if (added.length === 0 || removed.length === 0) return new Map()
  const [oldText, newText] = [signatures(before, listings), signatures(after, listings)]
  const bySignature = new Map<string, string[]>()
  for (const { name } of added.toReversed()) {
    const text = newText.get(name) ?? ''
    bySignature.set(text, [...(bySignature.get(text) ?? []), name])
  }
  const renamed = new Map<string, string>()
  for (const { name } of removed) {
    const found = bySignature.get(oldText.get(name) ?? '')?.pop()
    if (found !== undefined) renamed.set(name, found)
  }
  return renamed
}

/** What makes two roles one: the app, what they list and lend, and whom they trust for how long. */
function signatures({ access, rules }: Side, listings: Listings): ReadonlyMap<string, string> {
  const trust = new Map<string, string[]>()
  for (const { role, key, expiresAt } of rules)
    trust.set(role, [...(trust.get(role) ?? []), `${key} ${expiresAt}`])
  const text = (role: Role) =>
    JSON.stringify([
      appNameOf(role),
      listings.ofRoutes(role).id,
      (trust.get(role.name) ?? []).sort(),
      role.credentials,
      loansOf(access, role).map((loan) => loan.text),
    ])
  return new Map(access.roles.map((role) => [role.name, text(role)]))
}

/** Names of roles that came, went or changed, and what people read about them. */
export function roleChanges(
  before: Side,
  after: Side,
  renamed: ReadonlyMap<string, string>,
): readonly Change[] {
  const changes: Change[] = []
  const [old, now] = [aboutRoles(before), aboutRoles(after)]
  const say = (kind: Kind, role: string, app: string, message: string) =>
    changes.push(change(kind, message, { ...(hasApps(before, after) && { app }), role }))
  for (const [name, { app, about }] of old) {
    const newName = renamed.get(name) ?? name
    const kept = now.get(newName)
    if (kept === undefined) say('role_removed', name, app, `the role ${name} is taken out`)
    else if (newName !== name)
      say('role_renamed', newName, app, `the role ${name} is called ${newName}, which backends see`)
    for (const key of ['owner', 'description'] as const)
      if (kept !== undefined && about[key] !== kept.about[key])
        say(
          'role_changed',
          newName,
          app,
          `${key} was ${quoted(about[key])} and is ${quoted(kept.about[key])}`,
        )
  }
  const kept = new Set([...old.keys()].map((name) => renamed.get(name) ?? name))
  for (const [name, { app }] of now)
    if (!kept.has(name)) say('role_added', name, app, `the role ${name} is new`)
  return changes
}

/** Apps are worth a word where there are some. */
export function hasApps(...sides: readonly Side[]): boolean {
  return sides.some(({ access }) => access.appOf !== undefined)
}

const quoted = (text: string | undefined): string => (text === undefined ? 'none' : JSON.stringify(text))

function aboutRoles({ loaded }: Side) {
  return new Map(
    loaded.parts.flatMap((part) =>
      Object.entries(part.manifest.roles ?? {}).map(
        ([name, about]) => [roleName(part, name), { app: part.name, about }] as const,
      ),
    ),
  )
}

/**
 * Callers who have a role now that they lacked, and may call no more for it: backends see its name. `told` says
 * already who may call more.
 */
export function nameChanges(
  kind: 'role_given' | 'role_taken',
  from: Side,
  to: Side,
  newName: (role: string) => string | undefined,
  told: readonly Change[],
): readonly Change[] {
  const hadNames = new Set(from.access.roles.map(({ name }) => name))
  const known = new Set(told.map(({ role, rule }) => JSON.stringify([role, rule])))
  return to.rules.flatMap((rule) => {
    const name = newName(rule.role) ?? rule.role
    const isOfRole = (one: SideRule) => one.role === name && lastsAsLong(one, rule)
    if (!hadNames.has(name)) return []
    if (from.byKey.get(rule.key)?.some(isOfRole)) return []
    const found = uncovered(
      rule,
      from,
      (broader) => broader.some(isOfRole),
      (has) => (has ? '' : 'lacks'),
    )
    return found.flatMap(({ rule: piece }) => {
      const text = ruleText(piece)
      if (known.has(JSON.stringify([rule.role, text]))) return []
      const what = kind === 'role_given' ? 'have' : 'have no longer'
      const message = `${whoText(text)}: ${what} the role ${rule.role}, which backends see`
      const app = hasApps(from, to) ? { app: rule.app } : {}
      return change(kind, message, { ...app, role: rule.role, issuer: rule.issuer, rule: text })
    })
  })
}
