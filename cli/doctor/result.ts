/** What a check looks at; one file of this folder each. */
export type CheckName = 'issuer' | 'clock' | 'token' | 'broker' | 'api' | 'aws-role' | 'direct-trust'

/** `skipped`: not looked at, for the reason in `what`. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped'

export type Result = {
  readonly check: CheckName
  /** An issuer's name, a request, a role. */
  readonly subject: string
  readonly outcome: Outcome
  readonly what: string
  readonly mend?: string
}

/** Results of one check about one subject. */
export function about(check: CheckName, subject: string) {
  const plain =
    (outcome: 'ok' | 'skipped') =>
    (what: string): Result => ({ check, subject, outcome, what })
  const mended =
    (outcome: 'warning' | 'failed') =>
    (what: string, mend: string): Result => ({
      check,
      subject,
      outcome,
      what,
      mend,
    })
  return { ok: plain('ok'), skipped: plain('skipped'), warning: mended('warning'), failed: mended('failed') }
}
