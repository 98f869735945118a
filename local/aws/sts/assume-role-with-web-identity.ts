import type { Role } from '../account.ts'
import { takesEffect } from '../iam/evaluate.ts'
import { type ConditionKeys, conditionKeys, tagKeys } from '../iam/keys.ts'
import { isoSeconds, type Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import type { XmlElements } from '../xml.ts'
import { checkDuration, newSession, type StsSettings } from './assume-role.ts'
import { type AssumeRoleInput, readAssumeRole } from './assume-role-input.ts'
import { validationError } from './constraints.ts'
import { hostOf, type WebIdentity } from './web-identity-token.ts'

/** What the action has no field for: AWS would pass over it, and whoever sends it believes that it works. */
const fieldless = /^(?:Tags|TransitiveTagKeys)\.|^(?:SourceIdentity|ExternalId)$/

/**
 * AssumeRoleWithWebIdentity: tags, their transitive keys and the source identity come from the token (facts B1), and the
 * role's trust policy alone says who may. No chaining: up to the role's own longest session.
 */
export function assumeRoleWithWebIdentity(
  settings: StsSettings,
  identity: WebIdentity,
  form: URLSearchParams,
  surroundings: Surroundings,
): XmlElements {
  const foreign = [...form.keys()].find((name) => fieldless.test(name))
  if (foreign !== undefined) throw validationError(`AssumeRoleWithWebIdentity has no parameter ${foreign}.`)
  const input = readAssumeRole(withClaims(form, identity))
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

/** The claims as the fields that AssumeRole has for the same. */
function withClaims(form: URLSearchParams, { claims }: WebIdentity): URLSearchParams {
  const whole = new URLSearchParams(form)
  const tags = claims['https://aws.amazon.com/tags'] as
    | { principal_tags?: Record<string, unknown>; transitive_tag_keys?: unknown[] }
    | undefined
  for (const [at, [key, values]] of Object.entries(tags?.principal_tags ?? {}).entries()) {
    if (!Array.isArray(values) || values.length !== 1 || typeof values[0] !== 'string')
      throw new Refused(400, 'InvalidIdentityToken', 'A principal tag is not a list of one text')
    whole.append(`Tags.member.${at + 1}.Key`, key)
    whole.append(`Tags.member.${at + 1}.Value`, values[0])
  }
  for (const [at, key] of (tags?.transitive_tag_keys ?? []).entries())
    whole.append(`TransitiveTagKeys.member.${at + 1}`, String(key))
  const source = claims['https://aws.amazon.com/source_identity']
  if (source !== undefined) whole.append('SourceIdentity', String(source))
  return whole
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
      (statement) => statement.principals?.federated.has(provider.arn) && takesEffect(statement, request),
    )
    return speaking.length > 0 && speaking.every(({ effect }) => effect === 'Allow')
  })
}
