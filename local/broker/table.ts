import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { closeServer, listenOnLoopback } from '../http/loopback.ts'

/** DynamoDB in memory, with the broker's table in it. */
export type LocalTable = { readonly url: string; readonly name: string; close(): Promise<void> }

/** Any keys will do: nothing is checked. */
export async function startTable(credentials: {
  accessKeyId: string
  secretAccessKey: string
}): Promise<LocalTable> {
  const server = dynalite({ createTableMs: 0 })
  const url = await listenOnLoopback(server, 0)
  const name = 'postern-state'
  const client = new DynamoDBClient({ endpoint: url, region: 'eu-west-1', credentials })
  await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  client.destroy()
  return { url, name, close: () => closeServer(server) }
}
