import type { Account, Role } from '../account.ts'
import { readRoleArn } from '../iam/arn.ts'
import { trustRefusal } from '../iam/authorize.ts'
import { tagKeys } from '../iam/keys.ts'
import type { Policy } from '../iam/policy.ts'
import { isoSeconds, keysOf, type Principal, type Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import type { XmlElements } from '../xml.ts'
import { type AssumeRoleInput, invalidParameter, readAssumeRole } from './assume-role-input.ts'
import { validationError } from './constraints.ts'
import { packedPercent } from './packed-size.ts'
import { createSession } from './session.ts'
import type { ReadWebIdentity } from './web-identity-token.ts'

/** What a new session is made of, the inherited included. */
export type SessionIdentity = {
  readonly name: string
  readonly policies: readonly Policy[] | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  readonly durationSeconds: number
}

export type StsSettings = {
  readonly account: Account
  readonly packedBudgetBytes: number
  readonly readWebIdentity?: ReadWebIdentity
  /** How long sessions last at most, whatever was asked for and found to be allowed. */
  readonly lastsSeconds?: number
}

/** AssumeRole: parameters, what the caller inherits, permission on both sides, length, size; then a new session. */
export function assumeRole(
  { account, packedBudgetBytes, lastsSeconds = Number.POSITIVE_INFINITY }: StsSettings,
  caller: Principal,
  form: URLSearchParams,
  surroundings: Surroundings,
): XmlElements {
  const input = readAssumeRole(form)
  if (readRoleArn(input.roleArn) === undefined) throw validationError(`${input.roleArn} is invalid`)
  const inherited = inheritedTags(caller, input)
  const sourceIdentity = input.sourceIdentity ?? caller.sourceIdentity
  const role = allowedRole(account, caller, input, surroundings)
  checkDuration(role, caller, input.durationSeconds)
  return newSession(
    { account, packedBudgetBytes, lastsSeconds },
    role,
    { ...input, sourceIdentity },
    surroundings,
    inherited,
  )
}

/** A session of a role that may be had: narrowed, tagged, within the packed size. */
export function newSession(
  { account, packedBudgetBytes, lastsSeconds = Number.POSITIVE_INFINITY }: StsSettings,
  role: Role,
  input: AssumeRoleInput,
  surroundings: Surroundings,
  inherited: ReadonlyMap<string, string> = new Map(),
): XmlElements {
  const { policy, policyArns, sourceIdentity } = input
  const policies = sessionPolicies(account, role, input)
  const tags = new Map([...inherited, ...input.tags])
  const percent = packedPercent({ policyText: policy?.text, policyArns, tags }, packedBudgetBytes)
  const identity = {
    name: input.sessionName,
    policies,
    tags,
    sourceIdentity,
    durationSeconds: Math.min(input.durationSeconds, lastsSeconds),
  }
  const transitiveTagKeys = [...inherited.keys(), ...input.transitiveTagKeys]
  const session = createSession(role, { ...identity, transitiveTagKeys }, surroundings.nowMs)
  account.principals.set(session.accessKeyId, session)
  return {
    SourceIdentity: sourceIdentity,
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: isoSeconds(session.expiresAtMs ?? 0),
    },
    PackedPolicySize: percent,
  }
}

/** A transitive tag stays, and neither it nor the source identity changes along a chain. */
function inheritedTags(caller: Principal, input: AssumeRoleInput): ReadonlyMap<string, string> {
  const keys = new Set(caller.transitiveTagKeys.map((key) => key.toLowerCase()))
  if ([...input.tags.keys()].some((key) => keys.has(key.toLowerCase())))
    throw invalidParameter(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  if (
    caller.sourceIdentity !== undefined &&
    (input.sourceIdentity ?? caller.sourceIdentity) !== caller.sourceIdentity
  )
    throw validationError('The source identity is already set for this assume role session')
  return new Map([...caller.tags].filter(([key]) => keys.has(key.toLowerCase())))
}

/** The role, if both sides allow all that is asked. One that does not exist is refused in the same words. */
function allowedRole(
  account: Account,
  caller: Principal,
  input: AssumeRoleInput,
  surroundings: Surroundings,
): Role {
  const role = account.roles.get(input.roleArn)
  const keys = keysOf(
    caller,
    surroundings,
    {
      'sts:ExternalId': input.externalId,
      'sts:RoleSessionName': input.sessionName,
      'sts:SourceIdentity': input.sourceIdentity ?? caller.sourceIdentity,
      'sts:TransitiveTagKeys': input.transitiveTagKeys,
      'aws:TagKeys': [...input.tags.keys()],
    },
    tagKeys('aws:RequestTag', input.tags),
    tagKeys('aws:ResourceTag', role?.tags ?? new Map()),
    tagKeys('iam:ResourceTag', role?.tags ?? new Map()),
  )
  for (const action of neededActions(caller, input)) {
    const request = { action, resource: input.roleArn, keys }
    if (role && trustRefusal({ policy: role.trust, account: role.account }, caller, request) === undefined)
      continue
    throw new Refused(
      403,
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${input.roleArn}`,
    )
  }
  if (role === undefined) throw new Error('a role that does not exist was allowed')
  return role
}

/** Tags and a source identity need an action of their own, passed or inherited (facts B4). */
function neededActions(caller: Principal, { tags, sourceIdentity }: AssumeRoleInput): readonly string[] {
  const needed = ['sts:AssumeRole']
  if (tags.size > 0 || caller.transitiveTagKeys.length > 0) needed.push('sts:TagSession')
  if (sourceIdentity !== undefined || caller.sourceIdentity !== undefined)
    needed.push('sts:SetSourceIdentity')
  return needed
}

export function checkDuration(role: Role, caller: Principal | undefined, durationSeconds: number): void {
  // A session that assumes a role is role chaining, a Lambda's included; a web identity is no session.
  if (caller?.roleArn !== undefined && durationSeconds > 3600)
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  if (durationSeconds > role.maxSessionDurationSeconds)
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
}

/** The inline policy and the managed ones together; `undefined` leaves the role unnarrowed. */
function sessionPolicies(
  account: Account,
  role: Role,
  input: AssumeRoleInput,
): readonly Policy[] | undefined {
  const managed = input.policyArns.map((arn) => {
    const found = account.managedPolicies.get(arn)
    if (found === undefined || ![role.account, 'aws'].includes(arn.split(':')[4] ?? ''))
      throw validationError(`Policy ${arn} does not exist or is not attachable.`)
    return found
  })
  const policies = input.policy ? [input.policy.read, ...managed] : managed
  return policies.length > 0 ? policies : undefined
}
