import { PosternError } from '../error.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { Header } from './header.ts'
import { type Key, prepareKey } from './key.ts'

/** An issuer's keys at one time. `members` holds every usable one; an entry of `byKid` may be none or too many. */
export type KeySet = {
  readonly members: readonly Key[]
  readonly byKid: ReadonlyMap<string, Key | 'ambiguous' | 'unfit'>
}

/** A set with more members than this is cut off there: 256 KiB could hold a thousand, and each costs time to prepare. */
export const maxKeys = 100

/**
 * Reads a JWK set (RFC 7517 section 5), or returns `undefined` where it is none or has no usable member. Keys of
 * `previous` that are still there stay the same values, so that what was verified with them stays remembered.
 */
export function readKeySet(document: JsonObject, previous?: KeySet): KeySet | undefined {
  const { keys } = document
  if (!Array.isArray(keys)) return undefined
  const known = new Map(previous?.members.map((key) => [key.identity, key]))
  const byKid = new Map<string, Key | 'ambiguous' | 'unfit'>()
  const members: Key[] = []
  for (const member of (keys as readonly Json[]).slice(0, maxKeys)) {
    const fresh = prepareKey(member)
    if (!fresh) {
      const kid = isJsonObject(member) ? member.kid : undefined
      if (typeof kid === 'string' && !byKid.has(kid)) byKid.set(kid, 'unfit')
      continue
    }
    const key = known.get(fresh.identity) ?? fresh
    members.push(key)
    if (key.kid === undefined) continue
    const other = byKid.get(key.kid)
    byKid.set(key.kid, other === undefined || other === 'unfit' ? key : 'ambiguous')
  }
  return members.length === 0 ? undefined : { members, byKid }
}

/**
 * The key a header names: by `kid`, or without one the only usable key there is. Throws `key_unknown`,
 * `key_ambiguous` (a doubled `kid`, or no `kid` and several keys), or `key_unfit` (it cannot verify this `alg`).
 */
export function selectKey(set: KeySet, header: Header): Key {
  const key = header.kid === undefined ? onlyKey(set) : set.byKid.get(header.kid)
  if (key === undefined)
    throw new PosternError('key_unknown', 'the issuer publishes no key with the header\'s "kid"')
  if (key === 'ambiguous')
    throw new PosternError('key_ambiguous', 'the issuer publishes several keys with the header\'s "kid"')
  if (key === 'unfit' || !key.verifiers.has(header.alg))
    throw new PosternError('key_unfit', 'the key with the header\'s "kid" cannot verify the header\'s "alg"')
  return key
}

function onlyKey(set: KeySet): Key {
  const only = set.members[0]
  if (only && set.members.length === 1) return only
  throw new PosternError('key_ambiguous', 'the header has no "kid" and the issuer publishes several keys')
}
