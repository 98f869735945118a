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
  const roles = mapAt(top, 'roles')
  for (const [name, role] of Object.entries(roles)) {
    if (!isJsonObject(role)) continue
    const path = ['roles', name]
    notBuilt([...path, 'credentials'], '"credentials" is', 'take it out for now')
    if (valueAt(role, ['credentials', 'via']) === 'web-identity')
      notBuilt([...path, 'credentials', 'via'], '"via: web-identity" is', 'take it out for now', 'value')
    credentialRules(role, [...path, 'credentials'], report)
  }
  clientRules(top, report)
  return problems
}

function credentialRules(role: unknown, path: Path, report: Report): void {
  const { roleArn, via = 'assume-role', policyArns, ...rest } = mapAt(role, 'credentials')
  if (typeof roleArn === 'string' && /[*?]/.test(roleArn))
    report(
      'wildcard_in_role_arn',
      [...path, 'roleArn'],
      'a wildcard names no one AWS role',
      'write the ARN out',
    )
  const least = typeof rest.durationSeconds === 'number' ? rest.durationSeconds : 3600
  for (const key of ['durationSeconds', 'maxDurationSeconds'] as const) {
    const seconds = rest[key]
    if (typeof seconds !== 'number') continue
    if (via === 'assume-role' && seconds > 3600 && seconds <= 43_200)
      report(
        'duration_invalid',
        [...path, key],
        'by assume-role STS gives an hour at most, since it is role chaining',
        'write 3600 or less, or "via: web-identity"',
      )
    if (key === 'maxDurationSeconds' && seconds < least) {
      const message = `"maxDurationSeconds" is less than "durationSeconds" (${least})`
      report('duration_invalid', [...path, key], message, `write ${least} or more`)
    }
  }
  const account = typeof roleArn === 'string' ? roleArn.split(':')[4] : undefined
  for (const [at, arn] of (Array.isArray(policyArns) ? policyArns : []).entries()) {
    const owner = typeof arn === 'string' ? arn.split(':')[4] : undefined
    if (owner !== undefined && account !== undefined && owner !== 'aws' && owner !== account)
      report(
        'value_invalid',
        [...path, 'policyArns', at],
        'a managed policy of another account than the AWS role cannot narrow its session',
        'name a policy of the same account',
      )
  }
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
