import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { PosternError } from '../error.ts'

type Sdk = typeof import('@aws-sdk/client-dynamodb')

/** A key-value answer takes milliseconds. All of a call, its retry included, ends within a second. */
export const storeConnectTimeoutMs = 300
export const storeAnswerTimeoutMs = 500
export const storeTimeoutMs = 1000
const attempts = 2

/** Runs one call on the table's client. Throws `store_unavailable`, and any other `PosternError` that the call throws. */
export type Table = <T>(
  call: (client: DynamoDBClient, sdk: Sdk, signal: AbortSignal) => Promise<T>,
) => Promise<T>

/**
 * DynamoDB by the AWS SDK, loaded on first use; Region, endpoint and credentials come from the SDK's own variables.
 * A call ends within a second, whatever DynamoDB does.
 */
export function createTable(): Table {
  let loading: Promise<readonly [DynamoDBClient, Sdk]> | undefined
  return async (call) => {
    const signal = AbortSignal.timeout(storeTimeoutMs)
    loading ??= load().catch((cause) => {
      loading = undefined
      throw new PosternError('internal_error', 'the AWS SDK cannot be loaded', {}, { cause })
    })
    try {
      const [client, sdk] = await loading
      return await call(client, sdk, signal)
    } catch (error) {
      if (error instanceof PosternError) throw error
      const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : 'UnknownError'
      throw new PosternError('store_unavailable', `DynamoDB: ${name}`, { name }, { cause: error })
    }
  }
}

async function load(): Promise<readonly [DynamoDBClient, Sdk]> {
  const sdk = await import('@aws-sdk/client-dynamodb')
  const requestHandler = {
    connectionTimeout: storeConnectTimeoutMs,
    requestTimeout: storeAnswerTimeoutMs,
    throwOnRequestTimeout: true,
  }
  return [new sdk.DynamoDBClient({ maxAttempts: attempts, requestHandler }), sdk]
}
