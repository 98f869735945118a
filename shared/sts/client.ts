import type { AssumeRoleCommandOutput, AssumeRoleWithWebIdentityCommandInput } from '@aws-sdk/client-sts'
import { PosternError } from '../error.ts'
import type { AssumeRole } from './assume-role.ts'

/** STS answers in 50 ms. All of a call, its retries included, ends within what SDKs wait for ours (facts C1). */
export const connectTimeoutMs = 500
export const answerTimeoutMs = 1000
export const mintTimeoutMs = 2500

export type SendAssumeRole = (
  request: AssumeRole,
  signal: AbortSignal,
) => Promise<
  Pick<AssumeRoleCommandOutput, 'Credentials' | 'AssumedRoleUser' | 'PackedPolicySize' | '$metadata'>
>

/**
 * AssumeRole by the AWS SDK, which is loaded on first use. Region, endpoint and credentials come from the SDK's own
 * variables (`AWS_REGION`, `AWS_ENDPOINT_URL_STS`, …); the Region's own endpoint is asked.
 */
export function createSts(): SendAssumeRole {
  let loading: Promise<SendAssumeRole> | undefined
  return async (request, signal) => {
    loading ??= load().catch((cause) => {
      loading = undefined
      throw new PosternError('internal_error', 'the AWS SDK cannot be loaded', {}, { cause })
    })
    return (await loading)(request, signal)
  }
}

/** AssumeRoleWithWebIdentity by the same SDK; it is not signed, and needs no permission. */
export function createStsWebIdentity(): SendByToken {
  let loading: Promise<SendByToken> | undefined
  return async (request, signal) => {
    loading ??= import('@aws-sdk/client-sts').then(({ AssumeRoleWithWebIdentityCommand, STSClient }) => {
      const client = new STSClient(settings)
      return (input, abortSignal) => client.send(new AssumeRoleWithWebIdentityCommand(input), { abortSignal })
    })
    loading.catch(() => {
      loading = undefined
    })
    return (await loading)(request, signal)
  }
}

export type SendByToken = (
  request: AssumeRoleWithWebIdentityCommandInput,
  signal: AbortSignal,
) => ReturnType<SendAssumeRole>

async function load(): Promise<SendAssumeRole> {
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
  const client = new STSClient(settings)
  return (request, abortSignal) => client.send(new AssumeRoleCommand(request), { abortSignal })
}

const settings = {
  // Retries are mint's: the SDK waits up to seconds between two after throttling, which is all the time there is.
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: connectTimeoutMs,
    requestTimeout: answerTimeoutMs,
    throwOnRequestTimeout: true,
  },
}
