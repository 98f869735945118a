import type { App } from '../../shared/access/access.ts'
import { lastsAsLong } from './broader.ts'
import { type Change, change, type Kind, ruleText, whoText } from './change.ts'
import type { Gained, Note, Part } from './gained.ts'
import type { Listed, Listings } from './listed.ts'
import { type Reach, reachOf } from './reach.ts'
import type { Side, SideRule } from './side.ts'
import { uncovered } from './uncovered.ts'

/** An app as one of the two manifests has it; `app` is `undefined` where that has it not. */
export type Half = {
  readonly side: Side
  readonly app: App | undefined
  /** Whose rules count. */
  readonly names: readonly string[]
}

/** What is compared: the callers of `to` with what they could do by `from`. The other way round it finds losses. */
export type Way = {
  readonly from: Half
  readonly to: Half
  readonly listings: Listings
  readonly kinds: { readonly routes: Kind; readonly expiry: Kind; readonly open: Kind }
  /** How a change says it: `gain`, `lose`. */
  readonly verb: 'gain' | 'lose'
  /** What the routes are said to be of. */
  readonly label: string | undefined
}

/** Rules whose callers may do after what they could not do before, and what needs no role any more. */
export function ruleChanges(way: Way): readonly Change[] {
  const { from, to, listings } = way
  const reach = reachOf(from.app, to.app)
  const before = openOf(from, listings)
  const changes = [...openChanges(way, reach, before)]
  for (const rule of to.side.rules) {
    if (!to.names.includes(rule.app) || isUnchanged(rule, from, reach)) continue
    const gained = (broader: readonly SideRule[]): Gained =>
      reach.gained(rule.listed, listings.union([...ofApp(broader, from).map(({ listed }) => listed), before]))
    const lacksOf = (broader: readonly SideRule[]) => {
      const routes = gained(broader)
      return { routes, longer: without(gained(broader.filter((one) => lastsAsLong(one, rule))), routes) }
    }
    const found = uncovered(rule, from.side, lacksOf, ({ routes, longer }) => keyOf(routes) + keyOf(longer))
    for (const { rule: piece, lacks } of found) {
      changes.push(...changeOf(way, way.kinds.routes, piece, lacks.routes))
      changes.push(...changeOf(way, way.kinds.expiry, piece, lacks.longer))
    }
  }
  return reach.isComplete ? changes : [...changes, uncompared(way)]
}

function ofApp(rules: readonly SideRule[], { names }: Half): readonly SideRule[] {
  return rules.filter(({ app }) => names.includes(app))
}

/** Most rules of most changes: found by their text, and no route of theirs is served otherwise. */
function isUnchanged(rule: SideRule, from: Half, reach: Reach): boolean {
  const same = from.side.byKey
    .get(rule.key)
    ?.some((one) => one.listed === rule.listed && lastsAsLong(one, rule) && from.names.includes(one.app))
  return same === true && !reach.touches(rule.listed)
}

function openOf({ side, names }: Half, listings: Listings): Listed {
  return listings.union(names.flatMap((name) => side.open.get(name) ?? []))
}

function* openChanges(way: Way, reach: Reach, before: Listed): Iterable<Change> {
  const routes = reach.gained(openOf(way.to, way.listings), before)
  if (routes.size === 0) return
  const { texts, ...about } = described(way, routes)
  yield change(way.kinds.open, `anybody, without a token: ${way.verb}s ${texts.join(', ')}`, about)
}

function changeOf(way: Way, kind: Kind, rule: SideRule, routes: Gained): readonly Change[] {
  if (routes.size === 0) return []
  const { texts, ...about } = described(way, routes)
  const text = ruleText(rule)
  const message = `${whoText(text)}: ${verbOf(way, kind)} ${texts.join(', ')}`
  return [change(kind, message, { role: rule.role, issuer: rule.issuer, rule: text, ...about })]
}

function verbOf({ verb }: Way, kind: Kind): string {
  if (kind === 'expires_later') return 'keep for longer'
  return kind === 'expires_earlier' ? 'keep for less long' : verb
}

function described({ from, to, label, verb }: Way, routes: Gained) {
  const texts: string[] = []
  const names: string[] = []
  let example: string | undefined
  for (const [item, part] of routes) {
    const name = nameOf(item, to) ?? nameOf(item, from) ?? item.replace(/^ANY (?!\/)/, '')
    names.push(name)
    texts.push(partText(name, part, verb))
    if (!part.whole) example ??= part.example
  }
  const about = { routes: names, ...(label !== undefined && { app: label }) }
  return { ...about, ...(example !== undefined && { example }), texts }
}

function nameOf(item: string, { side, names }: Half): string | undefined {
  for (const name of names) {
    const text = side.texts.get(name)?.get(item)
    if (text !== undefined) return text
  }
  return undefined
}

const notes = {
  rest: { gain: 'of REST APIs', lose: 'of REST APIs' },
  http: { gain: 'of HTTP APIs', lose: 'of HTTP APIs' },
  unlisted: {
    gain: 'which the routes file lists no more: AppSync denies what is listed alone',
    lose: 'which the routes file lists now',
  },
  first: {
    gain: 'and with it every field that the routes file does not list',
    lose: 'and with it every field that the routes file does not list',
  },
} as const satisfies Record<Note, Record<Way['verb'], string>>

function partText(name: string, { whole, example, note }: Part, verb: Way['verb']): string {
  const more = note === undefined ? [] : [notes[note][verb]]
  const which = whole ? more : [`in part, as ${example}`, ...more]
  return which.length === 0 ? name : `${name} (${which.join(', ')})`
}

function without(all: Gained, some: Gained): Gained {
  return new Map([...all].filter(([item, part]) => some.get(item)?.whole !== part.whole))
}

function keyOf(gained: Gained): string {
  return [...gained].map(([item, { whole, example }]) => `${item} ${whole} ${example}\n`).join('')
}

function uncompared({ label, kinds }: Way): Change {
  const about = label === undefined ? {} : { app: label }
  const message =
    'the routes cross in more ways than can be told apart, so that all that is listed counts as changed'
  return change(kinds.routes === 'routes_gained' ? 'routes_uncompared' : 'routes_lost', message, about)
}
