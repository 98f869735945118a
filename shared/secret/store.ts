import { PosternError } from '../error.ts'
import { createFlights } from '../flight.ts'
import type { SecretsManager } from './client.ts'
import { readVersions, type Version, type Versions } from './versions.ts'

/** Versions and stages are read again when they are older, beside a call that goes on with what is held. */
export const secretAgeMs = 60_000
/** While Secrets Manager is down, what is held serves that long. */
export const secretStaleMs = 3_600_000
/** After a reading that failed, none by age for that long. */
export const secretCooldownMs = 10_000
/** Of readings that a secret which does not fit asks for, one in that time for each secret. */
export const rereadCooldownMs = 1000

/** One secret, read and kept. */
export type HeldSecret = {
  /** As held, or read first. Throws `secret_unusable`, `secret_unavailable`. */
  versions(): Promise<Versions>
  /**
   * Read anew for what did not fit: a caller must not be refused by what is no longer all there is. Waits for the
   * cooldown, so that a guess costs a second. Throws as `versions`, since nothing is known then.
   */
  reread(): Promise<Versions>
  /** The reading under way, if any, for the end of a call. */
  pending(nowMs: number): { readonly done: Promise<void>; readonly overdue: boolean } | undefined
}

export type SecretStoreDependencies = {
  readonly secretsManager: SecretsManager
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  readonly wait: (ms: number) => Promise<void>
}

/** A secret that is kept by version and stage, refreshed as an issuer's keys are (design section 4). */
export function createHeldSecret(
  secretId: string,
  { secretsManager, nowMs, wait }: SecretStoreDependencies,
): HeldSecret {
  let held: Versions | undefined
  let readAtMs = Number.NEGATIVE_INFINITY
  let readings = 0
  let lastError: unknown

  const flights = createFlights<'age' | 'misfit'>(nowMs, async (startedAtMs, isLate) => {
    try {
      const fresh = await readVersions(secretsManager, secretId, knownOf(held))
      if (isLate() || startedAtMs < readAtMs) return
      held = fresh
      readAtMs = startedAtMs
      readings++
      flights.forget('age')
    } catch (error) {
      lastError = error
    }
  })
  const usable = () => (nowMs() - readAtMs < secretStaleMs ? held : undefined)
  const failed = () =>
    lastError instanceof PosternError
      ? lastError
      : new PosternError(
          'secret_unavailable',
          'the secret could not be read just now',
          {},
          { cause: lastError },
        )

  return {
    async versions() {
      const now = nowMs()
      const current = usable()
      if (current !== undefined) {
        if (now - readAtMs >= secretAgeMs) flights.start('age', now, secretCooldownMs)
        return current
      }
      await flights.start('age', now, rereadCooldownMs)
      const fresh = usable()
      if (fresh === undefined) throw failed()
      return fresh
    },
    async reread() {
      // One that set off before this call may have missed what this caller has.
      await flights.underWay(nowMs())
      const before = readings
      let reading = flights.start('misfit', nowMs(), rereadCooldownMs)
      if (reading === undefined) {
        await wait(rereadCooldownMs)
        reading = flights.start('misfit', nowMs(), 0)
      }
      await reading
      if (readings === before || held === undefined) throw failed()
      return held
    },
    pending(now) {
      const done = flights.underWay(now)
      return done && { done, overdue: flights.overdue }
    },
  }
}

function knownOf(held: Versions | undefined): ReadonlyMap<string, Version> {
  const versions = [held?.current, held?.previous, held?.pending]
  return new Map(versions.flatMap((one) => (one === undefined ? [] : [[one.id, one]])))
}
