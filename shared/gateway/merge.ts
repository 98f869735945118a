import { type Denies, deniesFor, type Ground, literalsOf, type Patterns, type Reach } from './plan.ts'
import { bytesOf, type Effect } from './resource.ts'
import { everyMethod, includes, type Reader, readerOf, some, type Word } from './words.ts'

/** What patterns may take: bytes of Resources, those of the ARN prefix in each among them. */
export type Room = { readonly bytes: number; readonly prefixLength: number }

/**
 * The same verdicts on R in fewer bytes: merges patterns, the most literal first, until they fit or nothing is left
 * to merge. A Deny may take along whatever is not granted. An Allow may take along what Denies take back, and with
 * the reach "routes" also what no route serves.
 */
export function merge(ground: Ground, before: Patterns, reach: Reach, room: Room): Patterns {
  let allow = before.allow
  let denies = deniesFor(ground, allow, reach, before.narrowed)
  for (let merged = true; merged && !denies.tooMany; ) {
    mergeDenies(denies, room)
    if (total(allow, 'Allow', room) + total(denies.readers, 'Deny', room) <= room.bytes) break
    const after = mergeAllows(allow, denies, room)
    merged = after !== allow
    allow = after
    // Anew, without what only the merged Allows needed; but unmerged there may be too many.
    const fewer = deniesFor(ground, allow, reach, before.narrowed)
    if (!fewer.tooMany) denies = fewer
  }
  return { allow, deny: denies.readers, narrowed: denies.narrowed, tooMany: denies.tooMany }
}

function mergeDenies(denies: Denies, room: Room): void {
  for (const { reader } of candidatesAmong(denies.readers, 'Deny', room))
    if (denies.isFree(reader)) denies.put(reader)
}

/** One pass over what there is to merge. Returns the same list where nothing came of it. */
function mergeAllows(before: readonly Reader[], denies: Denies, room: Room): readonly Reader[] {
  let allow = before
  let live = new Set(allow)
  let bytes = total(allow, 'Allow', room) + total(denies.readers, 'Deny', room)
  for (const { reader: whole, members } of candidatesAmong(before, 'Allow', room)) {
    // One without any literal may hold far more than its like.
    const held = literalsOf(whole.pattern.words) === 0 ? allow : members.filter((one) => live.has(one))
    if (savingOf(whole, held, 'Allow', room) <= 0) continue
    const methods = denies.followable(whole)
    if (methods === 0) continue
    const reader = { ...whole, pattern: { ...whole.pattern, methods } }
    const saved = savingOf(reader, held, 'Allow', room)
    if (saved <= 0) continue
    const deniedBefore = denies.readers
    const denyBytes = total(deniedBefore, 'Deny', room)
    denies.follow(reader)
    const cost = total(denies.readers, 'Deny', room) - denyBytes
    if (cost >= saved || denies.tooMany) {
      denies.readers = deniedBefore
      denies.tooMany = false
      continue
    }
    allow = [...allow.map((one) => less(one, reader)).filter(({ pattern }) => pattern.methods !== 0), reader]
    live = new Set(allow)
    bytes += cost - saved
    if (bytes <= room.bytes) break
  }
  return allow
}

/** A pattern in whose place those of several others could go, and these. */
type Candidate = { readonly reader: Reader; readonly members: readonly Reader[] }
type Group = { words: readonly Word[]; methods: number; anywhere: boolean; members: Reader[] }

/**
 * Patterns that are alike but for one word, or from one word on, or but for their methods, if one in their place would
 * be shorter. What saves most comes first, but what holds on to a literal and a method before what does not.
 */
function candidatesAmong(readers: readonly Reader[], effect: Effect, room: Room): readonly Candidate[] {
  const groups = new Map<string, Group>()
  const add = (reader: Reader, words: readonly Word[], anywhere: boolean): void => {
    const key = `${anywhere} ${words.join('/')}`
    const group = groups.get(key) ?? { words, methods: 0, anywhere, members: [] }
    group.methods |= reader.pattern.methods
    if (group.members.at(-1) !== reader) group.members.push(reader)
    groups.set(key, group)
  }
  for (const reader of readers) {
    const { words, anywhere } = reader.pattern
    for (const [at, word] of words.entries()) {
      if (word !== some) add(reader, [...words.slice(0, at), some, ...words.slice(at + 1)], anywhere)
      if (at > 0) add(reader, [...words.slice(0, at), some], anywhere)
    }
    if (!anywhere && words.length > 0) add(reader, words, true)
  }
  const candidates: { reader: Reader; members: readonly Reader[]; saved: number; rank: number }[] = []
  for (const { words, methods, anywhere, members } of groups.values()) {
    const several = anywhere && (methods & (methods - 1)) !== 0
    if (members.length < 2 && !several) continue
    const reader = readerOf({ words, methods: anywhere ? everyMethod : methods, anywhere })
    const saved = savingOf(reader, members, effect, room)
    const rank = literalsOf(words) === 0 ? 2 : anywhere ? 1 : 0
    if (saved > 0 || rank === 2) candidates.push({ reader, members, saved, rank })
  }
  return candidates.sort((a, b) => a.rank - b.rank || b.saved - a.saved)
}

function total(readers: readonly Reader[], effect: Effect, room: Room): number {
  let bytes = 0
  for (const one of readers) bytes += bytesOf(one, effect, room.prefixLength)
  return bytes
}

function savingOf(reader: Reader, members: readonly Reader[], effect: Effect, room: Room): number {
  let saved = -bytesOf(reader, effect, room.prefixLength)
  for (const one of members) {
    const left = less(one, reader)
    if (left !== one)
      saved += bytesOf(one, effect, room.prefixLength) - bytesOf(left, effect, room.prefixLength)
  }
  return saved
}

/** What is left of a pattern beside one that takes its words: its other methods. */
function less(one: Reader, reader: Reader): Reader {
  if ((one.pattern.anywhere && !reader.pattern.anywhere) || !includes(reader, one.pattern.words)) return one
  const methods = one.pattern.anywhere ? 0 : one.pattern.methods & ~reader.pattern.methods
  return { ...one, pattern: { ...one.pattern, methods, anywhere: false } }
}
