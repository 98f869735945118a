import { PosternError } from '../../shared/error.ts'
import { fromHeader } from '../../shared/token/token-place.ts'
import { readParameters } from './borrow.ts'
import type { Call, HttpAnswer } from './call.ts'
import type { Parts } from './parts.ts'
import { stsAnswer } from './sts-answer.ts'

/**
 * STS's GetCallerIdentity, for the access keys that were handed out by AssumeRoleWithWebIdentity. The signature is
 * not checked, since the broker keeps no secret to check it by: the answer proves nothing to anybody, and is for the
 * caller's own eyes.
 */
export async function answerCallerIdentity(
  { identities }: Parts,
  call: Call,
  form: URLSearchParams,
): Promise<HttpAnswer> {
  readParameters(form, [])
  const accessKeyId = keyOf(call)
  const identity = await identities?.get(accessKeyId)
  if (identity === undefined)
    throw new PosternError(
      'identity_unknown',
      'the access key is none that this broker handed out, or it is over',
    )
  call.record.accessKeyId = accessKeyId
  const { arn, userId, account } = identity
  return stsAnswer(call, 'GetCallerIdentity', { Arn: arn, UserId: userId, Account: account })
}

/** `AWS4-HMAC-SHA256 Credential=ASIA…/20261122/eu-west-1/sts/aws4_request, …` */
function keyOf({ headers }: Call): string {
  const [value = ''] = fromHeader(headers, 'authorization')
  const found = /^AWS4-\S+ +(?:.*[ ,])?Credential=(\w{16,128})\//.exec(value)?.[1]
  if (found !== undefined) return found
  throw new PosternError(
    'token_missing',
    'the request is not signed with an access key (Signature Version 4)',
  )
}
