import { maxPolicyLength } from '../sts/session-policy.ts'
import { compileStatement } from './compile-credentials.ts'
import { emptyMap } from './empty-map.ts'
import { wrongConditionValue } from './iam-condition.ts'
import { leastPolicyLength } from './least-policy.ts'
import type { Report } from './rules.ts'
import { statement } from './schema-credentials.ts'
import type { Path } from './source.ts'
import { listAt, mapAt, valueAt } from './tree.ts'

/**
 * What a role lends holds together: one AWS role, a length that STS gives, policies of the AWS role's own account,
 * and scopes that say something and fit into a session policy. `path` leads to its `credentials`.
 */
export function credentialRules(top: unknown, path: Path, report: Report): void {
  const credentials = mapAt(top, ...path)
  const { roleArn, via = 'assume-role', scopes, tags } = credentials
  if (typeof roleArn === 'string' && /[*?]/.test(roleArn))
    report(
      'wildcard_in_role_arn',
      [...path, 'roleArn'],
      'a wildcard names no one AWS role',
      'write the ARN out',
    )
  durationRules(credentials, via, path, report)
  const account = typeof roleArn === 'string' ? roleArn.split(':')[4] : undefined
  for (const [at, arn] of listAt(credentials, 'policyArns').entries()) {
    const owner = typeof arn === 'string' ? arn.split(':')[4] : undefined
    if (owner !== undefined && account !== undefined && owner !== 'aws' && owner !== account)
      report(
        'value_invalid',
        [...path, 'policyArns', at],
        'a managed policy of another account than the AWS role cannot narrow its session',
        'name a policy of the same account',
      )
  }
  emptyMap([...path, 'tags'], tags, report)
  emptyMap([...path, 'scopes'], scopes, report)
  for (const scope of Object.keys(mapAt(scopes))) scopeRules(top, [...path, 'scopes', scope], report)
}

function durationRules(
  credentials: Readonly<Record<string, unknown>>,
  via: unknown,
  path: Path,
  report: Report,
): void {
  const least = typeof credentials.durationSeconds === 'number' ? credentials.durationSeconds : 3600
  for (const key of ['durationSeconds', 'maxDurationSeconds'] as const) {
    const seconds = credentials[key]
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
}

function scopeRules(top: unknown, path: Path, report: Report): void {
  const statements = listAt(top, ...path)
  for (const at of statements.keys()) conditionRules(top, [...path, at, 'conditions'], report)
  const parsed = statement.array().safeParse(statements)
  if (!parsed.success) return
  const length = leastPolicyLength([parsed.data.map(compileStatement)])
  if (length <= maxPolicyLength) return
  const message = `the session policy of this scope has ${length} characters or more, and STS takes ${maxPolicyLength}`
  const mend = 'split the scope, or narrow the AWS role itself and list less here'
  report('session_policy_too_large', path, message, mend, 'key')
}

/** IAM takes a condition without keys as none at all. */
function conditionRules(top: unknown, path: Path, report: Report): void {
  const conditions = mapAt(top, ...path)
  emptyMap(path, valueAt(top, path), report)
  for (const [operator, keys] of Object.entries(conditions)) {
    emptyMap([...path, operator], keys, report)
    for (const [key, value] of Object.entries(mapAt(keys)))
      for (const [at, one] of [value].flat().entries()) {
        const takes = typeof one === 'string' && one !== '' ? wrongConditionValue(operator, one) : undefined
        if (takes === undefined) continue
        const where = [...path, operator, key, ...(Array.isArray(value) ? [at] : [])]
        report('value_invalid', where, `"${one}" is not what ${operator} compares`, `write ${takes}`)
      }
  }
}
