import { brokerStatements } from '../bundle/iam-statements.ts'
import type { Access } from '../shared/access/access.ts'
import type { LoadedManifest } from '../shared/manifest/load.ts'
import type { Problem } from '../shared/manifest/problem.ts'

/** IAM's quotas, in characters without white space: all inline policies of a role together. */
const maxInlineLength = 10_240
/** One managed policy. */
const maxManagedLength = 6144

/** Warns where the statements that `postern build` writes for the broker's AWS role are more than IAM takes in one place. */
export function brokerPolicyWarnings(
  { parts }: LoadedManifest,
  access: Pick<Access, 'roles'>,
): readonly Problem[] {
  const lending = parts.find(({ manifest }) =>
    Object.values(manifest.roles ?? {}).some(({ credentials }) => credentials !== undefined),
  )
  const policy = { Version: '2012-10-17', Statement: brokerStatements(access) }
  const { length } = JSON.stringify(policy)
  if (lending === undefined || length <= maxManagedLength) return []
  const what = `the broker's own IAM statements, which name every AWS role that is lent, have ${length} characters`
  const [message, mend] =
    length <= maxInlineLength
      ? [
          `${what}: IAM takes ${maxManagedLength} in a managed policy`,
          `put them into an inline policy of the broker's AWS role, where IAM takes ${maxInlineLength}, or into two managed ones`,
        ]
      : [
          `${what}: IAM takes ${maxInlineLength} in all inline policies of a role`,
          `split iam-statements.json into managed policies of up to ${maxManagedLength}, or build a broker for each app (--app)`,
        ]
  return [lending.source.problem('broker_policy_too_large', ['roles'], message, mend, 'key')]
}
