import type { KeyObject } from 'node:crypto'
import { PosternError } from '../error.ts'
import {
  type PublicKey,
  privateKeyOf,
  readPublicKeys,
  readSigningKeys,
  type SigningKey,
  signerOf,
} from './signing-keys.ts'
import type { HeldSecret } from './store.ts'
import type { Version } from './versions.ts'

/** The key that signs now. Throws `signing_key_missing`, `secret_unusable`, `secret_unavailable`. */
export type FindSigner = () => Promise<{ readonly kid: string; readonly key: KeyObject }>

/** The signer by two secrets: which keys there are, and which of them the world has been shown for long enough. */
export function createFindSigner(
  signing: HeldSecret | undefined,
  published: HeldSecret | undefined,
  nowMs: () => number,
): FindSigner {
  const keysOf = remembering(readSigningKeys)
  const publicOf = remembering(readPublicKeys)
  let last: { readonly of: SigningKey; readonly key: KeyObject } | undefined
  return async () => {
    if (signing === undefined || published === undefined)
      throw new PosternError(
        'signing_key_missing',
        'POSTERN_SIGNING_SECRET and POSTERN_PUBLIC_KEYS_SECRET name no secrets',
      )
    const find = async (read: 'versions' | 'reread') => {
      const [ours, theirs] = await Promise.all([signing[read](), published[read]()])
      return signerOf(keysOf(ours.current), publicOf(theirs.current), nowMs() / 1000)
    }
    // Before the first rotation there is none, and after it nobody is to wait.
    const of = await find('versions').catch((error) => {
      if (error instanceof PosternError && error.reason === 'signing_key_missing') return find('reread')
      throw error
    })
    if (last?.of !== of) last = { of, key: privateKeyOf(of) }
    return { kid: of.kid, key: last.key }
  }
}

/** A version's text never changes, so that what it says is read once. */
function remembering<Keys extends readonly (SigningKey | PublicKey)[]>(
  read: (text: string) => Keys,
): (version: Version) => Keys {
  let last: { readonly id: string; readonly keys: Keys } | undefined
  return ({ id, text }) => {
    if (last?.id !== id) last = { id, keys: read(text) }
    return last.keys
  }
}
