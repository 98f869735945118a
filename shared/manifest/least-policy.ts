import type { Statement, Template } from '../access/access.ts'
import { policyText } from '../sts/session-policy.ts'

/** How long the session policy of these scopes is at least: a claim that stands in it has one character or more. */
export function leastPolicyLength(scopes: readonly (readonly Statement[])[]): number {
  return policyText(scopes, withWords).length
}

function withWords(template: Template): string {
  return template.map((piece) => (typeof piece === 'string' ? piece : 'x')).join('')
}
