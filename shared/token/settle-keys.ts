import { type IssuerKeys, maxFindMs } from './issuer-keys.ts'
import type { Visit } from './verify.ts'
import { within } from './within.ts'

/** How long an invocation waits at its end for a fetch of keys, since Lambda freezes what is still under way. */
export const maxRefreshWaitMs = 300

/**
 * What an invocation waits for at its end, refused or not, as a flood of bad tokens must not keep an issuer's keys from
 * being refreshed; `undefined` where no fetch is under way.
 */
export function settleKeys(visit: Visit, nowMs: number): Promise<void> | undefined {
  return settle(visit.keys, visit, nowMs)
}

/** The same for anything that is read again beside a call. */
export function settle(
  read: Pick<IssuerKeys, 'pending'> | undefined,
  visit: Visit,
  nowMs: number,
): Promise<void> | undefined {
  const pending = read?.pending(nowMs)
  return pending && within(patience(pending.overdue, nowMs - visit.nowMs), pending.done)
}

/**
 * A refresh that follows one which froze is waited for in full: on an instance that is called once a minute, none
 * of an issuer that takes longer than the usual wait would ever come in.
 */
function patience(overdue: boolean, elapsedMs: number): number {
  return overdue ? maxFindMs - elapsedMs : Math.min(maxRefreshWaitMs, maxFindMs - elapsedMs)
}
