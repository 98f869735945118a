import type { SecretsManager } from './client.ts'
import { describe, idOf, readVersion } from './versions.ts'

/** A rotation takes seconds, and Secrets Manager tries a failed one again for hours: what is pending longer is stuck. */
export const stuckAfterSeconds = 3600

/** What is to be seen of a secret from outside. Ages are whole seconds. */
export type SecretState = {
  /** Of the current version, by its making. */
  readonly ageSeconds: number
  /** Of a version that is pending and not current; absent where none is. */
  readonly pendingSeconds?: number
}

/** Throws `secret_unusable`, `secret_unavailable`. */
export async function watchSecret(
  secretsManager: SecretsManager,
  secretId: string,
  nowMs: number,
): Promise<SecretState> {
  const described = await describe(secretsManager, secretId)
  const currentId = idOf(described, 'AWSCURRENT')
  const pendingId = idOf(described, 'AWSPENDING')
  const changedMs = described.LastChangedDate?.getTime() ?? nowMs
  const madeMs = async (id: string | undefined) =>
    (id === undefined ? undefined : await readVersion(secretsManager, secretId, id))?.createdAtMs ?? changedMs
  const seconds = (ms: number) => Math.max(0, Math.floor((nowMs - ms) / 1000))
  const state = { ageSeconds: seconds(await madeMs(currentId)) }
  if (pendingId === undefined || pendingId === currentId) return state
  return { ...state, pendingSeconds: seconds(await madeMs(pendingId)) }
}
