import { PosternError } from '../../shared/error.ts'
import type { Effect, Reason } from '../../shared/reason.ts'

// Compiled by `npm run typecheck` and never run: each line below the comment must not compile, or tsc reports it.

const whole = {
  fault: 'caller',
  final: true,
  http: 401,
  sts: 'AccessDenied',
  oauth: 'access_denied',
} as const
const { oauth, ...withoutOauth } = whole
const { sts, ...withoutSts } = whole
const { http, ...withoutHttp } = whole
const { final, ...withoutFinal } = whole
const { fault, ...withoutFault } = whole

// @ts-expect-error A reason says what it is to OAuth clients,
export const noOauth = { a: withoutOauth } satisfies Record<string, Effect>
// @ts-expect-error to STS clients,
export const noSts = { a: withoutSts } satisfies Record<string, Effect>
// @ts-expect-error over HTTP,
export const noHttp = { a: withoutHttp } satisfies Record<string, Effect>
// @ts-expect-error whether it is final,
export const noFinal = { a: withoutFinal } satisfies Record<string, Effect>
// @ts-expect-error and whose fault it is.
export const noFault = { a: withoutFault } satisfies Record<string, Effect>
// @ts-expect-error A status that no protocol of ours answers with.
export const teapot = { a: { ...whole, http: 418 } } satisfies Record<string, Effect>

// @ts-expect-error The table is closed: a reason that is not in it is none.
export const made: Reason = 'because'
// @ts-expect-error An error has a reason of the table.
export const thrown = new PosternError('because', 'x')

// The control.
export const complete = { a: { fault, final, http, sts, oauth } } satisfies Record<string, Effect>
export const known: Reason = 'token_expired'
