import { emptyMap } from './empty-map.ts'
import { rootName } from './part.ts'
import type { Problem } from './problem.ts'
import { readRoute } from './route-text.ts'
import { type Report, unknownIssuer } from './rules.ts'
import type { Source } from './source.ts'
import { didYouMean } from './spelling.ts'
import { listAt, mapAt, valueAt } from './tree.ts'

/** What the root says of its apps. `only` is the one that is built, if not all are. */
export function appRules(source: Source, top: unknown, only: string | undefined): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(source.problem(...problem))
  const apps = mapAt(top, 'apps')
  emptyMap(['apps'], valueAt(top, ['apps']), report)
  const names = Object.keys(apps)
  if (only !== undefined && only !== rootName && !names.includes(only)) {
    const near = didYouMean(only, names)
    const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
    const mend = near === undefined ? known : `did you mean "${near}"?`
    report('app_unknown', ['apps'], `the manifest has no app "${only}"`, mend, 'key')
  }
  const issuers = Object.keys(mapAt(top, 'issuers'))
  for (const name of names) {
    const path = ['apps', name]
    if (name === rootName) {
      const message = `"${name}" is what the root's own part is called`
      report('name_reserved', path, message, 'choose another name for the app', 'key')
    }
    for (const [at, issuer] of listAt(apps, name, 'allow', 'issuers').entries())
      if (typeof issuer === 'string' && !issuers.includes(issuer))
        unknownIssuer(issuer, [...path, 'allow', 'issuers', at], issuers, report)
    for (const [at, text] of listAt(apps, name, 'allow', 'routes').entries()) {
      const read = typeof text === 'string' ? readRoute(text) : undefined
      if (read !== undefined && 'claims' in read && read.claims.length > 0) {
        const message = 'a bound is the same for every caller, so no claim can stand in it'
        report('route_invalid', [...path, 'allow', 'routes', at], message, 'write {name} for the segment')
      }
    }
  }
  if (mapAt(top, 'api').apiIds !== undefined && valueAt(top, ['apps']) === undefined)
    report(
      'api_ids_without_apps',
      ['api', 'apiIds'],
      'without apps the one API answers for every id, and a list would look as if it bounded that',
      'take it out; the permission to invoke the function bounds which APIs may ask',
      'key',
    )
  return problems
}
