import { readRoleArn, readSessionArn } from './iam/arn.ts'
import { MalformedPolicy } from './iam/malformed.ts'
import { type Policy, type PolicyKind, type PolicyText, readPolicy } from './iam/policy.ts'
import { type Principal, uniqueId } from './principal.ts'

export type AwsRole = {
  readonly arn: string
  readonly trustPolicy: PolicyText
  readonly policies: readonly PolicyText[]
  /** 3600 to 43200; default 3600. */
  readonly maxSessionDurationSeconds?: number
  /** The role's own tags, which a session's tags of the same key replace. */
  readonly tags?: Readonly<Record<string, string>>
}

/** Who can call without assuming a role here first: an IAM user, or the session that a Lambda's role has. */
export type AwsPrincipal = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** `arn:aws:iam::123456789012:user/x` or `arn:aws:sts::123456789012:assumed-role/postern-broker/local` */
  readonly arn: string
  readonly policies: readonly PolicyText[]
  /** Epoch milliseconds; default: never. */
  readonly expiresAtMs?: number
}

export type Role = {
  readonly arn: string
  readonly partition: string
  readonly account: string
  readonly name: string
  readonly trust: Policy
  readonly policies: readonly Policy[]
  readonly maxSessionDurationSeconds: number
  readonly tags: ReadonlyMap<string, string>
}

/** What the stand-in knows of identities. */
export type Account = {
  readonly roles: ReadonlyMap<string, Role>
  /** By access key id; sessions are added as they are made. */
  readonly principals: Map<string, Principal>
  readonly managedPolicies: ReadonlyMap<string, Policy>
}

type AccountOptions = {
  readonly roles: readonly AwsRole[]
  readonly principals: readonly AwsPrincipal[]
  readonly managedPolicies?: Readonly<Record<string, PolicyText>>
}

/** Reads roles, principals and policies; throws for what AWS would not take either, naming it. */
export function createAccount(options: AccountOptions, nowMs: number): Account {
  const roles = new Map(options.roles.map((role) => [role.arn, readRole(role)]))
  const managed = Object.entries(options.managedPolicies ?? {})
  return {
    roles,
    principals: new Map(
      options.principals.map((principal) => [
        principal.accessKeyId,
        readPrincipal(principal, [...roles.values()], nowMs),
      ]),
    ),
    managedPolicies: new Map(managed.map(([arn, policy]) => [arn, policyOf(arn, 'identity', policy)])),
  }
}

function readRole({
  arn,
  trustPolicy,
  policies,
  maxSessionDurationSeconds = 3600,
  tags = {},
}: AwsRole): Role {
  const read = readRoleArn(arn)
  if (read === undefined) throw new Error(`"${arn}" is not the ARN of a role`)
  if (maxSessionDurationSeconds < 3600 || maxSessionDurationSeconds > 43_200)
    throw new Error(`maxSessionDurationSeconds of ${arn} is not within 3600 to 43200`)
  return {
    arn,
    ...read,
    trust: policyOf(arn, 'trust', trustPolicy),
    policies: policies.map((policy) => policyOf(arn, 'identity', policy)),
    maxSessionDurationSeconds,
    tags: new Map(Object.entries(tags)),
  }
}

function readPrincipal(given: AwsPrincipal, roles: readonly Role[], nowMs: number): Principal {
  const { accessKeyId, secretAccessKey, sessionToken, arn, policies, expiresAtMs } = given
  const session = readSessionArn(arn)
  const account = session?.account ?? /^arn:aws(?:-[a-z]+)*:iam::(\d{12}):user\/.+$/.exec(arn)?.[1]
  if (account === undefined) throw new Error(`"${arn}" is neither a user's ARN nor that of a role's session`)
  // A session's ARN has no path: the role of that name, of which an account has one.
  const role = roles.find((one) => one.account === account && one.name === session?.name)
  const roleArn = session && (role?.arn ?? `arn:${session.partition}:iam::${account}:role/${session.name}`)
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    account,
    arn,
    roleArn,
    userId: session && roleArn ? `${uniqueId('AROA', roleArn)}:${session.session}` : uniqueId('AIDA', arn),
    policies: policies.map((policy) => policyOf(arn, 'identity', policy)),
    sessionPolicies: undefined,
    tags: role?.tags ?? new Map(),
    transitiveTagKeys: [],
    sourceIdentity: undefined,
    issuedAtMs: session && nowMs,
    expiresAtMs,
  }
}

function policyOf(owner: string, kind: PolicyKind, text: PolicyText): Policy {
  try {
    return readPolicy(kind, text)
  } catch (cause) {
    if (!(cause instanceof MalformedPolicy)) throw cause
    throw new Error(`the ${kind} policy of ${owner} is malformed: ${cause.message}`, { cause })
  }
}
