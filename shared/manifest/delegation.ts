import type { LoadedPart } from './part.ts'
import type { Problem } from './problem.ts'
import { requestBeyond } from './route-language.ts'
import { readRoute } from './route-text.ts'
import type { AppText, RoleText } from './schema.ts'
import type { Path } from './source.ts'

type Allow = AppText['allow']

/** Longest session of an app whose bound does not say one: what STS gives unasked (facts B1). */
const defaultMaxSeconds = 3600

/**
 * Whatever an included manifest hands out lies within what the root allows its app. What the bound does not say is
 * not allowed. Routes are compared by the requests they take, not by how they are written.
 */
export function delegationRules(part: LoadedPart): readonly Problem[] {
  const { name, manifest, source, allow } = part
  if (allow === undefined) return []
  const problems: Problem[] = []
  const beyond: Beyond = (path, what, mend) => {
    const message = `${what}, which the root does not let the app "${name}" hand out`
    problems.push(source.problem('beyond_allow', path, message, mend))
  }
  checkSettings(part, beyond)
  const exampleOf = examples(allow)
  checkRoutes(manifest.api?.public ?? [], ['api', 'public'], exampleOf, beyond)
  for (const [role, text] of Object.entries(manifest.roles ?? {})) {
    const path = ['roles', role]
    checkRoutes(text.routes ?? [], [...path, 'routes'], exampleOf, beyond)
    for (const [at, { issuer }] of (text.trust ?? []).entries())
      if (!(allow.issuers ?? []).includes(issuer))
        beyond(
          [...path, 'trust', at, 'issuer'],
          `this trusts the issuer "${issuer}"`,
          listed('issuers', issuer),
        )
    if (text.credentials !== undefined)
      checkCredentials(text.credentials, [...path, 'credentials'], allow, beyond)
  }
  return problems
}

type Beyond = (path: Path, what: string, mend: string) => void

function listed(key: keyof Allow, value: string): string {
  return `take it out, or have the root add "${value}" to allow.${key}`
}

/** Settings by which a policy, or an answer in AWS's cache, opens more than what was decided. */
function checkSettings({ manifest, routesFile, ownSettings }: LoadedPart, beyond: Beyond): void {
  const { response, cacheSeconds, encodedPaths } = manifest.api ?? {}
  const wide: Readonly<Record<string, boolean>> = {
    response: response === 'simple',
    cacheSeconds: cacheSeconds === 0,
    encodedPaths: encodedPaths === 'allow',
  }
  const rootAlone = "say it in the app's entry in the root"
  for (const key of Object.keys(wide))
    if (wide[key] && ownSettings.includes(key))
      beyond(
        ['api', key],
        `"${key}" opens more than is decided where the authorizer's TTL is another`,
        rootAlone,
      )
  if (routesFile?.lists.appsync && ownSettings.includes('routesFile'))
    beyond(
      ['api', 'routesFile'],
      "this lists the API's fields, and one it leaves out is open",
      `${rootAlone}: routesFile`,
    )
}

/** A request of a route that no bound takes. Many roles list the same routes, so each is looked at once. */
function examples({ routes = [] }: Allow): (text: string) => string | undefined {
  const bounds = routes.flatMap((text) => routeOf(text) ?? [])
  const found = new Map<string, string | undefined>()
  return (text) => {
    if (!found.has(text)) {
      const route = routeOf(text)
      found.set(text, route && requestBeyond(route, bounds))
    }
    return found.get(text)
  }
}

function checkRoutes(
  texts: readonly string[],
  path: Path,
  exampleOf: (text: string) => string | undefined,
  beyond: Beyond,
): void {
  for (const [at, text] of texts.entries()) {
    const example = exampleOf(text)
    if (example === undefined) continue
    const takes = example === text ? '' : `, as it takes ${example}`
    beyond([...path, at], `"${text}" reaches out${takes}`, 'narrow it, or have the root widen allow.routes')
  }
}

function routeOf(text: string) {
  const read = readRoute(text)
  return 'route' in read ? read.route : undefined
}

function checkCredentials(
  credentials: NonNullable<RoleText['credentials']>,
  path: Path,
  allow: Allow,
  beyond: Beyond,
): void {
  const { roleArn, tags = {} } = credentials
  if (!(allow.awsRoles ?? []).some((pattern) => takes(pattern, roleArn)))
    beyond([...path, 'roleArn'], `this lends the AWS role ${roleArn}`, listed('awsRoles', roleArn))
  // STS compares tag keys without regard to case (facts B1).
  const keys = new Set((allow.tags ?? []).map((key) => key.toLowerCase()))
  for (const key of Object.keys(tags))
    if (!keys.has(key.toLowerCase()))
      beyond([...path, 'tags', key], `this sets the session tag "${key}"`, listed('tags', key))
  const most = allow.maxDurationSeconds ?? defaultMaxSeconds
  for (const key of ['durationSeconds', 'maxDurationSeconds'] as const) {
    const seconds = credentials[key]
    if (seconds !== undefined && seconds > most)
      beyond([...path, key], `a session of ${seconds} s is longer than ${most} s`, `write ${most} or less`)
  }
}

/** `*` stands for any text. */
function takes(pattern: string, text: string): boolean {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*')}$`, 's').test(text)
}
