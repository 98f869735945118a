import { authenticate, type Unauthenticated } from '../authenticate.ts'
import type { HttpRequest } from '../http.ts'
import type { Principal } from '../principal.ts'
import { Refused } from '../refused.ts'
import type { Signature } from '../sigv4.ts'
import { payloadOf } from './body.ts'

/** Who calls; throws S3's own errors for a signature that is nobody's. */
export function callerOf(
  principals: ReadonlyMap<string, Principal>,
  {
    request,
    signature,
    region,
    nowMs,
  }: {
    readonly request: HttpRequest
    readonly signature: Signature | undefined | 'malformed'
    readonly region: string
    readonly nowMs: number
  },
): Principal {
  // Nobody here has a bucket that is open to the world.
  if (signature === undefined) throw new Refused(403, 'AccessDenied', 'Access Denied')
  if (signature === 'malformed')
    throw new Refused(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.')
  if (signature.region !== region)
    throw new Refused(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${signature.region}' is wrong; expecting '${region}'`,
    )
  const payload = signature.expiresSeconds === undefined ? payloadOf(request) : 'UNSIGNED-PAYLOAD'
  const found = authenticate(principals, { request, signature, payload, nowMs, honoursExpires: true })
  if ('problem' in found) throw refusalOf(found)
  return found
}

function refusalOf({ problem }: Unauthenticated): Refused {
  const [status, code, message] = errors[problem]
  return new Refused(status, code, message)
}

const skewed = [
  403,
  'RequestTimeTooSkewed',
  'The difference between the request time and the current time is too large.',
] as const

/** Also for a session's key that comes without its token: S3 looks among the keys of users then. */
const unknownKey = [
  403,
  'InvalidAccessKeyId',
  'The AWS Access Key Id you provided does not exist in our records.',
] as const

const errors: Readonly<Record<Unauthenticated['problem'], readonly [number, string, string]>> = {
  unknown_key: unknownKey,
  missing_token: unknownKey,
  wrong_token: [400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.'],
  expired_token: [400, 'ExpiredToken', 'The provided token has expired.'],
  past: skewed,
  ahead: skewed,
  overdue: [403, 'AccessDenied', 'Request has expired'],
  unsigned_headers: [403, 'AccessDenied', 'There were headers present in the request which were not signed'],
  wrong_signature: [
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
}
