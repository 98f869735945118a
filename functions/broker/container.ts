import { PosternError } from '../../shared/error.ts'
import type { Lease } from '../../shared/sts/lease.ts'
import { fromHeader, onlyToken } from '../../shared/token/token-place.ts'
import { borrow, readParameters, readSeconds, roleNamed } from './borrow.ts'
import { type Call, type HttpAnswer, jsonAnswer } from './call.ts'
import type { Parts } from './parts.ts'

/**
 * `GET /credentials/{role}?scope=a+b&durationSeconds=`: the container credentials protocol, which every AWS SDK
 * speaks (facts C1), with the caller's token in `Authorization`.
 */
export async function answerContainer(parts: Parts, call: Call): Promise<HttpAnswer> {
  call.record.action = 'credentials'
  const { scope, durationSeconds } = readParameters(call.query, ['scope', 'durationSeconds'])
  const wish = { scopes: readScopes(scope), seconds: readSeconds(durationSeconds, 'durationSeconds') }
  const caller = await parts.identify(call, headerToken(call))
  const role = roleNamed(caller, call.pathParameters?.role ?? '')
  return jsonAnswer(
    200,
    containerCredentials(await borrow(parts.leases, call, caller, role, wish, parts.nowMs)),
  )
}

/** The one token in the header `Authorization`, bare or after Bearer. */
export function headerToken({ headers }: Call): string {
  return onlyToken(fromHeader(headers, 'authorization'), 'header')
}

/** In a query `+` is a space; REST APIs are said to leave it as it is, and no scope has one in its name. */
function readScopes(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  const scopes = text.split(/[ +]+/).filter((scope) => scope !== '')
  if (scopes.length > 0) return [...new Set(scopes)].sort()
  throw new PosternError('request_invalid', '"scope" names no scope; without it the session has all of them')
}

/** `Token` here, where STS and credential processes say SessionToken; without fractions, which some parsers refuse. */
function containerCredentials(lease: Lease): object {
  return {
    AccessKeyId: lease.accessKeyId,
    SecretAccessKey: lease.secretAccessKey,
    Token: lease.sessionToken,
    Expiration: instant(lease.expiresAtMs),
    AccountId: lease.accountId,
  }
}

export function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
