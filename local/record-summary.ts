import type { DecisionRecord } from '../shared/audit/record.ts'

/** A decision record as `npm start` shows it: one short line. */
export function recordSummary(record: DecisionRecord): string {
  const { effect, reason, method = '', path = '', issuer, subject, roles, message } = record
  const caller = issuer === undefined ? 'unknown caller' : `${issuer}|${subject}${roles ? ` (${roles})` : ''}`
  return `${effect.padEnd(5)} ${reason.padEnd(22)} ${method} ${path}  ${caller}${message ? `  ${message}` : ''}`
}
