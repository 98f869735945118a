import type { Issuer } from '../access/access.ts'
import { PosternError } from '../error.ts'
import type { JsonObject } from '../json.ts'
import type { Header } from './header.ts'
import type { Key } from './key.ts'
import { type KeySet, readKeySet, selectKey } from './key-set.ts'

/** After a fetch, an unknown `kid` causes no other for this long: made-up ones must not become a storm. */
export const cooldownMs = 10_000
/** The same where no keys are held yet: until then every call fails, and the issuer may be back in a moment. */
export const firstCooldownMs = 1000
/** A fetch begun longer ago was frozen with its Lambda: its answer is discarded and another may begin. */
export const maxFlightMs = 4000

export type KeyDependencies = {
  readonly fetchJson: (url: string) => Promise<JsonObject>
  readonly nowMs: () => number
}

/** The keys of one issuer, and how fresh they are. */
export type IssuerKeys = {
  /**
   * The key for a header, at once where it is held. Throws or rejects with the reasons of `selectKey`, or
   * `keys_unavailable` (none could ever be had) and `keys_stale` (held ones are too old, or a `kid` cannot be looked
   * up now): those two are our fault, since a fetch might have cured them.
   */
  find(header: Header, nowMs: number): Key | Promise<Key>
  /** Whether a key is still in a set that may be used: what was verified with it stays verified as long. */
  serves(key: Key, nowMs: number): boolean
  /** Starts a fetch where the keys have come of age, to run beside the decision. */
  refreshIfDue(nowMs: number): void
  /** The fetch under way, if any; never rejects. */
  pending(): Promise<void> | undefined
  ageSeconds(nowMs: number): number | undefined
}

export function createIssuerKeys(issuer: Issuer, { fetchJson, nowMs: clock }: KeyDependencies): IssuerKeys {
  let set: KeySet | undefined
  let fetchedAtMs = 0
  let fetches = 0
  const attemptedAtMs = { age: Number.NEGATIVE_INFINITY, kid: Number.NEGATIVE_INFINITY }
  let flight: { readonly startedAtMs: number; readonly done: Promise<void> } | undefined
  let lastError: unknown
  const pinned = 'jwks' in issuer.keys
  if ('jwks' in issuer.keys) set = readKeySet(issuer.keys.jwks)

  const age = (nowMs: number) => (pinned ? 0 : (nowMs - fetchedAtMs) / 1000)
  // Keys not yet due for a refresh are not stale, so that `maxKeyStaleSeconds: 0` means no longer than their age.
  const servesSeconds = Math.max(issuer.maxKeyAgeSeconds, issuer.maxKeyStaleSeconds)
  const usable = (nowMs: number) => (set && age(nowMs) < servesSeconds ? set : undefined)

  async function fly(startedAtMs: number): Promise<void> {
    try {
      const document = await fetchJson(await jwksUri(issuer, fetchJson))
      if (clock() - startedAtMs > maxFlightMs || startedAtMs < fetchedAtMs) return
      const fresh = readKeySet(document, set)
      if (!fresh) throw new Error('the key set has no usable key')
      set = fresh
      fetchedAtMs = startedAtMs
      fetches++
      // Age itself spaces the refreshes that succeed; the cooldown is for those that fail.
      attemptedAtMs.age = Number.NEGATIVE_INFINITY
    } catch (error) {
      lastError = error
    } finally {
      if (flight?.startedAtMs === startedAtMs) flight = undefined
    }
  }

  /**
   * One flight at a time, except that a frozen one is left behind; and none within the cooldown of the last for the
   * same cause, so that a refresh by age does not keep a key rotated right after it from being looked up.
   */
  function fetchKeys(cause: 'age' | 'kid', nowMs: number): Promise<void> | undefined {
    if (flight && nowMs - flight.startedAtMs <= maxFlightMs) return flight.done
    if (pinned || nowMs - attemptedAtMs[cause] < (set ? cooldownMs : firstCooldownMs)) return undefined
    attemptedAtMs[cause] = nowMs
    const done = fly(nowMs)
    flight = { startedAtMs: nowMs, done }
    return done
  }

  async function findAfterFetch(header: Header, nowMs: number): Promise<Key> {
    // A flight begun before this call may have set off before the key was published: after it, this call's own.
    if (flight && nowMs - flight.startedAtMs <= maxFlightMs) await flight.done
    const held = usable(clock())
    const key = held && selectOrUndefined(held, header)
    if (key) return key
    const before = fetches
    await fetchKeys(held ? 'kid' : 'age', nowMs)
    const current = usable(clock())
    if (!current) throw unusable(set, lastError)
    if (pinned || fetches !== before || current.byKid.has(header.kid ?? '')) return selectKey(current, header)
    throw new PosternError(
      'keys_stale',
      'the header\'s "kid" is unknown and the issuer\'s keys could not be fetched just now',
      {},
      { cause: lastError },
    )
  }

  return {
    find(header, nowMs) {
      const current = usable(nowMs)
      return (current && selectOrUndefined(current, header)) ?? findAfterFetch(header, nowMs)
    },
    serves: (key, nowMs) => usable(nowMs)?.members.includes(key) ?? false,
    refreshIfDue(nowMs) {
      if (set && age(nowMs) >= issuer.maxKeyAgeSeconds) fetchKeys('age', nowMs)
    },
    pending: () => flight?.done,
    ageSeconds: (nowMs) => (set && !pinned ? Math.max(0, Math.floor(age(nowMs))) : undefined),
  }
}

/** `undefined` for a `kid` that is not in the set: a fetch may bring it. Other mismatches are thrown at once. */
function selectOrUndefined(set: KeySet, header: Header): Key | undefined {
  if (header.kid !== undefined && !set.byKid.has(header.kid)) return undefined
  return selectKey(set, header)
}

function unusable(set: KeySet | undefined, cause: unknown): PosternError {
  if (set)
    return new PosternError(
      'keys_stale',
      "the issuer's keys are past their time and could not be fetched again",
      {},
      { cause },
    )
  return new PosternError('keys_unavailable', "the issuer's keys could not be fetched", {}, { cause })
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
