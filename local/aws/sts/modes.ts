import type { Outcome } from '../http.ts'
import { Refused } from '../refused.ts'
import { errorAnswer, resultAnswer } from './answers.ts'

/** How STS answers. S3 works on. */
export type Mode =
  | 'up'
  /** 400 `Throttling`. */
  | 'throttle'
  /** 500 `InternalFailure`. */
  | 'error'
  /** 503 `ServiceUnavailable`. */
  | 'unavailable'
  /** Never answers. */
  | 'hang'
  /** The connection is reset. */
  | 'down'
  /** 200, and not XML. */
  | 'garbage'
  /** 200, without a session token and an expiry. */
  | 'partial'
  /** Its clock is 20 minutes ahead, as its Date header says. */
  | 'skew'
  /** `ExpiredToken`, as if the caller's own session were over. */
  | 'expired'
  /**
   * Sessions are over in seconds, whatever length was asked for. STS gives none below 15 minutes, and clients fetch
   * again at 5 to 15 minutes left: so that a test need not wait for that, nor take their word for it.
   */
  | 'brief'

/** How long the sessions of `brief` last, unless the setting says otherwise. */
export const briefSeconds = 4

export const skewMs = 20 * 60 * 1000

/** The answer that a mode gives whatever was asked; `undefined` where the request is looked at. */
export function answerOfMode(
  mode: Mode,
  action: string,
  requestId: string,
): { outcome: Outcome; code?: string } | undefined {
  const refused = refusals[mode]
  if (refused) return { outcome: errorAnswer(refused, requestId), code: refused.code }
  switch (mode) {
    case 'hang':
      return { outcome: 'hang' }
    case 'down':
      return { outcome: 'reset' }
    case 'garbage':
      return { outcome: { status: 200, headers: { 'content-type': 'text/html' }, body: 'Maintenance <now' } }
    case 'partial':
      return { outcome: resultAnswer(action, partial, requestId) }
    default:
      return undefined
  }
}

const refusals: Readonly<Partial<Record<Mode, Refused>>> = {
  throttle: new Refused(400, 'Throttling', 'Rate exceeded'),
  error: new Refused(
    500,
    'InternalFailure',
    'The request processing has failed because of an internal error.',
  ),
  unavailable: new Refused(
    503,
    'ServiceUnavailable',
    'The request has failed due to a temporary failure of the server.',
  ),
  expired: new Refused(403, 'ExpiredToken', 'The security token included in the request is expired'),
}

const partial = {
  Credentials: { AccessKeyId: `ASIA${'PARTIAL'.padEnd(16, 'A')}`, SecretAccessKey: 'partial' },
}
