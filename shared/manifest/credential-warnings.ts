import { maxPolicyLength } from '../sts/session-policy.ts'
import { compileStatement } from './compile-credentials.ts'
import { leastPolicyLength } from './least-policy.ts'
import type { LoadedPart } from './part.ts'
import type { Report } from './rules.ts'
import type { RoleText } from './schema.ts'
import type { Path } from './source.ts'

type CredentialsText = NonNullable<RoleText['credentials']>
type StatementText = NonNullable<CredentialsText['scopes']>[string][number]

/** Warns of AWS roles that are lent wider, or for less time, than it looks. */
export function credentialWarnings({ manifest }: LoadedPart, report: Report): void {
  for (const [name, { credentials }] of Object.entries(manifest.roles ?? {})) {
    if (credentials === undefined) continue
    const path = ['roles', name, 'credentials']
    shortSession(credentials, path, report)
    if (credentials.scopes === null) unnarrowed(credentials, path, report)
    else scopeWarnings(credentials.scopes, [...path, 'scopes'], report)
  }
}

/** Below it an SDK that refreshes at 15 minutes left asks for most of the time anew (design section 6, facts C1). */
const shortSeconds = 1800

function shortSession({ durationSeconds }: CredentialsText, path: Path, report: Report): void {
  if (durationSeconds >= shortSeconds) return
  report(
    'session_short',
    [...path, 'durationSeconds'],
    `SDKs refresh credentials that have 15 minutes left, so in a session of ${durationSeconds} s they do most of the time`,
    `write ${shortSeconds} or more`,
  )
}

function unnarrowed({ policyArns }: CredentialsText, path: Path, report: Report): void {
  if (policyArns !== undefined) return
  report(
    'scopes_null',
    [...path, 'scopes'],
    'callers may do whatever the AWS role may, now and after every change of it',
    'list scopes, or policyArns',
  )
}

function scopeWarnings(
  scopes: Readonly<Record<string, readonly StatementText[]>>,
  path: Path,
  report: Report,
): void {
  for (const [scope, statements] of Object.entries(scopes))
    for (const [at, statement] of statements.entries())
      statementWarnings(statement, [...path, scope, at], report)
  const all = Object.values(scopes).map((statements) => statements.map(compileStatement))
  const length = leastPolicyLength(all)
  if (all.length < 2 || length <= maxPolicyLength) return
  report(
    'session_policy_too_large',
    path,
    `a caller who asks for no scope gets all of them, and their session policy has ${length} characters or more, where STS takes ${maxPolicyLength}`,
    'have callers ask for scopes, or shorten them',
    'key',
  )
}

function statementWarnings(
  { actions, resources, conditions = {} }: StatementText,
  path: Path,
  report: Report,
): void {
  for (const [at, action] of actions.entries())
    if (/^(?:\*|[^:]+:\*+)$/.test(action))
      report(
        'scope_wide',
        [...path, 'actions', at],
        `"${action}" also allows what AWS adds to it later, and what deletes and shares`,
        'list the actions that callers need',
      )
  const at = resources.indexOf('*')
  if (at >= 0 && Object.keys(conditions).length === 0)
    report(
      'scope_wide',
      [...path, 'resources', at],
      '"*" without conditions is everything that the AWS role reaches',
      'name the resources; where the actions take none, as s3:ListAllMyBuckets does, keep them in a statement apart',
    )
  for (const [operator, keys] of Object.entries(conditions))
    for (const key of Object.keys(keys))
      if (operator.startsWith('ForAllValues:') && !needed(key, conditions))
        report(
          'condition_met_by_absence',
          [...path, 'conditions', operator, key],
          `ForAllValues also holds for requests without "${key}"`,
          `add Null: { ${key}: 'false' } beside it, or take ForAnyValue`,
          'key',
        )
}

/** IAM User Guide, multivalued context keys: a Null condition is what asks for the key. */
function needed(key: string, conditions: NonNullable<StatementText['conditions']>): boolean {
  return Object.entries(conditions.Null ?? {}).some(
    ([name, value]) => name.toLowerCase() === key.toLowerCase() && [value].flat().join() === 'false',
  )
}
