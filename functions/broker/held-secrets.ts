import { createFindSigner, type FindSigner } from '../../shared/secret/signer.ts'
import type { HeldSecret } from '../../shared/secret/store.ts'

/** The secrets of the broker: how one is held, and the names of those that it signs by, where it does. */
export type SecretSources = {
  readonly hold: (secretId: string) => HeldSecret
  readonly signing: string | undefined
  readonly published: string | undefined
}

export type HeldSecrets = {
  readonly hold: (secretId: string) => HeldSecret
  readonly findSigner: FindSigner
  /** All that are held: what is read again beside a call is waited for at its end, since Lambda freezes then. */
  readonly all: readonly HeldSecret[]
}

export function holdSecrets({ hold, signing, published }: SecretSources, nowMs: () => number): HeldSecrets {
  const all: HeldSecret[] = []
  const keep = (secretId: string): HeldSecret => {
    const held = hold(secretId)
    all.push(held)
    return held
  }
  const named = (secretId: string | undefined) => (secretId === undefined ? undefined : keep(secretId))
  return { hold: keep, findSigner: createFindSigner(named(signing), named(published), nowMs), all }
}
