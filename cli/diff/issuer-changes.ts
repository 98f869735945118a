import type { Condition, Issuer, IssuerName } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import { conditionsImply } from '../../shared/manifest/implies.ts'
import { matcherText } from '../role-misses.ts'
import { type Change, change } from './change.ts'

/** Issuers of the old manifest that the new one has under another name and otherwise alike. */
export function renamedIssuers(
  before: readonly Issuer[],
  after: readonly Issuer[],
): ReadonlyMap<IssuerName, IssuerName> {
  const names = (issuers: readonly Issuer[]) => new Set(issuers.map(({ name }) => name))
  const [old, now] = [names(before), names(after)]
  const renamed = new Map<IssuerName, IssuerName>()
  for (const issuer of after) {
    if (old.has(issuer.name)) continue
    const same = before.find((one) => !now.has(one.name) && isAlike(one, issuer))
    if (same !== undefined) renamed.set(same.name, issuer.name)
  }
  return renamed
}

function isAlike(one: Issuer, other: Issuer): boolean {
  return JSON.stringify({ ...one, name: '' }) === JSON.stringify({ ...other, name: '' })
}

/** Which tokens are taken after that were not before, and the other way round. */
export function issuerChanges(
  before: readonly Issuer[],
  after: readonly Issuer[],
  renamed: ReadonlyMap<IssuerName, IssuerName>,
): readonly Change[] {
  const changes: Change[] = []
  const kept = new Set<IssuerName>()
  for (const old of before) {
    const name = renamed.get(old.name) ?? old.name
    const now = after.find((one) => one.name === name)
    if (now === undefined) {
      const message = `the issuer ${old.name} is taken out: none of its tokens is taken`
      changes.push(change('issuer_removed', message, { issuer: old.name }))
      continue
    }
    kept.add(name)
    if (name !== old.name) {
      const message = `the issuer ${old.name} is called ${name}, which backends see`
      changes.push(change('issuer_renamed', message, { issuer: name }))
    } else changes.push(...changesOf(old, now))
  }
  for (const { name } of after)
    if (!kept.has(name)) {
      const message = `the issuer ${name} is new; who gains something by it stands with the roles`
      changes.push(change('issuer_added', message, { issuer: name }))
    }
  return changes
}

/** What widens if it is added to, or grows. */
function changesOf(old: Issuer, now: Issuer): readonly Change[] {
  const changes: Change[] = []
  const say = (kind: 'issuer_widened' | 'issuer_narrowed', what: string) =>
    changes.push(change(kind, `the issuer ${now.name}: ${what}`, { issuer: now.name }))
  const other = (what: string, from: string, to: string) => {
    if (from !== to) say('issuer_widened', `${what} ${from} is ${to}: other tokens are taken`)
  }
  other('type', old.type, now.type)
  other('iss', old.iss, now.iss)
  other('tokenUse', old.tokenUse, now.tokenUse)
  keyChanges(old, now, say)
  const audience = now.type === 'cognito' ? 'clientIds' : 'audience'
  if (old.audience === null || now.audience === null) {
    if (old.audience !== null)
      say('issuer_widened', `${audience} is null: tokens meant for anybody are taken`)
    if (now.audience !== null) say('issuer_narrowed', `${audience} is no longer null`)
  } else listChanges(audience, old.audience, now.audience, say)
  listChanges('algorithms', old.algorithms, now.algorithms, say)
  const typ = ({ typ }: Issuer) => typ.map((one) => (one === '' ? 'absent' : one))
  listChanges('typ', typ(old), typ(now), say)
  for (const condition of unmet(old.require, now.require))
    say('issuer_widened', `require asks no longer for ${conditionText(condition)}`)
  for (const condition of unmet(now.require, old.require))
    say('issuer_narrowed', `require asks for ${conditionText(condition)}`)
  for (const key of ['clockSkewSeconds', 'maxKeyAgeSeconds', 'maxKeyStaleSeconds'] as const)
    if (old[key] !== now[key])
      say(
        now[key] > old[key] ? 'issuer_widened' : 'issuer_narrowed',
        `${key} ${old[key]} is ${now[key]}${now[key] > old[key] ? ': tokens and keys are taken for longer' : ''}`,
      )
  return changes
}

type Say = (kind: 'issuer_widened' | 'issuer_narrowed', what: string) => void

function listChanges(what: string, old: readonly string[], now: readonly string[], say: Say): void {
  const [added, dropped] = [now.filter((one) => !old.includes(one)), old.filter((one) => !now.includes(one))]
  if (added.length > 0) say('issuer_widened', `${what} has ${added.join(', ')} too`)
  if (dropped.length > 0) say('issuer_narrowed', `${what} has ${dropped.join(', ')} no longer`)
}

/** Conditions that tokens which meet all the others need not meet. */
function unmet(conditions: readonly Condition[], others: readonly Condition[]): readonly Condition[] {
  return conditions.filter((condition) => !conditionsImply(others, condition))
}

function conditionText({ claim, matcher }: Condition): string {
  return `${claim.name} ${matcherText(matcher)}`
}

/** Of pinned keys the content counts, and of others where they come from. */
function keyChanges({ keys: old }: Issuer, { keys: now }: Issuer, say: Say): void {
  if ('jwks' in old && 'jwks' in now) {
    const texts = (keys: readonly Json[]) => new Map(keys.map((key) => [sortedText(key), keyText(key)]))
    const [before, after] = [texts(old.jwks.keys), texts(now.jwks.keys)]
    for (const [text, name] of after)
      if (!before.has(text)) say('issuer_widened', `the pinned key set has ${name} too`)
    for (const [text, name] of before)
      if (!after.has(text)) say('issuer_narrowed', `the pinned key set has ${name}, as it was, no longer`)
    return
  }
  const text = (keys: Issuer['keys']) =>
    'jwks' in keys ? 'a pinned key set' : 'jwksUri' in keys ? keys.jwksUri : `what ${keys.discovery} says`
  if (text(old) !== text(now))
    say('issuer_widened', `its keys come from ${text(now)}, not from ${text(old)}: others may sign`)
}

function keyText(key: Json): string {
  const kid = (key as { readonly kid?: Json }).kid
  return kid === undefined ? 'a key without kid' : `the key ${JSON.stringify(kid)}`
}

function sortedText(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sortedText).join()}]`
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${sortedText(inner)}`)
  return `{${members.sort().join()}}`
}
