import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PosternError } from '../error.ts'

type Sdk = typeof import('@aws-sdk/client-secrets-manager')

/** Secrets Manager answers in 20 ms. All of a call, its retry included, ends within what a caller waits for keys. */
export const secretConnectTimeoutMs = 500
export const secretAnswerTimeoutMs = 1000
export const secretTimeoutMs = 2500
const attempts = 2

/** Runs one call on the client. Throws `secret_unusable` and `secret_unavailable`, with the error's name in `facts`. */
export type SecretsManager = <T>(
  call: (client: SecretsManagerClient, sdk: Sdk, signal: AbortSignal) => Promise<T>,
) => Promise<T>

/**
 * Secrets Manager by the AWS SDK, loaded on first use; Region, endpoint and credentials come from the SDK's own
 * variables (`AWS_REGION`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, …). A call ends within 2.5 s, whatever it does.
 */
export function createSecretsManager(): SecretsManager {
  let loading: Promise<readonly [SecretsManagerClient, Sdk]> | undefined
  return async (call) => {
    loading ??= load().catch((cause) => {
      loading = undefined
      throw new PosternError('internal_error', 'the AWS SDK cannot be loaded', {}, { cause })
    })
    const [client, sdk] = await loading
    try {
      return await call(client, sdk, AbortSignal.timeout(secretTimeoutMs))
    } catch (error) {
      throw secretError(error)
    }
  }
}

async function load(): Promise<readonly [SecretsManagerClient, Sdk]> {
  const sdk = await import('@aws-sdk/client-secrets-manager')
  const requestHandler = {
    connectionTimeout: secretConnectTimeoutMs,
    requestTimeout: secretAnswerTimeoutMs,
    throwOnRequestTimeout: true,
  }
  return [new sdk.SecretsManagerClient({ maxAttempts: attempts, requestHandler }), sdk]
}

/** What no second try cures (facts D2); everything else is down, slow, or denied for now. */
const unusable = new Set(['ResourceNotFoundException', 'InvalidRequestException', 'DecryptionFailure'])

/** Of the error only its name is kept: messages repeat what was sent. */
function secretError(error: unknown): PosternError {
  if (error instanceof PosternError) return error
  const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : 'UnknownError'
  const reason = unusable.has(name) ? 'secret_unusable' : 'secret_unavailable'
  return new PosternError(reason, `Secrets Manager: ${name}`, { name }, { cause: error })
}

/** Whether a call failed by Secrets Manager's error of that name. */
export function failedBy(error: unknown, name: string): boolean {
  return error instanceof PosternError && error.facts.name === name
}
