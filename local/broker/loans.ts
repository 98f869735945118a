import type { Access, Role, RoleCredentials } from '../../shared/access/access.ts'
import type { SampleCaller } from '../issuer/sample-callers.ts'

/** What a sample caller may borrow, by a role of its own or one that it includes. */
export type Loan = {
  readonly caller: SampleCaller & { readonly token: string }
  readonly role: Role & { readonly credentials: RoleCredentials }
}

export function loansOf(access: Access, callers: readonly SampleCaller[]): readonly Loan[] {
  const roles = new Map(access.roles.map((role) => [role.name, role]))
  return callers.flatMap((caller) => {
    const { token } = caller
    if (token === undefined) return []
    return (roles.get(caller.role)?.lends ?? []).flatMap((at) => {
      const role = access.roles[at]
      const credentials = role?.credentials
      return credentials ? [{ caller: { ...caller, token }, role: { ...role, credentials } }] : []
    })
  })
}
