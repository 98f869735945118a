import type { Issuer } from '../access/access.ts'
import { createFlights } from '../flight.ts'
import type { JsonObject } from '../json.ts'
import { type KeySet, readKeySet } from './key-set.ts'

/** After a fetch, the same cause brings no other for this long: made-up tokens must not become a storm. */
export const cooldownMs = 10_000
/** The same where no keys are held yet: until then every call fails, and the issuer may be back in a moment. */
export const firstCooldownMs = 1000
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
  lastError: unknown
  /** Whether the last fetch froze. */
  isOverdue(): boolean
  /** The fetch under way that may yet answer in time; never rejects. */
  underWay(nowMs: number): Promise<void> | undefined
  /** Fetches, or joins the fetch under way; `undefined` within the cooldown. Never rejects. */
  refresh(cause: Cause, nowMs: number): Promise<void> | undefined
}

/** The key set of an issuer, fetched one flight at a time. */
export function createKeyFetch(issuer: Issuer, { fetchJson, nowMs: clock }: KeyDependencies): KeyFetch {
  const flights = createFlights<Cause>(clock, async (startedAtMs, isLate) => {
    try {
      const document = await fetchJson(await jwksUri(issuer, fetchJson))
      if (isLate() || startedAtMs < held.fetchedAtMs) return
      const fresh = readKeySet(document, held.set)
      if (!fresh) throw new Error('the key set has no usable key')
      held.set = fresh
      held.fetchedAtMs = startedAtMs
      held.count++
      // Age itself spaces the refreshes that succeed; the cooldown is for those that fail.
      flights.forget('age')
    } catch (error) {
      held.lastError = error
    }
  })
  const held: KeyFetch = {
    set: undefined,
    fetchedAtMs: 0,
    count: 0,
    lastError: undefined,
    isOverdue: () => flights.overdue,
    underWay: flights.underWay,
    refresh: (cause, nowMs) => flights.start(cause, nowMs, held.set ? cooldownMs : firstCooldownMs),
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
