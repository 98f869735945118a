import type { Access, Issuer } from '../shared/access/access.ts'
import { PosternError } from '../shared/error.ts'
import { type Outcome, reasons } from '../shared/reason.ts'
import { peek } from '../shared/token/peek.ts'
import { type CheckKind, checksOf } from './checks.ts'
import type { Explanation, Verdict } from './explanation.ts'
import { reasonTexts } from './reason-text.ts'

/** What was thrown, as a verdict. */
export function refused(error: unknown): Verdict {
  // Anything else is a bug, and its message might quote what it stumbled over.
  if (!(error instanceof PosternError)) return { effect: 'deny', reason: 'internal_error' }
  const { reason, message, facts, cause } = error
  return { effect: 'deny', reason, message, facts, ...(cause instanceof Error && { cause: cause.message }) }
}

export function isOurs(reason: Outcome): boolean {
  return reason !== 'granted' && reasons[reason].fault === 'ours'
}

/** What the token was put to: which check failed, of which issuer, and what to do. `known` once the token has held. */
export function verdictText(
  access: Access,
  verdict: Verdict,
  kind: CheckKind,
  token: string | undefined,
  known: Issuer | undefined,
): Verdict & Pick<Explanation, 'means' | 'checks' | 'issuer'> {
  const issuer = known ?? issuerHeldAgainst(access, token, verdict.reason, kind)
  return {
    ...withAllowed(verdict, issuer),
    means: reasonTexts[verdict.reason].means,
    checks: checksOf(verdict.reason, issuer?.type, kind),
    ...(issuer !== undefined && { issuer: issuer.name }),
  }
}

/** The error does not say whom the tokens of this issuer may be for; the manifest does. */
function withAllowed(verdict: Verdict, issuer: Issuer | undefined): Verdict {
  if (verdict.reason !== 'audience_not_allowed' || !issuer?.audience) return verdict
  return { ...verdict, facts: { ...verdict.facts, allowed: issuer.audience } }
}

/** Only from the check of the issuer on does `iss` say whose rules the token was held against. */
function issuerHeldAgainst(
  access: Access,
  token: string | undefined,
  reason: Outcome,
  kind: CheckKind,
): Issuer | undefined {
  if (token === undefined) return undefined
  if (checksOf(reason, undefined, kind).find(({ id }) => id === 'issuer')?.result !== 'ok') return undefined
  const { iss } = peek(token).unverified
  return access.issuers.find((issuer) => issuer.iss === iss)
}

/** What to do about the reason, here: a `--local` issuer is the reader's own. */
export function mendOf(reason: Outcome, localIssuers: string | undefined): string {
  if (localIssuers !== undefined && (reason === 'keys_unavailable' || reason === 'keys_stale'))
    return `Check: is \`npm start\` running, and are its issuers at ${localIssuers}?`
  return reasonTexts[reason].mend
}
