import { authenticate, type Unauthenticated } from '../authenticate.ts'
import type { HttpAnswer, HttpRequest } from '../http.ts'
import type { Principal, Surroundings } from '../principal.ts'
import { Refused } from '../refused.ts'
import { readSignature, sha256 } from '../sigv4.ts'
import { jsonAnswer, resultAnswer } from './answers.ts'
import { assumeRole, type StsSettings } from './assume-role.ts'
import { assumeRoleWithWebIdentity, checkWebIdentityForm } from './assume-role-with-web-identity.ts'
import { validationError } from './constraints.ts'

/** Answers an action of STS; throws `Refused` for an answer that is an error. */
export function answerSts(
  settings: StsSettings,
  request: HttpRequest,
  form: URLSearchParams,
  surroundings: Surroundings & { readonly requestId: string },
): HttpAnswer {
  const { requestId } = surroundings
  const action = knownAction(form)
  const caller = callerOf(settings, request, surroundings.nowMs)
  if (action === 'AssumeRole')
    return resultAnswer(action, assumeRole(settings, caller, form, surroundings), requestId)
  const identity = { UserId: caller.userId, Account: caller.account, Arn: caller.arn }
  const asJson = request.headers.get('accept') === 'application/json'
  return (asJson ? jsonAnswer : resultAnswer)(action, identity, requestId)
}

/** The parameters, in the body or the query. */
export function formOf(request: HttpRequest): URLSearchParams {
  if (request.method === 'POST') return new URLSearchParams(request.body.toString('utf8'))
  return new URLSearchParams(
    request.query.filter(([name]) => !name.startsWith('X-Amz-')).map(([...pair]) => pair),
  )
}

/** Whether the unsigned action is asked for. */
export function isWebIdentity(form: URLSearchParams): boolean {
  return form.get('Action') === 'AssumeRoleWithWebIdentity'
}

/** Answers it by the token that it brings; rejects with `Refused` for an answer that is an error. */
export async function answerWebIdentity(
  settings: StsSettings,
  form: URLSearchParams,
  surroundings: Surroundings & { readonly requestId: string },
): Promise<HttpAnswer> {
  mustBeVersion(form)
  checkWebIdentityForm(form)
  const token = form.get('WebIdentityToken') ?? ''
  if (token.length < 4 || token.length > 20_000)
    throw validationError("Value at 'webIdentityToken' failed to satisfy constraint: 4 to 20000 characters")
  if (settings.readWebIdentity === undefined)
    throw new Refused(400, 'InvalidIdentityToken', 'No OpenIDConnect provider found in your account')
  const account = form.get('RoleArn')?.split(':')[4] ?? ''
  const identity = await settings.readWebIdentity(token, account, surroundings.nowMs)
  const result = assumeRoleWithWebIdentity(settings, identity, form, surroundings)
  return resultAnswer('AssumeRoleWithWebIdentity', result, surroundings.requestId)
}

function knownAction(form: URLSearchParams): 'AssumeRole' | 'GetCallerIdentity' {
  const action = form.get('Action')
  if (action === null)
    throw new Refused(400, 'MissingAction', 'The request must contain the parameter Action.')
  mustBeVersion(form)
  if (action === 'AssumeRole' || action === 'GetCallerIdentity') return action
  throw noOperation(form)
}

function mustBeVersion(form: URLSearchParams): void {
  if (form.get('Version') !== '2011-06-15') throw noOperation(form)
}

function noOperation(form: URLSearchParams): Refused {
  const version = form.get('Version') ?? 'NO_VERSION_SPECIFIED'
  const message = `Could not find operation ${form.get('Action')} for version ${version}`
  return new Refused(400, 'InvalidAction', message)
}

function callerOf({ account }: StsSettings, request: HttpRequest, nowMs: number): Principal {
  const signature = readSignature(request)
  if (signature === undefined)
    throw new Refused(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token')
  if (signature === 'malformed')
    throw new Refused(
      400,
      'IncompleteSignature',
      'Authorization header or query is not a complete signature.',
    )
  const payload = sha256(request.body)
  // STS gives every signature a quarter of an hour, whatever a presigned one says (facts B5).
  const found = authenticate(account.principals, {
    request,
    signature,
    payload,
    nowMs,
    honoursExpires: false,
  })
  if ('problem' in found) throw refusalOf(found)
  return found
}

function refusalOf(found: Unauthenticated): Refused {
  const mismatch = (message: string) => new Refused(403, 'SignatureDoesNotMatch', message)
  switch (found.problem) {
    case 'unknown_key':
    case 'missing_token':
    case 'wrong_token':
      return new Refused(
        403,
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
      )
    case 'expired_token':
      return new Refused(403, 'ExpiredToken', 'The security token included in the request is expired')
    case 'past':
    case 'overdue':
      return mismatch(
        `Signature expired: ${found.signed} is now earlier than ${found.bound} (${found.now} - 15 min.)`,
      )
    case 'ahead':
      return mismatch(
        `Signature not yet current: ${found.signed} is still later than ${found.bound} (${found.now} + 15 min.)`,
      )
    case 'unsigned_headers':
      return mismatch("'Host' and every 'X-Amz-' header must be a 'SignedHeader' in the AWS Authorization.")
    case 'wrong_signature':
      return mismatch(
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      )
  }
}
