import { PosternError } from '../error.ts'
import { failedBy, type SecretsManager } from './client.ts'

/**
 * Puts a value under a token, as the pending or the current version. `false` where the token has another value
 * already: somebody else was first, and that value counts.
 */
export async function putVersion(
  secretsManager: SecretsManager,
  { secretId, token, text, stage }: Put,
): Promise<boolean> {
  try {
    await secretsManager((client, { PutSecretValueCommand }, abortSignal) =>
      client.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          ClientRequestToken: token,
          SecretString: text,
          VersionStages: [stage],
        }),
        { abortSignal },
      ),
    )
    return true
  } catch (error) {
    if (failedBy(error, 'ResourceExistsException')) return false
    throw error
  }
}

export type Put = {
  readonly secretId: string
  /** The version's id, 32 to 64 characters. */
  readonly token: string
  readonly text: string
  readonly stage: 'AWSPENDING' | 'AWSCURRENT'
}

/** Makes a version current; AWSPREVIOUS follows by itself (facts D1). */
export async function makeCurrent(
  secretsManager: SecretsManager,
  { secretId, from, to }: { readonly secretId: string; readonly from: string; readonly to: string },
): Promise<void> {
  await secretsManager((client, { UpdateSecretVersionStageCommand }, abortSignal) =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: to,
        RemoveFromVersionId: from,
      }),
      { abortSignal },
    ),
  )
}

/** What a rotation refuses, with the secret's name and never its value. */
export function refusedRotation(message: string): PosternError {
  return new PosternError('rotation_refused', message)
}
