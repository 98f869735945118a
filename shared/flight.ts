/** A fetch begun longer ago was frozen with its Lambda: its answer is discarded and another may begin. */
export const maxFlightMs = 4000

/** Fetches of one thing that outlives a call: one at a time, spaced by cause. */
export type Flights<Cause extends string> = {
  /** Whether the last fetch froze. */
  overdue: boolean
  /** The fetch under way that may yet answer in time; never rejects. */
  underWay(nowMs: number): Promise<void> | undefined
  /** Fetches, or joins the fetch under way; `undefined` within the cooldown. Never rejects. */
  start(cause: Cause, nowMs: number, cooldownMs: number): Promise<void> | undefined
  /** What time itself spaces needs no cooldown after a success. */
  forget(cause: Cause): void
}

/**
 * One flight at a time, except that a frozen one is left behind; and none within the cooldown of the last for the
 * same cause, so that a refresh by age does not keep what changed right after it from being looked up. `fly` keeps what
 * it brings unless `isLate()`, and never rejects.
 */
export function createFlights<Cause extends string>(
  clock: () => number,
  fly: (startedAtMs: number, isLate: () => boolean) => Promise<void>,
): Flights<Cause> {
  const attemptedAtMs = new Map<Cause, number>()
  let flight: { readonly startedAtMs: number; readonly done: Promise<void> } | undefined

  async function run(startedAtMs: number): Promise<void> {
    const isLate = () => clock() - startedAtMs > maxFlightMs
    await fly(startedAtMs, isLate)
    if (flight?.startedAtMs !== startedAtMs) return
    flight = undefined
    flights.overdue = isLate()
  }

  const flights: Flights<Cause> = {
    overdue: false,
    underWay: (nowMs) => (flight && nowMs - flight.startedAtMs <= maxFlightMs ? flight.done : undefined),
    start(cause, nowMs, cooldownMs) {
      const joined = flights.underWay(nowMs)
      if (joined) return joined
      const before = attemptedAtMs.get(cause)
      if (before !== undefined && nowMs - before < cooldownMs) return undefined
      attemptedAtMs.set(cause, nowMs)
      if (flight) flights.overdue = true
      const done = run(nowMs)
      flight = { startedAtMs: nowMs, done }
      return done
    },
    forget: (cause) => void attemptedAtMs.delete(cause),
  }
  return flights
}
