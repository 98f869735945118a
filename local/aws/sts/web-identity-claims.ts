import { Refused } from '../refused.ts'
import { type AssumeRoleInput, readAssumeRole } from './assume-role-input.ts'

/**
 * The parameters that a token brings in its claims (facts B1), beside those of the form, which hold by themselves: what
 * is refused now is the token's fault. It is InvalidIdentityToken, as for other claims that STS cannot take:
 * IDPRejectedClaim is for what the identity provider itself says of a token, and none is asked here.
 */
export function readWithClaims(
  form: URLSearchParams,
  claims: Readonly<Record<string, unknown>>,
): AssumeRoleInput {
  const whole = new URLSearchParams(form)
  const tags = claims['https://aws.amazon.com/tags']
  if (tags !== undefined) addTags(whole, tags)
  const source = claims['https://aws.amazon.com/source_identity']
  if (source !== undefined) whole.append('SourceIdentity', textOf(source, 'The source identity'))
  try {
    return readAssumeRole(whole)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw invalidToken(error.message)
  }
}

function addTags(whole: URLSearchParams, tags: unknown): void {
  if (!isObject(tags)) throw invalidToken('The claim of tags is no object')
  const { principal_tags: principal = {}, transitive_tag_keys: transitive = [] } = tags
  if (!isObject(principal)) throw invalidToken('principal_tags is no object')
  if (!Array.isArray(transitive)) throw invalidToken('transitive_tag_keys is no list')
  for (const [at, [key, values]] of Object.entries(principal).entries()) {
    if (!Array.isArray(values) || values.length !== 1)
      throw invalidToken('A principal tag is not a list of one text')
    whole.append(`Tags.member.${at + 1}.Key`, key)
    whole.append(`Tags.member.${at + 1}.Value`, textOf(values[0], 'The value of a principal tag'))
  }
  for (const [at, key] of transitive.entries())
    whole.append(`TransitiveTagKeys.member.${at + 1}`, textOf(key, 'A transitive tag key'))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalidToken(`${what} is no text`)
  return value
}

export function invalidToken(message: string): Refused {
  return new Refused(400, 'InvalidIdentityToken', message)
}
