import type { Issuer } from '../access/access.ts'
import type { JsonObject } from '../json.ts'
import { type KeySet, readKeySet } from './key-set.ts'

/** After a fetch, the same cause brings no other for this long: made-up tokens must not become a storm. */
export const cooldownMs = 10_000
/** The same where no keys are held yet: until then every call fails, and the issuer may be back in a moment. */
export const firstCooldownMs = 1000
/** A fetch begun longer ago was frozen with its Lambda: its answer is discarded and another may begin. */
export const maxFlightMs = 4000

export type KeyDependencies = {
  readonly fetchJson: (url: string) => Promise<JsonObject>
  readonly nowMs: () => number
}

/** Why keys are fetched: they are of age (or there are none), a `kid` is unknown, a signature does not hold. */
export type Cause = 'age' | 'kid' | 'signature'

/** The key set an issuer publishes, as of its last fetch. */
export type KeyFetch = {
  set: KeySet | undefined
  /** When the fetch that brought it set off. */
  fetchedAtMs: number
  /** How many fetches have brought one. */
  count: number
  /** Whether the last fetch froze. */
  overdue: boolean
  lastError: unknown
  /** The fetch under way that may yet answer in time; never rejects. */
  underWay(nowMs: number): Promise<void> | undefined
  /** Fetches, or joins the fetch under way; `undefined` within the cooldown. Never rejects. */
  refresh(cause: Cause, nowMs: number): Promise<void> | undefined
}

/**
 * One flight at a time, except that a frozen one is left behind; and none within the cooldown of the last for the
 * same cause, so that a refresh by age does not keep a key rotated right after it from being looked up.
 */
export function createKeyFetch(issuer: Issuer, { fetchJson, nowMs: clock }: KeyDependencies): KeyFetch {
  const never = Number.NEGATIVE_INFINITY
  const attemptedAtMs: Record<Cause, number> = { age: never, kid: never, signature: never }
  let flight: { readonly startedAtMs: number; readonly done: Promise<void> } | undefined

  async function fly(startedAtMs: number): Promise<void> {
    const isLate = () => clock() - startedAtMs > maxFlightMs
    try {
      const document = await fetchJson(await jwksUri(issuer, fetchJson))
      if (isLate() || startedAtMs < held.fetchedAtMs) return
      const fresh = readKeySet(document, held.set)
      if (!fresh) throw new Error('the key set has no usable key')
      held.set = fresh
      held.fetchedAtMs = startedAtMs
      held.count++
      // Age itself spaces the refreshes that succeed; the cooldown is for those that fail.
      attemptedAtMs.age = never
    } catch (error) {
      held.lastError = error
    } finally {
      if (flight?.startedAtMs === startedAtMs) {
        flight = undefined
        held.overdue = isLate()
      }
    }
  }

  const held: KeyFetch = {
    set: undefined,
    fetchedAtMs: 0,
    count: 0,
    overdue: false,
    lastError: undefined,
    underWay: (nowMs) => (flight && nowMs - flight.startedAtMs <= maxFlightMs ? flight.done : undefined),
    refresh(cause, nowMs) {
      const joined = held.underWay(nowMs)
      if (joined) return joined
      if (nowMs - attemptedAtMs[cause] < (held.set ? cooldownMs : firstCooldownMs)) return undefined
      attemptedAtMs[cause] = nowMs
      if (flight) held.overdue = true
      const done = fly(nowMs)
      flight = { startedAtMs: nowMs, done }
      return done
    },
  }
  return held
}

/** OpenID Connect Discovery 1.0 section 4.3: the document's `issuer` must be the configured one, byte for byte. */
async function jwksUri(issuer: Issuer, fetchJson: KeyDependencies['fetchJson']): Promise<string> {
  if ('jwksUri' in issuer.keys) return issuer.keys.jwksUri
  if (!('discovery' in issuer.keys)) throw new Error('pinned keys are not fetched')
  const document = await fetchJson(issuer.keys.discovery)
  if (document.issuer !== issuer.iss) throw new Error('the discovery document names another issuer')
  const uri = document.jwks_uri
  if (typeof uri !== 'string') throw new Error('the discovery document has no "jwks_uri"')
  // http is for loopback alone, and there Lambda's runtime listens: no issuer on the network may send a fetch to it.
  if (issuer.keys.discovery.startsWith('https:') && URL.parse(uri)?.protocol !== 'https:')
    throw new Error('the discovery document names a "jwks_uri" that is not https')
  return uri
}
