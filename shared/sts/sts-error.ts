import { PosternError } from '../error.ts'
import type { Reason } from '../reason.ts'

/**
 * An error of the SDK as one of ours, by STS's wire code (facts B3). Of its message nothing is kept but what STS says
 * of a call it refused, which names roles and actions and is our operator's only hint.
 */
export function stsError(error: unknown): PosternError {
  if (error instanceof PosternError) return error
  const code = wireCode(error)
  const reason = reasonOf(code, error)
  const said = reason === 'sts_refused' ? `: ${saidBy(error)}` : ''
  return new PosternError(reason, `STS: ${code}${said}`, { code }, { cause: error })
}

/** JS's name of an error that the model has ends in `Exception`; the code on the wire does not always. */
export function wireCode(error: unknown): string {
  const { Code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    Code?: unknown
    name?: unknown
  }
  const code = typeof Code === 'string' ? Code : name
  return typeof code === 'string' && /^[\w.]{1,64}$/.test(code)
    ? code.replace(/Exception$/, '')
    : 'UnknownError'
}

function reasonOf(code: string, error: unknown): Reason {
  if (Object.hasOwn(byCode, code)) return byCode[code] as Reason
  const status = (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode
  return status !== undefined && status >= 400 && status < 500 ? 'sts_refused' : 'sts_unavailable'
}

const byCode: Readonly<Record<string, Reason>> = {
  Throttling: 'sts_throttled',
  ThrottlingException: 'sts_throttled',
  RequestLimitExceeded: 'sts_throttled',
  TooManyRequests: 'sts_throttled',
  PackedPolicyTooLarge: 'session_too_large',
  // STS could not fetch our keys (facts B3).
  IDPCommunicationError: 'sts_unavailable',
  // The broker's own credentials or clock: what a new execution environment cures.
  ExpiredToken: 'sts_unavailable',
  RequestExpired: 'sts_unavailable',
  InvalidClientTokenId: 'sts_unavailable',
  SignatureDoesNotMatch: 'sts_unavailable',
  CredentialsProviderError: 'sts_unavailable',
}

/** One line of it, cut. Between quotes STS repeats what it was sent, and that may be a claim. */
function saidBy(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  return message
    .replace(/[^ -~]+/g, ' ')
    .replace(/'.*'/, "'…'")
    .slice(0, 256)
}
