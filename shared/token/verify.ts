import type { Issuer } from '../access/access.ts'
import type { Claims } from '../access/claims.ts'
import { PosternError } from '../error.ts'
import { checkClaims, checkTimes, readTimes, type Times } from './check-claims.ts'
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts'
import { checkAlgorithm, signatureHolds, signatureInvalid } from './jws.ts'
import type { Key } from './key.ts'
import type { KeyDependencies } from './key-fetch.ts'
import { type PeekedToken, peek } from './peek.ts'
import { Remembered } from './remembered.ts'

/** A token that passed every check of design section 4, as of the time it was last looked at. */
export type Verified = {
  readonly issuer: Issuer
  readonly keys: IssuerKeys
  readonly key: Key
  readonly claims: Claims
  readonly times: Times
}

/** One call: when it came in, and, once known, the keys of its issuer and whether the token was verified before. */
export type Visit = { readonly nowMs: number; keys?: IssuerKeys; remembered?: true }

export type Verifier = {
  /**
   * Verifies a token, at once where its key is held. `sha256` is its digest, by which it is remembered. Throws or
   * rejects with a `PosternError`; the first check that fails is its reason.
   */
  verify(token: string, sha256: string, visit: Visit): Verified | Promise<Verified>
}

/** Builds a verifier of these issuers' tokens. Create it once; it holds their keys and remembers what it verified. */
export function createVerifier(issuers: readonly Issuer[], dependencies: KeyDependencies): Verifier {
  const roots = new Map(
    issuers.map((issuer) => [issuer.iss, { issuer, keys: createIssuerKeys(issuer, dependencies) }]),
  )
  const remembered = new Remembered<Verified>()

  function finish(peeked: PeekedToken, root: Root, key: Key, sha256: string): Verified | Promise<Verified> {
    if (!signatureHolds(peeked, key)) return finishWithAnother(peeked, root, key, sha256)
    const nowSeconds = dependencies.nowMs() / 1000
    const times = readTimes(peeked.unverified, root.issuer.clockSkewSeconds, nowSeconds)
    checkClaims(peeked.unverified, root.issuer)
    const claims = peeked.unverified as unknown as Claims
    const verified = { issuer: root.issuer, keys: root.keys, key, claims, times }
    remembered.set(sha256, verified)
    return verified
  }

  /** The issuer may have changed its key under the same name, or under none. */
  async function finishWithAnother(
    peeked: PeekedToken,
    root: Root,
    key: Key,
    sha256: string,
  ): Promise<Verified> {
    const another = await root.keys.replacement(key, peeked.header, dependencies.nowMs())
    if (!another) throw signatureInvalid()
    return finish(peeked, root, another, sha256)
  }

  return {
    verify(token, sha256, visit) {
      const { nowMs } = visit
      const known = remembered.get(sha256)
      if (known) {
        visit.keys = known.keys
        known.keys.refreshIfDue(nowMs)
        if (known.keys.serves(known.key, nowMs)) {
          visit.remembered = true
          checkTimes(known.times, nowMs / 1000)
          return known
        }
        remembered.delete(sha256)
      }
      const peeked = peek(token)
      const root = rootOf(peeked, roots)
      visit.keys = root.keys
      checkAlgorithm(peeked.header, root.issuer.algorithms)
      root.keys.refreshIfDue(nowMs)
      const key = root.keys.find(peeked.header, nowMs)
      if (key instanceof Promise) return key.then((found) => finish(peeked, root, found, sha256))
      return finish(peeked, root, key, sha256)
    },
  }
}

type Root = { readonly issuer: Issuer; readonly keys: IssuerKeys }

/** Chooses the issuer by what the token says of itself, before any network call: `typ`, then `iss`. */
function rootOf(peeked: PeekedToken, roots: ReadonlyMap<string, Root>): Root {
  const { iss } = peeked.unverified
  const root = typeof iss === 'string' ? roots.get(iss) : undefined
  const { typ } = peeked.header
  // A typ that no issuer takes is refused as such, whoever the token says it is from.
  if (
    root ? !root.issuer.typ.includes(typ) : ![...roots.values()].some((one) => one.issuer.typ.includes(typ))
  )
    throw new PosternError('typ_not_allowed', 'the header\'s "typ" is not on the list for this issuer')
  if (!root)
    throw new PosternError('issuer_unknown', 'the claim "iss" is none of the issuers of the access manifest')
  return root
}
