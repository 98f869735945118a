import type { Credentials } from '../broker/credentials.ts'

/** SDKs ask anew at 15 minutes left at the latest (facts C1); what they then get is to last beyond that. */
const refreshSeconds = 1200

/** An SDK asks up to five times within three seconds where it is refused; the broker is asked once. */
const againSeconds = 5

/**
 * Credentials that are fetched anew once 20 minutes are left, or half of what they had where that is less. Where that
 * fails, those at hand are good until they end, and it is tried again after 5 s. One fetch at a time.
 */
export function refreshed(
  first: Credentials,
  fetchNew: () => Promise<Credentials>,
  nowMs: () => number,
): () => Promise<Credentials> {
  let held = first
  let dueMs = dueOf(first, nowMs())
  let failure: unknown
  let flight: Promise<void> | undefined
  const renew = async () => {
    try {
      held = await fetchNew()
      dueMs = dueOf(held, nowMs())
    } catch (error) {
      failure = error
      dueMs = nowMs() + againSeconds * 1000
    } finally {
      flight = undefined
    }
  }
  return async () => {
    if (nowMs() >= dueMs) {
      flight ??= renew()
      await flight
    }
    if (nowMs() < held.expiresAtMs) return held
    throw failure
  }
}

function dueOf({ expiresAtMs }: Credentials, nowMs: number): number {
  return expiresAtMs - Math.min(refreshSeconds * 1000, (expiresAtMs - nowMs) / 2)
}
