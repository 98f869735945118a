import type { Access, Role } from '../../shared/access/access.ts'

/** An AWS role that callers may borrow by a role of the manifest. */
export type Loan = {
  readonly role: string
  readonly awsRole: string
  readonly isWhole: boolean
  /** Equal for roles that lend the same in the same way. */
  readonly text: string
}

export function loansOf({ roles }: Pick<Access, 'roles'>, { lends = [] }: Role): readonly Loan[] {
  return lends.flatMap((at) => {
    const { name, credentials } = roles[at] as Role
    if (credentials === undefined) return []
    const { roleArn, scopes, policyArns } = credentials
    const isWhole = scopes === null && policyArns.length === 0
    return { role: name, awsRole: roleArn, isWhole, text: JSON.stringify(credentials) }
  })
}
