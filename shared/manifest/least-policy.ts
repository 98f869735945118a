import type { Statement, Template } from '../access/access.ts'

/**
 * How long the session policy of these scopes is at least, as shared/sts/session-policy.ts writes it: a claim that
 * stands in it has one character or more.
 */
export function leastPolicyLength(scopes: readonly (readonly Statement[])[]): number {
  const statements = scopes.flat().map((statement) => JSON.stringify(shortest(statement)))
  const text = `{"Version":"2012-10-17","Statement":[${[...new Set(statements)].join()}]}`
  // Beyond Latin 1 a character is written as six.
  return text.replace(/[^\u0020-\u00ff]/g, '\\u0000').length
}

function shortest({ actions, resources, conditions }: Statement): object {
  const statement = { Effect: 'Allow', Action: actions, Resource: resources.map(withWords) }
  if (conditions === undefined) return statement
  const operators = Object.entries(conditions).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, values.map(withWords)])),
  ])
  return { ...statement, Condition: Object.fromEntries(operators) }
}

function withWords(template: Template): string {
  return template.map((piece) => (typeof piece === 'string' ? piece : 'x')).join('')
}
