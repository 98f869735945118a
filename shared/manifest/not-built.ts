import { isJsonObject } from '../json.ts'
import type { Problem } from './problem.ts'
import type { Report } from './rules.ts'
import type { Path, Source } from './source.ts'
import { mapAt, valueAt } from './tree.ts'

/** Refuses what a later version will do. It is validated all the same, and never ignored. */
export function notBuiltRules(source: Source, top: unknown): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(source.problem(...problem))
  const notBuilt = (path: Path, what: string, mend: string, spot: 'key' | 'value' = 'key'): void => {
    if (valueAt(top, path) !== undefined) report('not_built_yet', path, `${what} not built yet`, mend, spot)
  }
  for (const key of ['clients', 'tokens']) notBuilt([key], `"${key}" is`, `take "${key}" out for now`)
  for (const [name, issuer] of Object.entries(mapAt(top, 'issuers')))
    if (isJsonObject(issuer) && issuer.type === 'postern')
      notBuilt(
        ['issuers', name, 'type'],
        'issuers of type postern are',
        'take this issuer out for now',
        'value',
      )
  for (const name of Object.keys(mapAt(top, 'roles'))) {
    const path = ['roles', name, 'credentials', 'via']
    if (valueAt(top, path) === 'web-identity')
      notBuilt(path, '"via: web-identity" is', 'take it out for now', 'value')
  }
  clientRules(top, report)
  return problems
}

function clientRules(top: unknown, report: Report): void {
  for (const [name, client] of Object.entries(mapAt(top, 'clients')))
    if (isJsonObject(client) && (client.jwks === undefined) === (client.secret === undefined))
      report(
        'one_of_several',
        ['clients', name],
        `the client "${name}" takes exactly one of jwks, secret`,
        'keep one of them',
        'key',
      )
}
