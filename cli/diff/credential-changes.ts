import type { RoleCredentials, SessionTag } from '../../shared/access/access.ts'
import { type Change, change } from './change.ts'
import { hasApps } from './role-changes.ts'
import { appNameOf, type Side } from './side.ts'
import { beyondStatements, templateText } from './statements.ts'

/**
 * What sessions in an AWS role can do now that they could not, or for longer, of roles that lend one before and after;
 * who may borrow it is the rules' to say. What only the AWS side knows counts as widened: another AWS role or external
 * id, and tags, on which policies there may hang.
 */
export function credentialChanges(
  before: Side,
  after: Side,
  renamed: ReadonlyMap<string, string>,
): readonly Change[] {
  const old = new Map(before.access.roles.map((role) => [renamed.get(role.name) ?? role.name, role]))
  return after.access.roles.flatMap((role) => {
    const was = old.get(role.name)
    if (was?.credentials === undefined || role.credentials === undefined) return []
    const changes: Change[] = []
    const about = { ...(hasApps(before, after) && { app: appNameOf(role) }), role: role.name }
    const say: Say = (kind, message) => changes.push(change(`credentials_${kind}`, message, about))
    compare(was.credentials, role.credentials, say)
    return changes
  })
}

type Say = (kind: 'widened' | 'narrowed' | 'changed', message: string) => void

function compare(old: RoleCredentials, now: RoleCredentials, say: Say): void {
  if (old.roleArn !== now.roleArn)
    say('widened', `the AWS role ${old.roleArn} is ${now.roleArn}: another may do other things`)
  if (old.externalId !== now.externalId)
    say('widened', 'externalId is another: AWS roles that ask for it can be assumed')
  if (old.maxDurationSeconds < now.maxDurationSeconds)
    say(
      'widened',
      `maxDurationSeconds ${old.maxDurationSeconds} is ${now.maxDurationSeconds}: sessions may last longer`,
    )
  if (old.maxDurationSeconds > now.maxDurationSeconds)
    say('narrowed', `maxDurationSeconds ${old.maxDurationSeconds} is ${now.maxDurationSeconds}`)
  if (old.durationSeconds !== now.durationSeconds)
    say(
      'changed',
      `durationSeconds ${old.durationSeconds} is ${now.durationSeconds}, for those who ask for none`,
    )
  if (old.endsWithToken !== now.endsWithToken)
    say(
      now.endsWithToken ? 'narrowed' : 'widened',
      `sessions end ${now.endsWithToken ? 'with the token' : 'when they end, be the token over or not'}`,
    )
  tagChanges(old.tags, now.tags, say)
  boundChanges(old, now, say)
}

function tagChanges(before: readonly SessionTag[], after: readonly SessionTag[], say: Say): void {
  const hang = 'what policies of AWS make of it is not known here'
  for (const old of before) {
    const now = after.find(({ key }) => key === old.key)
    if (now === undefined) {
      say('widened', `sessions have the tag ${old.key} no longer; ${hang}`)
      continue
    }
    const [was, is] = [templateText(old.value), templateText(now.value)]
    if (was !== is) say('widened', `the tag ${old.key} was ${was} and is ${is}; ${hang}`)
    if (!old.optional && now.optional)
      say('widened', `the tag ${old.key} is optional: some sessions are without it; ${hang}`)
    if (old.optional && !now.optional) say('narrowed', `the tag ${old.key} is optional no longer`)
    if (old.transitive !== now.transitive)
      say(
        'widened',
        `the tag ${old.key} ${now.transitive ? 'stays' : 'goes'} when a session assumes another AWS role; ${hang}`,
      )
  }
  for (const { key, value } of after)
    if (!before.some((old) => old.key === key))
      say('widened', `sessions have the tag ${key} too, ${templateText(value)}; ${hang}`)
}

/** A session may do what its scopes or its managed policies allow (facts B4); without any, all that the AWS role may. */
function boundChanges(old: RoleCredentials, now: RoleCredentials, say: Say): void {
  const [wasWhole, isWhole] = [isUnnarrowed(old), isUnnarrowed(now)]
  if (wasWhole && isWhole) return
  if (wasWhole || isWhole) {
    if (isWhole) say('widened', 'sessions are narrowed no longer: they may do whatever the AWS role may')
    else say('narrowed', 'sessions are narrowed: they may do no longer whatever the AWS role may')
    return
  }
  const gained = [...beyond(now, old), ...lacking(old.policyArns, now.policyArns)]
  const lost = [...beyond(old, now), ...lacking(now.policyArns, old.policyArns)]
  if (gained.length > 0) say('widened', `sessions may also do ${gained.join('; ')}`)
  if (lost.length > 0) say('narrowed', `sessions may do no longer ${lost.join('; ')}`)
  for (const scope of changedScopes(old, now))
    say('changed', `the scope ${scope} is not what it was; all of them together are compared apart`)
}

function isUnnarrowed({ scopes, policyArns }: RoleCredentials): boolean {
  return scopes === null && policyArns.length === 0
}

function beyond(some: RoleCredentials, others: RoleCredentials): readonly string[] {
  return beyondStatements(Object.values(some.scopes ?? {}).flat(), Object.values(others.scopes ?? {}).flat())
}

function lacking(first: readonly string[], second: readonly string[]): readonly string[] {
  return second.filter((arn) => !first.includes(arn)).map((arn) => `what ${arn} allows`)
}

/** A scope that came or went is refused to those who ask for it, or taken; the statements stand above. */
function changedScopes(
  { scopes: old }: RoleCredentials,
  { scopes: now }: RoleCredentials,
): readonly string[] {
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])
  return [...names].filter((name) => {
    const [was = [], is = []] = [old?.[name], now?.[name]]
    return beyondStatements(was, is).length > 0 || beyondStatements(is, was).length > 0
  })
}
