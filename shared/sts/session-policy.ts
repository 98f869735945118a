import type { Statement, Template } from '../access/access.ts'
import type { Claims } from '../access/claims.ts'
import { PosternError } from '../error.ts'
import { expand } from './expand.ts'

/** What the model's prose and web identity's pattern allow (facts B1, J6); STS packs it and may still refuse it. */
export const maxPolicyLength = 2048

/**
 * The session policy of these scopes, as JSON: what the session can do is what the AWS role and this policy both
 * allow. Throws `claim_unsafe`, and `session_too_large` for more than 2048 characters.
 */
export function sessionPolicy(scopes: readonly (readonly Statement[])[], claims: Claims): string {
  const text = policyText(scopes, (template) => expand(template, claims))
  if (text.length > maxPolicyLength)
    throw new PosternError(
      'session_too_large',
      `the session policy has ${text.length} characters, and STS takes ${maxPolicyLength}`,
      { length: text.length, maxPolicyLength },
    )
  return text
}

/** The policy's JSON, in the characters that STS takes, where `fill` says what becomes of a template. */
export function policyText(
  scopes: readonly (readonly Statement[])[],
  fill: (template: Template) => string,
): string {
  const statements = scopes.flat().map((statement) => JSON.stringify(filled(statement, fill)))
  // Two scopes often share one, and the room is small.
  const policy = `{"Version":"2012-10-17","Statement":[${[...new Set(statements)].join()}]}`
  return policy.replace(beyondLatin1, escapeUnit)
}

function filled({ actions, resources, conditions }: Statement, fill: (template: Template) => string): object {
  const statement = { Effect: 'Allow', Action: actions, Resource: resources.map((one) => fill(one)) }
  if (conditions === undefined) return statement
  const Condition = mapped(conditions, (keys) => mapped(keys, (values) => values.map((one) => fill(one))))
  return { ...statement, Condition }
}

function mapped<A, B>(table: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, change(value)]))
}

/** STS takes U+0020 to U+00FF in a policy, and JSON can say the others within that. */
const beyondLatin1 = /[^\u0020-\u00ff]/g

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
