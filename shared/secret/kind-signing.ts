import { createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'
import type { SecretsManager } from './client.ts'
import type { Kind } from './rotate.ts'
import {
  jwksMaxAgeSeconds,
  keyMarginSeconds,
  maxTokenSeconds,
  newSigningKey,
  type PublicKey,
  privateKeyOf,
  publicJwk,
  readPublicKeys,
  readSigningKeys,
  type SigningKey,
  writePublicKeys,
  writeSigningKeys,
} from './signing-keys.ts'
import { secretStaleMs } from './store.ts'
import { describe, idOf, readVersions, type Version } from './versions.ts'
import { putVersion, refusedRotation } from './writes.ts'

/** From a key's publication to its first signature: what the key set's own copy, and every cache of it, may be old. */
export const publicationLeadSeconds = jwksMaxAgeSeconds + secretStaleMs / 1000 + keyMarginSeconds
/** From the last signature that a key can make to its end. */
const lastTokenSeconds = maxTokenSeconds + keyMarginSeconds

export type SigningSecrets = {
  /** With the private keys. */
  readonly signing: string
  /** What the world is shown; a place of its own, so that who serves it needs no private key. */
  readonly published: string
}

/**
 * Postern's signing keys. A new one is published before it is current, and signs when every cache has it; the one
 * before is published until the last token that it signed is over. Both are counted from what was really written.
 */
export function signingKind(
  secretsManager: SecretsManager,
  secrets: SigningSecrets,
  nowMs: () => number,
): Kind {
  const nowSeconds = () => Math.floor(nowMs() / 1000)
  return {
    async next(current) {
      const keys = readSigningKeys(current.text)
      const published = await readPublished(secretsManager, secrets)
      return writeSigningKeys([...stillNeeded(keys, published, nowSeconds()), newSigningKey(nowSeconds())])
    },
    async set(pending) {
      await publish(secretsManager, secrets, pending, nowSeconds())
    },
    async test(pending, current) {
      const keys = readSigningKeys(pending.text)
      const newest = keys.at(-1)
      if (newest === undefined) throw refusedRotation('the next value has no key')
      if (!signs(newest)) throw refusedRotation('what the newest key signs, its public part does not verify')
      if (pending.text === current.text) return
      const published = await readPublished(secretsManager, secrets)
      if (!published.some(({ kid }) => kid === newest.kid))
        throw refusedRotation('the newest key is not published')
    },
    finish: () => reconcile(secretsManager, secrets, nowMs()),
  }
}

/**
 * Makes the published set agree with the private one, where no rotation is under way: what is current and not
 * published is, and what a newer key has replaced gets its end. Run at the end of a rotation and every hour, so that
 * nothing is left undone by one that died.
 */
export async function reconcile(
  secretsManager: SecretsManager,
  secrets: SigningSecrets,
  nowMs: number,
): Promise<void> {
  const described = await describe(secretsManager, secrets.signing)
  const pending = idOf(described, 'AWSPENDING')
  if (pending !== undefined && pending !== idOf(described, 'AWSCURRENT')) return
  const nowSeconds = Math.floor(nowMs / 1000)
  const { current } = await readVersions(secretsManager, secrets.signing)
  const keys = readSigningKeys(current.text)
  const before = await readPublished(secretsManager, secrets)
  const wanted = withEnds(withKeys(before, keys, nowSeconds), keys, nowSeconds)
  if (writePublicKeys(wanted) === writePublicKeys(before)) return
  await write(secretsManager, secrets, randomUUID(), wanted)
}

/** Those that sign now or are to: the newest whose time has come, and everything after it. */
function stillNeeded(
  keys: readonly SigningKey[],
  published: readonly PublicKey[],
  nowSeconds: number,
): readonly SigningKey[] {
  const isReached = ({ kid }: SigningKey) =>
    published.some((entry) => entry.kid === kid && entry.signFrom <= nowSeconds)
  return keys.slice(Math.max(0, keys.findLastIndex(isReached)))
}

/**
 * One write for a rotation, by its own token: a second run finds the first one's. Where another writer, who had read
 * the set before, has overwritten that, the token's version cannot become current again, and a new one is written.
 */
async function publish(
  secretsManager: SecretsManager,
  secrets: SigningSecrets,
  pending: Version,
  nowSeconds: number,
): Promise<void> {
  const keys = readSigningKeys(pending.text)
  for (const token of [pending.id, randomUUID()]) {
    const before = await readPublished(secretsManager, secrets)
    const wanted = withKeys(before, keys, nowSeconds)
    if (wanted.length === before.length) return
    await write(secretsManager, secrets, token, wanted)
  }
}

async function write(
  secretsManager: SecretsManager,
  secrets: SigningSecrets,
  token: string,
  keys: readonly PublicKey[],
): Promise<void> {
  const text = writePublicKeys(keys)
  await putVersion(secretsManager, { secretId: secrets.published, token, text, stage: 'AWSCURRENT' })
}

async function readPublished(
  secretsManager: SecretsManager,
  { published }: SigningSecrets,
): Promise<readonly PublicKey[]> {
  return readPublicKeys((await readVersions(secretsManager, published)).current.text)
}

/** With the keys that are missing. The very first signs at once: nothing else was ever published. */
function withKeys(
  published: readonly PublicKey[],
  keys: readonly SigningKey[],
  nowSeconds: number,
): readonly PublicKey[] {
  const missing = keys.filter(({ kid }) => !published.some((entry) => entry.kid === kid))
  const signFrom = published.length === 0 ? nowSeconds : nowSeconds + publicationLeadSeconds
  return [...published, ...missing.map((key) => ({ kid: key.kid, jwk: publicJwk(key), signFrom }))]
}

/**
 * An older key's last signature comes when the newest begins to sign, or, by who still has the private keys of before,
 * as late as what they hold may serve. Entries that have long been over are left out.
 */
function withEnds(
  published: readonly PublicKey[],
  keys: readonly SigningKey[],
  nowSeconds: number,
): readonly PublicKey[] {
  const newest = published.find(({ kid }) => kid === keys.at(-1)?.kid)
  if (newest === undefined) return published
  const lastSignature = Math.max(newest.signFrom, nowSeconds + secretStaleMs / 1000)
  const kept = published.filter(({ retireAfter = Number.POSITIVE_INFINITY }) => retireAfter > nowSeconds)
  return kept.map((entry) =>
    entry.kid === newest.kid || entry.retireAfter !== undefined
      ? entry
      : { ...entry, retireAfter: lastSignature + lastTokenSeconds },
  )
}

function signs(key: SigningKey): boolean {
  const input = Buffer.from(key.kid)
  const publicKey: KeyObject = createPublicKey(privateKeyOf(key))
  return verify('sha256', input, publicKey, sign('sha256', input, privateKeyOf(key)))
}
