import { isDeepStrictEqual } from 'node:util'
import { readRoleArn } from './arn.ts'
import { MalformedPolicy } from './malformed.ts'
import { readStrings } from './read.ts'

/** Whom a statement of a trust policy names: ARNs of roles, users and sessions, accounts, or everyone. */
export type Principals = {
  readonly everyone: boolean
  readonly accounts: ReadonlySet<string>
  readonly arns: ReadonlySet<string>
  /** ARNs of OIDC providers. */
  readonly federated: ReadonlySet<string>
}

/** A caller as trust policies name it. */
export type Named = {
  readonly account: string
  readonly arn: string
  /** Of a session: the role's, its path included. */
  readonly roleArn: string | undefined
}

/**
 * How closely a statement names a caller: by the session itself, by the role or user, by being open to everyone, or by the
 * account alone, which leaves it to the caller's own policies (IAM User Guide, policy evaluation in one account).
 */
export type Closeness = 'session' | 'identity' | 'everyone' | 'account'

export function closeness({ everyone, accounts, arns }: Principals, caller: Named): Closeness | undefined {
  if (arns.has(caller.arn)) return caller.roleArn === undefined ? 'identity' : 'session'
  if (caller.roleArn !== undefined && [...arns].some((arn) => isSameRole(arn, caller.roleArn ?? '')))
    return 'identity'
  if (everyone) return 'everyone'
  return accounts.has(caller.account) ? 'account' : undefined
}

/** An account has one role of a name, whatever its path, and AWS takes no trust policy that names another. */
function isSameRole(a: string, b: string): boolean {
  const [one, other] = [readRoleArn(a), readRoleArn(b)]
  return one !== undefined && isDeepStrictEqual(one, other)
}

export function readPrincipals(statement: Readonly<Record<string, unknown>>): Principals {
  const { Principal: principal, NotPrincipal: not } = statement
  if (not !== undefined) throw new MalformedPolicy('NotPrincipal is not taken in a trust policy here.')
  if (principal === '*') return { everyone: true, accounts: new Set(), arns: new Set(), federated: new Set() }
  if (typeof principal !== 'object' || principal === null || Array.isArray(principal))
    throw new MalformedPolicy('Missing required field Principal')
  const kinds = Object.keys(principal)
  // Services and canonical users call other actions than those served here.
  const wrong = kinds.filter((kind) => !['AWS', 'Service', 'Federated', 'CanonicalUser'].includes(kind))
  if (wrong.length > 0 || kinds.length === 0) throw new MalformedPolicy('Invalid principal in policy')
  const federated = 'Federated' in principal ? readStrings(principal.Federated) : []
  return readNames('AWS' in principal ? readStrings(principal.AWS) : [], new Set(federated))
}

function readNames(names: readonly string[], federated: ReadonlySet<string>): Principals {
  const accounts = new Set<string>()
  const arns = new Set<string>()
  for (const name of names) {
    const account = /^(?:arn:aws(?:-[a-z]+)*:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1]
    if (account !== undefined) accounts.add(account)
    else if (principalArn.test(name)) arns.add(name)
    else if (name !== '*') throw new MalformedPolicy(`Invalid principal in policy: "AWS":"${name}"`)
  }
  return { everyone: names.includes('*'), accounts, arns, federated }
}

/** No wildcards: IAM takes none within a principal. */
const principalArn =
  /^arn:aws(?:-[a-z]+)*:(?:iam::\d{12}:(?:role|user)|sts::\d{12}:(?:assumed-role|federated-user))\/[\w+=,.@/-]+$/
