import { matchesWildcard } from './wildcard.ts'

/** A statement whose form `readAuthorizerAnswer` has checked. */
export type Statement = {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: unknown
}

export type Verdict = 'allow' | 'explicit_deny' | 'implicit_deny'

/**
 * What a policy says about invoking one concrete method. What this evaluator does not know, AWS may or may not know
 * (facts J5): a Condition, NotAction or a policy variable never allows, and in a Deny it counts as a match.
 */
export function evaluatePolicy(statements: readonly Statement[], methodArn: string): Verdict {
  let verdict: Verdict = 'implicit_deny'
  for (const statement of statements) {
    if (!applies(statement, methodArn)) continue
    if (statement.Effect === 'Deny') return 'explicit_deny'
    verdict = 'allow'
  }
  return verdict
}

function applies(statement: Statement, methodArn: string): boolean {
  const unsure = statement.Effect === 'Deny'
  return (
    action(statement, unsure) &&
    resource(statement, methodArn, unsure) &&
    (!('Condition' in statement) || unsure)
  )
}

function action(statement: Statement, unsure: boolean): boolean {
  if (statement.NotAction !== undefined) return unsure
  // IAM compares actions without regard to case, and with the same wildcards.
  return list(statement.Action).some((pattern) =>
    matchesWildcard(pattern.toLowerCase(), 'execute-api:invoke'),
  )
}

function resource(statement: Statement, methodArn: string, unsure: boolean): boolean {
  const patterns = list(statement.Resource ?? statement.NotResource)
  if (patterns.some((pattern) => pattern.includes('${'))) return unsure
  const named = patterns.some((pattern) => matchesWildcard(pattern, methodArn))
  return statement.Resource === undefined ? !named : named
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? [])
}
