import type { Role } from '../account.ts'
import { readRoleArn } from '../iam/arn.ts'
import { takesEffect } from '../iam/evaluate.ts'
import { type ConditionKeys, conditionKeys, tagKeys } from '../iam/keys.ts'
import type { Statement } from '../iam/policy.ts'
import { isoSeconds, type Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import type { XmlElements } from '../xml.ts'
import { checkDuration, newSession, type StsSettings } from './assume-role.ts'
import { type AssumeRoleInput, readAssumeRole } from './assume-role-input.ts'
import { validationError } from './constraints.ts'
import { readWithClaims } from './web-identity-claims.ts'
import { hostOf, type OidcProvider, type WebIdentity } from './web-identity-token.ts'

/** What the action has no field for: AWS would pass over it, and whoever sends it believes that it works. */
const fieldless = /^(?:Tags|TransitiveTagKeys)(?:\.|$)|^(?:SourceIdentity|ExternalId)$/

/** Throws for parameters that do not hold by themselves, before the token is looked at. */
export function checkWebIdentityForm(form: URLSearchParams): void {
  const foreign = [...form.keys()].find((name) => fieldless.test(name))
  if (foreign !== undefined) throw validationError(`AssumeRoleWithWebIdentity has no parameter ${foreign}.`)
  const { roleArn } = readAssumeRole(form)
  if (readRoleArn(roleArn) === undefined) throw validationError(`${roleArn} is invalid`)
}

/**
 * AssumeRoleWithWebIdentity, by a form that holds: tags, their transitive keys and the source identity come from the
 * token, and the role's trust policy alone says who may. No chaining: up to the role's own longest session.
 */
export function assumeRoleWithWebIdentity(
  settings: StsSettings,
  identity: WebIdentity,
  form: URLSearchParams,
  surroundings: Surroundings,
): XmlElements {
  const input = readWithClaims(form, identity.claims)
  const role = settings.account.roles.get(input.roleArn)
  if (role === undefined || !isTrusted(role, input, identity, surroundings))
    throw new Refused(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity')
  checkDuration(role, undefined, input.durationSeconds)
  return {
    ...newSession(settings, role, input, surroundings),
    SubjectFromWebIdentityToken: identity.subject,
    Audience: identity.audience,
    Provider: identity.provider.arn,
  }
}

/** Each action that is needed is allowed by a statement for this provider, and none is denied. */
function isTrusted(
  role: Role,
  input: AssumeRoleInput,
  { provider, subject, audience }: WebIdentity,
  { nowMs, region, sourceIp }: Surroundings,
): boolean {
  const host = hostOf(provider)
  const keys: ConditionKeys = conditionKeys(
    {
      [`${host}:aud`]: audience,
      [`${host}:sub`]: subject,
      'aws:FederatedProvider': provider.arn,
      'sts:RoleSessionName': input.sessionName,
      'sts:DurationSeconds': String(input.durationSeconds),
      'sts:SourceIdentity': input.sourceIdentity,
      'sts:TransitiveTagKeys': input.transitiveTagKeys,
      'aws:TagKeys': [...input.tags.keys()],
      'aws:CurrentTime': isoSeconds(nowMs),
      'aws:SourceIp': sourceIp,
      'aws:RequestedRegion': region,
      'aws:SecureTransport': 'true',
    },
    tagKeys('aws:RequestTag', input.tags),
  )
  const needed = ['sts:AssumeRoleWithWebIdentity']
  if (input.tags.size > 0) needed.push('sts:TagSession')
  if (input.sourceIdentity !== undefined) needed.push('sts:SetSourceIdentity')
  return needed.every((action) => {
    const request = { action, resource: role.arn, keys }
    const speaking = role.trust.filter(
      (statement) => names(statement, provider) && takesEffect(statement, request),
    )
    return speaking.length > 0 && speaking.every(({ effect }) => effect === 'Allow')
  })
}

/** A Deny to everyone is one to whoever brings a token; whether an Allow is too, AWS does not say. */
function names({ effect, principals }: Statement, { arn }: OidcProvider): boolean {
  if (principals === undefined) return false
  return principals.federated.has(arn) || (effect === 'Deny' && principals.everyone)
}
