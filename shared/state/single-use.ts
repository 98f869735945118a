import { createTable } from './table.ts'

/** What may be used once: an assertion's `jti`, by its client. */
export type SingleUse = {
  /** Whether this is its first use; kept until it is over by itself. Throws `store_unavailable`. */
  use(client: string, jti: string, expiresAtSeconds: number): Promise<boolean>
}

/**
 * Single use by a conditional write, in the table of `identities.ts`. DynamoDB deletes late, so that an item whose time
 * is over counts as none.
 */
export function createSingleUse(table: string, nowMs: () => number): SingleUse {
  const run = createTable()
  return {
    use: (client, jti, expiresAtSeconds) =>
      run(async (dynamo, { PutItemCommand, ConditionalCheckFailedException }, abortSignal) => {
        const put = new PutItemCommand({
          TableName: table,
          Item: { pk: { S: `jti#${client}#${jti}` }, expiresAt: { N: String(Math.ceil(expiresAtSeconds)) } },
          ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
          ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs() / 1000)) } },
        })
        try {
          await dynamo.send(put, { abortSignal })
          return true
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return false
          throw error
        }
      }),
  }
}
