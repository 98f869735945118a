import type { App } from '../../shared/access/access.ts'
import type { LoadedPart } from '../../shared/manifest/part.ts'
import { checkPolicies } from '../../shared/manifest/policy-check.ts'
import { type Change, change, type Kind } from './change.ts'
import type { Side } from './side.ts'

/** Apps that came and went, the APIs that are theirs, and how they are set. */
export function appChanges(before: Side, after: Side): readonly Change[] {
  const changes: Change[] = []
  const names = new Set([...before.loaded.parts, ...after.loaded.parts].map(({ name }) => name))
  for (const name of names) {
    const [old, now] = [partOf(before, name), partOf(after, name)]
    const about = { app: name }
    if (old === undefined)
      changes.push(change('app_added', `the app ${name} is new: callers may call what its roles list`, about))
    else if (now === undefined) changes.push(change('app_removed', `the app ${name} is taken out`, about))
    else {
      changes.push(...apiChanges(old, now))
      changes.push(...settingChanges(name, appOf(before, name), appOf(after, name)))
      if (lifts(appOf(before, name), appOf(after, name))) changes.push(...liftedChanges(name, before))
    }
  }
  return changes
}

export function partOf({ loaded }: Side, name: string): LoadedPart | undefined {
  return loaded.parts.find((part) => part.name === name)
}

/** The compiled apps begin with those of the parts. */
export function appOf({ loaded, access }: Side, name: string): App | undefined {
  return access.apps[loaded.parts.findIndex((part) => part.name === name)]
}

/** Without apps, the one there is answers for every API. */
function apiChanges({ name, apiIds: old }: LoadedPart, { apiIds: now }: LoadedPart): readonly Change[] {
  const about = { app: name }
  const [some, others] = [new Set(old), new Set(now)]
  if (old === undefined && now === undefined) return []
  if (now === undefined)
    return [change('apis_added', 'without apps, what the roles list counts for every API', about)]
  if (old === undefined)
    return [
      change('apis_removed', `the app ${name} answers for the APIs that it names, no longer for all`, about),
    ]
  const added = now.filter((id) => !some.has(id))
  const removed = old.filter((id) => !others.has(id))
  const texts = (ids: readonly string[]) => `the API${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`
  return [
    ...(added.length > 0
      ? [change('apis_added', `the roles of the app ${name} count for ${texts(added)} too`, about)]
      : []),
    ...(removed.length > 0
      ? [change('apis_removed', `the app ${name} answers no longer for ${texts(removed)}`, about)]
      : []),
  ]
}

function settingChanges(name: string, old: App | undefined, now: App | undefined): readonly Change[] {
  if (old === undefined || now === undefined) return []
  const changes: Change[] = []
  const say = (kind: Kind, message: string) => changes.push(change(kind, message, { app: name }))
  if (old.encodedPaths !== now.encodedPaths) {
    const kind = now.encodedPaths === 'allow' ? 'setting_widened' : 'setting_narrowed'
    say(
      kind,
      `encodedPaths is ${now.encodedPaths}: paths with % are ${now.encodedPaths === 'allow' ? 'let in' : 'refused'}`,
    )
  }
  if (old.cacheSeconds < now.cacheSeconds)
    say(
      'setting_widened',
      `cacheSeconds ${old.cacheSeconds} is ${now.cacheSeconds}: what is withdrawn lives on for longer`,
    )
  if (old.cacheSeconds > now.cacheSeconds)
    say('setting_narrowed', `cacheSeconds ${old.cacheSeconds} is ${now.cacheSeconds}`)
  const notes = {
    token: ({ token }: App) => `${token.place} ${token.name}`,
    response: (app: App) => (isCachedYes(app) ? 'simple (cached)' : app.response),
    context: ({ context }: App) => context.map((claim) => claim.name).join(', ') || 'no claims',
  }
  for (const [key, text] of Object.entries(notes))
    if (text(old) !== text(now)) say(kindOf(key, old, now), `${key} was ${text(old)} and is ${text(now)}`)
  for (const api of ['rest', 'http'] as const)
    if (old.proven[api] !== now.proven[api]) {
      const verb = now.proven[api] ? 'lists' : 'lists no longer'
      say(
        'setting_changed',
        `a routes file ${verb} what the ${api} APIs have, so that policies ${now.proven[api] ? 'may' : 'cannot'} be merged`,
      )
    }
  return changes
}

/** A cached yes is everybody's who sends the token by the same route, whatever the spelling of the path. */
function kindOf(key: string, old: App, now: App): Kind {
  if (key !== 'response' || isCachedYes(old) === isCachedYes(now)) return 'setting_changed'
  return isCachedYes(now) ? 'setting_widened' : 'setting_narrowed'
}

function isCachedYes({ response, cacheSeconds }: App): boolean {
  return response === 'simple' && cacheSeconds > 0
}

/** Whether policies stop being cached, and with them the refusal of what no policy can tell apart. */
function lifts(old: App | undefined, now: App | undefined): boolean {
  if (old === undefined || now === undefined || old.cacheSeconds === 0) return false
  return now.cacheSeconds === 0 || (old.response === 'policy' && now.response === 'simple')
}

function liftedChanges(name: string, { loaded, access }: Side): readonly Change[] {
  const { warnings } = checkPolicies(loaded, access)
  if (!warnings.some(({ code }) => code === 'policy_narrowed')) return []
  const message =
    'requests that were refused with policy_narrowed pass, since no policy is cached for them any more; ' +
    '`postern check` names them for the old manifest'
  return [change('setting_widened', message, { app: name })]
}
