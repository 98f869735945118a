import type { Access, App, Role } from '../access/access.ts'
import { rolesIn } from '../access/app-of.ts'
import { PosternError } from '../error.ts'
import { type Grants, verdictsOf } from '../gateway/grants.ts'
import { type Narrowing, plan } from '../gateway/plan.ts'
import { groundFor, maxResourceLength, type RouteTable, renderPolicy } from '../gateway/policy.ts'
import { methods as allMethods } from '../gateway/route.ts'
import { routeStates, type State } from '../gateway/route-states.ts'
import { type Place, placesOf } from '../gateway/walk.ts'
import { everyMethod, maxWords, readerOf, some, type Word } from '../gateway/words.ts'
import type { LoadedManifest } from './load.ts'
import type { LoadedPart } from './part.ts'
import type { Problem } from './problem.ts'
import { namesOf } from './route-text.ts'
import type { Report } from './rules.ts'
import type { Path } from './source.ts'

/** As long as an ARN prefix usually is; stages of up to 128 characters are longer. */
const samplePrefix = 'arn:aws:execute-api:ap-southeast-2:123456789012:a1b2c3d4e5/production'
/** What API Gateway takes (facts A7), less what a context without long claims needs. */
const sampleBytes = 8192 - 1024

export type PolicyFindings = { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }

/**
 * What is to be said of the policies that a manifest's roles come to: roles for which there is none within 8 KB are
 * problems; granted requests that no cached policy can allow are warnings, also where two roles of a caller do it.
 */
export function checkPolicies(loaded: LoadedManifest, access: Access): PolicyFindings {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  for (const app of access.apps) {
    const parts = loaded.parts.filter(({ name }) => app.of?.includes(name) ?? true)
    checkApp(app, rolesIn(app, access.roles), reporter(parts, problems), reporter(parts, warnings))
  }
  return { problems, warnings }
}

/** Reports of a role, or of an app's settings where there is none. */
type RoleReport = (role: Role | undefined, ...problem: Parameters<Report>) => void

function reporter(parts: readonly LoadedPart[], into: Problem[]): RoleReport {
  return (role, ...problem) => {
    const part = parts.find(({ name }) => role?.app === undefined || role.app === name)
    if (part !== undefined) into.push(part.source.problem(...problem))
  }
}

function checkApp(app: App, roles: readonly Role[], problem: RoleReport, warning: RoleReport): void {
  if (app.cacheSeconds === 0) return
  if (app.encodedPaths === 'allow')
    warning(
      undefined,
      'policy_narrowed',
      ['api', 'encodedPaths'],
      'no cached policy can tell a sound escape from an unsound one, so paths with % are refused all the same',
      uncached,
      'key',
    )
  for (const api of ['rest', 'http'] as const) {
    // HTTP APIs with simple responses get no policy.
    if (api === 'http' && app.response === 'simple') continue
    const table = { tree: app.routes[api], api, proven: app.proven[api] }
    try {
      checkTable(table, roles, problem, warning)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      const message = `${error.message}: every call would be a 5xx`
      const mend = `give routes that cross a word of their own in place of a parameter, or ${uncached}`
      problem(roles[0], 'policy_too_large', ['roles'], message, mend, 'key')
    }
  }
}

function checkTable(
  table: RouteTable,
  roles: readonly Role[],
  problem: RoleReport,
  warning: RoleReport,
): void {
  const narrowed = new Set<Role>()
  for (const role of roles) {
    sizeOf(table, role, problem)
    if (narrowingOf(table, [role], warning)) narrowed.add(role)
  }
  pairsOf(
    table,
    roles.filter((role) => !narrowed.has(role)),
    warning,
  )
}

/** Where a role's routes stand in its manifest. */
function routesPath({ name, app }: Role): Path {
  return ['roles', app === undefined ? name : name.replace(`${app}.`, ''), 'routes']
}

const uncached = "set cacheSeconds: 0 and the authorizer's TTL to 0"

function sizeOf(table: RouteTable, role: Role, report: RoleReport): void {
  // Most roles of a large manifest are small: looked at one by one, ten thousand took seconds.
  const patterns = role.routes.length + (role.own?.length ?? 0)
  if (patterns * 7 * (samplePrefix.length + 64) < sampleBytes && role.routes.every((key) => key.length < 60))
    return
  try {
    renderPolicy(samplePrefix, table, sampleGrants([role]), sampleBytes)
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    const long = role.routes.some((key) => key.length + samplePrefix.length > maxResourceLength)
    const other = long
      ? `shorten its routes: API Gateway takes ${maxResourceLength} characters a Resource`
      : table.proven
        ? 'grant {proxy+} routes, or split the role and its callers'
        : 'name a routes file (postern routes writes one), so that patterns can be merged; or split the role'
    report(
      role,
      'policy_too_large',
      routesPath(role),
      `no policy for the ${patterns} routes of the role "${role.name}" fits into the 8 KB that API Gateway takes`,
      `${other}; or ${uncached}`,
      'key',
    )
  }
}

