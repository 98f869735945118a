import { MalformedPolicy } from '../iam/malformed.ts'
import { type Policy, readPolicy } from '../iam/policy.ts'
import { Refused } from '../refused.ts'
import { Constraints, validationError } from './constraints.ts'
import { members } from './form.ts'

export type AssumeRoleInput = {
  readonly roleArn: string
  readonly sessionName: string
  readonly durationSeconds: number
  readonly policy: { readonly text: string; readonly read: Policy } | undefined
  readonly policyArns: readonly string[]
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  readonly externalId: string | undefined
}

const name = /[\w+=,.@-]*/
const tagText = /[\p{L}\p{Z}\p{N}_.:/=+\-@]*/u
/** The characters that a session policy may have. */
const policyText = /[\t\n\r\u0020-\u00FF]+/
/** The prose of STS bounds the inline policy, which its model no longer does (facts B1). */
const maxPolicyCharacters = 2048

/** The parameters of AssumeRole within their patterns and lengths (facts B1); throws `Refused` for others. */
export function readAssumeRole(form: URLSearchParams): AssumeRoleInput {
  const get = (key: string) => form.get(key) ?? undefined
  const tags = members(form, 'Tags')
  const policyArns = members(form, 'PolicyArns').map((one) => one.get('arn') ?? '')
  const transitiveTagKeys = members(form, 'TransitiveTagKeys').map((one) => one.get('') ?? '')
  const durationSeconds = readDuration(get('DurationSeconds'))
  refuseUnbuilt(form)

  const constraints = new Constraints()
  constraints.text('roleArn', get('RoleArn'), { required: true, min: 20, max: 2048 })
  constraints.text('roleSessionName', get('RoleSessionName'), {
    required: true,
    min: 2,
    max: 64,
    pattern: name,
  })
  constraints.number('durationSeconds', durationSeconds, 900, 43_200)
  constraints.text('policy', get('Policy'), { min: 1, max: maxPolicyCharacters, pattern: policyText })
  constraints.text('sourceIdentity', get('SourceIdentity'), { min: 2, max: 64, pattern: name })
  constraints.text('externalId', get('ExternalId'), { min: 2, max: 1224, pattern: /[\w+=,.@:/-]*/ })
  constraints.count('policyArns', policyArns, 10)
  for (const [index, arn] of policyArns.entries())
    constraints.text(`policyArns.${index + 1}.member.arn`, arn, { min: 20, max: 2048 })
  constraints.count('tags', tags, 50)
  for (const [index, tag] of tags.entries()) {
    const at = `tags.${index + 1}.member`
    constraints.text(`${at}.key`, tag.get('Key'), { required: true, min: 1, max: 128, pattern: tagText })
    constraints.text(`${at}.value`, tag.get('Value'), { required: true, max: 256, pattern: tagText })
  }
  constraints.count('transitiveTagKeys', transitiveTagKeys, 50)
  for (const [index, key] of transitiveTagKeys.entries())
    constraints.text(`transitiveTagKeys.${index + 1}.member`, key, { min: 1, max: 128, pattern: tagText })
  constraints.check()

  const pairs = tags.map((tag) => [tag.get('Key') ?? '', tag.get('Value') ?? ''] as const)
  checkTags(
    pairs.map(([key]) => key),
    transitiveTagKeys,
  )
  if (/^aws:/i.test(get('SourceIdentity') ?? ''))
    throw validationError('Source identity cannot begin with aws:.')
  return {
    roleArn: get('RoleArn') ?? '',
    sessionName: get('RoleSessionName') ?? '',
    durationSeconds: durationSeconds ?? 3600,
    policy: readSessionPolicy(get('Policy')),
    policyArns,
    tags: new Map(pairs),
    transitiveTagKeys,
    sourceIdentity: get('SourceIdentity'),
    externalId: get('ExternalId'),
  }
}

function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d{1,10}$/.test(text))
    throw new Refused(400, 'MalformedInput', 'DurationSeconds is not an integer.')
  return Number(text)
}

/** Refused, not ignored. */
function refuseUnbuilt(form: URLSearchParams): void {
  for (const key of form.keys())
    if (/^(?:SerialNumber|TokenCode|ProvidedContexts\..*)$/.test(key))
      throw validationError(`${key} is not built into this local stand-in of AWS.`)
}

/** Keys differ in more than case, `aws:` is AWS's, and only what is passed can be passed on. */
function checkTags(keys: readonly string[], transitive: readonly string[]): void {
  const lower = new Set(keys.map((key) => key.toLowerCase()))
  if (lower.size < keys.length)
    throw invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  if (keys.some((key) => /^aws:/i.test(key)))
    throw validationError('Tag keys that begin with aws: are reserved for AWS.')
  if (transitive.some((key) => !lower.has(key.toLowerCase())))
    throw invalidParameter('The specified transitive tag key must be included in the requested tags.')
}

export function invalidParameter(message: string): Refused {
  return new Refused(400, 'InvalidParameterValue', message)
}

function readSessionPolicy(text: string | undefined): AssumeRoleInput['policy'] {
  if (text === undefined) return undefined
  try {
    return { text, read: readPolicy('identity', JSON.parse(text)) }
  } catch (error) {
    if (!(error instanceof MalformedPolicy) && !(error instanceof SyntaxError)) throw error
    const message = error instanceof MalformedPolicy ? error.message : 'This policy contains invalid Json'
    throw new Refused(400, 'MalformedPolicyDocument', message)
  }
}
