import type { Report } from './rules.ts'
import type { Path } from './source.ts'
import { mapAt } from './tree.ts'

/** What a role lends holds together: one AWS role, a length that STS gives, policies of the AWS role's own account. */
export function credentialRules(role: unknown, path: Path, report: Report): void {
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
