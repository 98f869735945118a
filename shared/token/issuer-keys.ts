import type { Issuer } from '../access/access.ts'
import { PosternError } from '../error.ts'
import type { Header } from './header.ts'
import type { Key } from './key.ts'
import { cooldownMs, createKeyFetch, type KeyDependencies } from './key-fetch.ts'
import { type KeySet, readKeySet, selectKey } from './key-set.ts'
import { within } from './within.ts'

/** How long one call looks for a key, whatever it waits for: it must answer before its Lambda times out. */
export const maxFindMs = 3500

/** The keys of one issuer, and how fresh they are. */
export type IssuerKeys = {
  /**
   * The key for a header, at once where it is held. Throws or rejects with the reasons of `selectKey`, or
   * `keys_unavailable` (none could ever be had) and `keys_stale` (held ones are too old, or a `kid` cannot be looked
   * up now): those two are our fault, since a fetch might have cured them.
   */
  find(header: Header, nowMs: number): Key | Promise<Key>
  /**
   * The key that has taken the place of one whose signature did not hold: an issuer without `kid`, or with one for
   * ever, changes its key under the same name. `undefined` where it has not. Rejects with `keys_stale`, as `find`.
   */
  replacement(key: Key, header: Header, nowMs: number): Promise<Key | undefined>
  /** Whether a key is still in a set that may be used: what was verified with it stays verified as long. */
  serves(key: Key, nowMs: number): boolean
  /** Starts a fetch where the keys have come of age, to run beside the decision. */
  refreshIfDue(nowMs: number): void
  /** The fetch under way, if any. `done` never rejects. `overdue`: the one before froze, so this one is to be waited for. */
  pending(nowMs: number): { readonly done: Promise<void>; readonly overdue: boolean } | undefined
  ageSeconds(nowMs: number): number | undefined
}

/** Keys that the manifest pins never change; others are fetched, kept and looked up again as the constants say. */
export function createIssuerKeys(issuer: Issuer, dependencies: KeyDependencies): IssuerKeys {
  if ('jwks' in issuer.keys) return pinnedKeys(readKeySet(issuer.keys.jwks))
  const clock = dependencies.nowMs
  const held = createKeyFetch(issuer, dependencies)
  const ageSeconds = (nowMs: number) => (nowMs - held.fetchedAtMs) / 1000
  // Keys not yet due for a refresh are not stale, so that `maxKeyStaleSeconds: 0` means no longer than their age.
  const servesSeconds = Math.max(issuer.maxKeyAgeSeconds, issuer.maxKeyStaleSeconds)
  const usable = (nowMs: number) => (ageSeconds(nowMs) < servesSeconds ? held.set : undefined)

  async function findAfterFetch(header: Header, nowMs: number): Promise<Key> {
    const patienceMs = () => nowMs + maxFindMs - clock()
    // A flight begun before this call may have set off before the key was published: after it, this call's own.
    await within(patienceMs(), held.underWay(nowMs))
    const usableNow = usable(clock())
    const key = usableNow && selectOrUndefined(usableNow, header)
    if (key) return key
    const before = held.count
    await within(patienceMs(), held.refresh(usableNow ? 'kid' : 'age', nowMs))
    const current = usable(clock())
    if (!current) throw unusable(held.set, held.lastError)
    if (held.count !== before || current.byKid.has(header.kid ?? '')) return selectKey(current, header)
    throw stale('the header\'s "kid" is unknown', held.lastError)
  }

  return {
    find(header, nowMs) {
      const current = usable(nowMs)
      return (current && selectOrUndefined(current, header)) ?? findAfterFetch(header, nowMs)
    },
    async replacement(key, header, nowMs) {
      if (nowMs - held.fetchedAtMs < cooldownMs) return undefined
      const before = held.count
      await within(maxFindMs, held.refresh('signature', nowMs))
      if (held.count === before || !held.set) throw stale('the signature does not hold', held.lastError)
      const current = selectKey(held.set, header)
      return current === key ? undefined : current
    },
    serves: (key, nowMs) => usable(nowMs)?.members.includes(key) ?? false,
    refreshIfDue(nowMs) {
      if (held.set && ageSeconds(nowMs) >= issuer.maxKeyAgeSeconds) held.refresh('age', nowMs)
    },
    pending(nowMs) {
      const done = held.underWay(nowMs)
      return done && { done, overdue: held.isOverdue() }
    },
    ageSeconds: (nowMs) => (held.set ? Math.max(0, Math.floor(ageSeconds(nowMs))) : undefined),
  }
}

function pinnedKeys(set: KeySet | undefined): IssuerKeys {
  return {
    find(header) {
      if (!set) throw unusable(set, new Error('the pinned key set has no usable key'))
      return selectKey(set, header)
    },
    replacement: async () => undefined,
    serves: (key) => set?.members.includes(key) ?? false,
    refreshIfDue: () => undefined,
    pending: () => undefined,
    ageSeconds: () => undefined,
  }
}

/** `undefined` for a `kid` that is not in the set: a fetch may bring it. Other mismatches are thrown at once. */
function selectOrUndefined(set: KeySet, header: Header): Key | undefined {
  if (header.kid !== undefined && !set.byKid.has(header.kid)) return undefined
  return selectKey(set, header)
}

function unusable(set: KeySet | undefined, cause: unknown): PosternError {
  if (set) return stale("the issuer's keys are past their time", cause)
  return new PosternError('keys_unavailable', "the issuer's keys could not be fetched", {}, { cause })
}

function stale(what: string, cause: unknown): PosternError {
  const message = `${what}, and the issuer's keys could not be fetched just now`
  return new PosternError('keys_stale', message, {}, { cause })
}
