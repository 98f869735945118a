import { PosternError } from '../error.ts'
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

/** Of a secret that is rotated here. Throws `secret_unusable`, `secret_unavailable`. */
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

/**
 * Of one that people rotate: only how old its current version is, which can be known without its value. Throws as
 * `watchSecret`.
 */
export async function watchAge(
  secretsManager: SecretsManager,
  secretId: string,
  nowMs: number,
): Promise<SecretState> {
  const { Versions = [] } = await secretsManager((client, { ListSecretVersionIdsCommand }, abortSignal) =>
    client.send(new ListSecretVersionIdsCommand({ SecretId: secretId }), { abortSignal }),
  )
  const current = Versions.find(({ VersionStages = [] }) => VersionStages.includes('AWSCURRENT'))
  if (!(current?.CreatedDate instanceof Date))
    throw new PosternError('secret_unusable', 'the secret has no current version')
  return { ageSeconds: Math.max(0, Math.floor((nowMs - current.CreatedDate.getTime()) / 1000)) }
}
