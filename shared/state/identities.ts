import { PosternError } from '../error.ts'
import { createTable } from './table.ts'

/** Whose credentials an access key is of, as GetCallerIdentity tells it. No secret is among it. */
export type Identity = {
  readonly accessKeyId: string
  /** `arn:aws:sts::123456789012:assumed-role/NAME/SESSION` */
  readonly arn: string
  /** `AROA…:SESSION` */
  readonly userId: string
  readonly account: string
  /** Epoch milliseconds at which the credentials are over. */
  readonly expiresAtMs: number
}

export type Identities = {
  /** Throws `store_unavailable`. */
  put(identity: Identity): Promise<void>
  /** `undefined` for one that is not there, or over. Throws `store_unavailable`. */
  get(accessKeyId: string): Promise<Identity | undefined>
}

/**
 * The identities of minted keys in a DynamoDB table with the partition key `pk` (text) and, for tidiness alone, a
 * time to live on `expiresAt` (epoch seconds): DynamoDB deletes days late, so that expiry is checked here.
 */
export function createIdentities(table: string, nowMs: () => number): Identities {
  const run = createTable()
  return {
    put: ({ accessKeyId, arn, userId, account, expiresAtMs }) =>
      run(async (client, { PutItemCommand, ConditionalCheckFailedException }, abortSignal) => {
        const expiresAt = { N: String(Math.ceil(expiresAtMs / 1000)) }
        const put = new PutItemCommand({
          TableName: table,
          Item: {
            pk: key(accessKeyId),
            arn: { S: arn },
            userId: { S: userId },
            account: { S: account },
            expiresAt,
          },
          // A retry finds what it wrote itself; nothing else has this key, until it is over.
          ConditionExpression:
            'attribute_not_exists(pk) OR expiresAt <= :now OR (arn = :arn AND expiresAt = :expiresAt)',
          ExpressionAttributeValues: {
            ':now': { N: String(Math.floor(nowMs() / 1000)) },
            ':arn': { S: arn },
            ':expiresAt': expiresAt,
          },
        })
        await client.send(put, { abortSignal }).catch((error) => {
          if (!(error instanceof ConditionalCheckFailedException)) throw error
          throw new PosternError('store_unavailable', 'DynamoDB holds this access key for another session')
        })
      }),
    get: (accessKeyId) =>
      run(async (client, { GetItemCommand }, abortSignal) => {
        const get = new GetItemCommand({
          TableName: table,
          Key: { pk: key(accessKeyId) },
          ConsistentRead: true,
        })
        const { Item = {} } = await client.send(get, { abortSignal })
        const expiresAtMs = Number(Item.expiresAt?.N ?? 0) * 1000
        const { arn, userId, account } = Item
        if (!arn?.S || !userId?.S || !account?.S || !(expiresAtMs > nowMs())) return undefined
        return { accessKeyId, arn: arn.S, userId: userId.S, account: account.S, expiresAtMs }
      }),
  }
}

function key(accessKeyId: string): { S: string } {
  return { S: `identity#${accessKeyId}` }
}