/** Reports the first narrowing of a caller of these roles. */
function narrowingOf(table: RouteTable, roles: readonly Role[], report: RoleReport): boolean {
  const grants = sampleGrants(roles)
  const ground = groundFor(table, grants)
  const first = plan(ground, 'routes').narrowed[0]
  if (first === undefined) return false
  const { routes, example } = lostBy(ground.states, ground.granted, first)
  const [role, other] = [roles.at(-1) as Role, roles.length > 1 ? roles[0] : undefined]
  const who = other === undefined ? '' : `of a caller with the role "${other.name}" too, `
  report(
    role,
    'policy_narrowed',
    routesPath(role),
    `${who}some requests of ${namesOf(routes)} are refused, as ${example}: no cached policy tells them from ${refusedRoute(first)}`,
    `grant that one too, give one of them another path, or ${uncached}`,
    'key',
  )
  return true
}

/** The granted routes that a Deny takes requests of, and one such request. */
function lostBy(states: readonly State[], granted: Uint8Array, { deny, methods }: Narrowing) {
  const routes = new Map<string, { text: string }>()
  let example = ''
  for (const { state, words } of placesWithin(states, deny.pattern.words)) {
    const bit = lowest(methods & (granted[state.at] as number))
    if (bit === undefined) continue
    for (const { route } of state.candidates[bit] ?? []) routes.set(route, { text: route })
    example ||= `${allMethods[bit]} ${samplePath(words)}`
  }
  return { routes: [...routes.values()], example }
}

function placesWithin(states: readonly State[], words: readonly Word[]): readonly Place[] {
  const found: Place[] = []
  const reader = readerOf({ words: words.slice(0, maxWords), methods: everyMethod, anywhere: false })
  placesOf(
    states,
    reader,
    () => false,
    (place) => found.push(place),
  )
  return found
}

function samplePath(words: readonly Word[]): string {
  return `/${words.map((word) => (word === some ? 'x' : word)).join('/')}`
}

function refusedRoute({ methods, refused }: Narrowing): string {
  const bit = lowest(methods) ?? 0
  return refused.candidates[bit]?.[0]?.route ?? 'another route'
}

function lowest(bits: number): number | undefined {
  for (let bit = 0; bit < allMethods.length; bit++) if ((bits & (1 << bit)) !== 0) return bit
  return undefined
}

/** Values that nobody has, each of its own kind, in the place of the caller's. */
function sampleGrants(roles: readonly Role[]): Grants {
  const own = roles.flatMap((role) =>
    (role.own ?? []).map(({ key, claims }) => ({
      key,
      values: claims.map(({ at, claim }) => ({ at, value: `{claims.${claim.name}}` })),
    })),
  )
  return { keys: new Set(roles.flatMap((role) => role.routes)), own }
}

/** Looks at pairs of roles that share a conflict; more than this many roles of a conflict are not paired. */
const maxRoles = 100

/**
 * A caller of two roles is narrowed where one brings a route whose pattern opens a third, and the other one that the
 * Deny of the third takes along. Looked for by routes first, since pairs of ten thousand roles are too many.
 */
function pairsOf(table: RouteTable, roles: readonly Role[], report: RoleReport): void {
  const ownKeys = new Set(roles.flatMap((role) => (role.own ?? []).map(({ key }) => key)))
  const involved = conflictingKeys(table, ownKeys)
  if (involved.size === 0) return
  const seen = new Set<string>()
  const candidates = roles.filter((role) => {
    const keys = [...role.routes, ...(role.own ?? []).map(({ key }) => `own ${key}`)]
    const key = keys.sort().join()
    return keys.some((each) => involved.has(each.replace(/^own /, ''))) && !seen.has(key) && seen.add(key)
  })
  for (const [at, role] of candidates.slice(0, maxRoles).entries())
    for (const other of candidates.slice(0, at)) if (narrowingOf(table, [other, role], report)) break
}

/** Keys of routes that are in some conflict: they open a route, or would be taken along by its Deny. */
function conflictingKeys(table: RouteTable, ownKeys: ReadonlySet<string>): ReadonlySet<string> {
  const { parameter, greedy, fallback, literals = {} } = table.tree
  if (parameter || greedy || fallback) return conflictingKeysOf(table, ownKeys)
  // Nothing below one literal of the root has a path in common with what is below another.
  const all = new Set<string>()
  for (const [segment, below] of Object.entries(literals))
    for (const key of conflictingKeysOf({ ...table, tree: { literals: { [segment]: below } } }, ownKeys))
      all.add(key)
  return all
}

function conflictingKeysOf({ tree, api }: RouteTable, ownKeys: ReadonlySet<string>): ReadonlySet<string> {
  const states = routeStates(tree, api)
  const { refused } = verdictsOf(states, { keys: new Set(), own: [] })
  const served = states.filter(({ at }) => refused[at] !== 0)
  const keysOf = (state: State) => state.candidates.flat().flatMap(({ keys }) => keys)
  const involved = new Set<string>()
  for (const opening of served) {
    if (!opening.words.includes(some)) continue
    for (const opened of placesWithin(states, opening.words)) {
      if (opened.state === opening || refused[opened.state.at] === 0) continue
      // Of a caller's own route one part is granted and the rest is not.
      const isShared = keysOf(opened.state).some((key) => ownKeys.has(key))
      const lost = placesWithin(states, opened.words).filter(
        ({ state }) => (isShared || state !== opened.state) && refused[state.at] !== 0,
      )
      if (lost.length === 0) continue
      for (const state of [opening, ...lost.map((one) => one.state)])
        for (const key of keysOf(state)) involved.add(key)
    }
  }
  return involved
}
