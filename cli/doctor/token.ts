import { decodeBase64url } from '../../shared/base64url.ts'
import type { Outcome } from '../../shared/reason.ts'
import type { Answer } from '../broker/get-json.ts'
import { isOurs, mendOf } from '../explain-verdict.ts'
import { reasonTexts } from '../reason-text.ts'
import { about, type Result } from './result.ts'
import { readRoles } from './roles-answer.ts'

/** Whether the probe token holds by this manifest: what is then found out with it depends on that. */
export function checkToken({ body }: Answer, localIssuers: string | undefined): Result {
  const { ok, warning, failed } = about('token', 'by this manifest')
  const caller = readRoles(body)
  if (caller) {
    const roles = [...caller.routes.keys()].join(', ')
    const what = `of the issuer "${caller.issuer}", with the roles ${roles || '(none)'}`
    return roles === '' ? warning(what, reasonTexts.role_none.mend) : ok(what)
  }
  const reason = reasonOf(body) ?? 'internal_error'
  const what = `${reason}: ${reasonTexts[reason].means}`
  return isOurs(reason)
    ? warning(what, mendOf(reason, localIssuers))
    : failed(what, mendOf(reason, localIssuers))
}

/** A reason that this version knows. */
export function reasonOf(body: Answer['body']): Outcome | undefined {
  const reason = body?.reason
  return typeof reason === 'string' && Object.hasOwn(reasonTexts, reason) ? (reason as Outcome) : undefined
}

/** The same token with one bit of its signature turned: whoever takes it does not look at signatures. */
export function tampered(token: string): string {
  const dot = token.lastIndexOf('.')
  const signature = Buffer.from(decodeBase64url(token.slice(dot + 1)) ?? [0])
  signature[0] = (signature[0] ?? 0) ^ 1
  return `${token.slice(0, dot)}.${signature.toString('base64url')}`
}
