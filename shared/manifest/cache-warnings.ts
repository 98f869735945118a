import { manifestRoutes } from './compile.ts'
import { coverage, type KnownRoute, knownRoutes } from './covered-routes.ts'
import type { LoadedManifest } from './load.ts'
import { namesOf } from './route-text.ts'
import type { Report } from './rules.ts'

/**
 * Warns of routes of R that a role does not grant and that a cached policy of it covers all the same: `?*`, which
 * stands for `{id}`, crosses `/` and takes literals too. They open to the role's callers while the document is cached.
 */
export function cacheWarnings(loaded: LoadedManifest, report: Report): void {
  const { manifest } = loaded
  if ((manifest.api?.cacheSeconds ?? 300) === 0) return
  const routes = knownRoutes(loaded)
  const positions = new Map(routes.map((each, at) => [each, at]))
  const covered = coverage(routes)
  const keys = new Map(manifestRoutes(manifest).map(({ text, key }) => [text, key]))
  const keysOf = (texts: readonly string[] | undefined): ReadonlySet<string> =>
    new Set(texts?.map((text) => keys.get(text) as string))
  const open = keysOf(manifest.api?.public)
  for (const [name, role] of Object.entries(manifest.roles ?? {})) {
    const granted = keysOf(role.routes)
    const isOpened = ({ key }: KnownRoute): boolean =>
      !open.has(key) && !granted.has(key) && !granted.has(key.replace(/^\S+/, 'ANY'))
    const opened = [...new Set([...granted].flatMap(covered))].filter(isOpened)
    if (opened.length === 0) continue
    opened.sort((a, b) => (positions.get(a) ?? 0) - (positions.get(b) ?? 0))
    report(
      'cache_widens',
      ['roles', name, 'routes'],
      `while API Gateway caches a policy, this role also opens ${namesOf(opened)}`,
      'set cacheSeconds: 0 and the TTL of the authorizer to 0, or grant them if that is meant',
      'key',
    )
  }
}
