import type { Path } from './source.ts'

/**
 * IAM's own variables, which IAM replaces when it decides: a condition key with a default or without,
 * `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` for those characters (IAM User Guide, policy variables).
 */
const iamVariable = /^\$\{(?:[*?$]|[A-Za-z0-9-]+:[^{}$*?,'"\s]+(?:, *'[^'{}]*')?)\}$/

export function isIamVariable(text: string): boolean {
  return iamVariable.test(text)
}

/** Whether a text of the manifest goes into a session policy, the one place where IAM replaces its variables. */
export function isIamText([top, , credentials, scopes, , , key]: Path): boolean {
  return (
    top === 'roles' &&
    credentials === 'credentials' &&
    scopes === 'scopes' &&
    (key === 'resources' || key === 'conditions')
  )
}

/** The parts of an ARN up to its account hold none: IAM replaces them in the resource's part alone. */
export function hasEarlyVariable(arn: string): boolean {
  const [before, ...others] = arn.split('${')
  return others.length > 0 && (before ?? '').split(':').length < 6
}
