import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIdentities } from '../../../shared/state/identities.ts'

const server: Server = dynalite({ createTableMs: 0 })
const clock = { nowMs: 1_800_000_000_000 }
const identity = {
  accessKeyId: 'ASIA0000000000000001',
  arn: 'arn:aws:sts::123456789012:assumed-role/exporter/partner-bot-1',
  userId: 'AROAEXAMPLE:partner-bot-1',
  account: '123456789012',
  expiresAtMs: clock.nowMs + 3_600_000,
}
let client: DynamoDBClient

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  })
  client = new DynamoDBClient({})
  await client.send(
    new CreateTableCommand({
      TableName: 'state',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  )
})
afterAll(() => {
  server.close()
})

test('an identity is known until its credentials are over, though DynamoDB still has it', async () => {
  const identities = createIdentities('state', () => clock.nowMs)
  await identities.put(identity)
  expect(await identities.get(identity.accessKeyId)).toEqual(identity)
  expect(await identities.get('ASIA0000000000000002')).toBeUndefined()
  const later = createIdentities('state', () => identity.expiresAtMs)
  expect(await later.get(identity.accessKeyId)).toBeUndefined()
  const { Items } = await client.send(new ScanCommand({ TableName: 'state' }))
  expect(Items).toHaveLength(1)
})

test('a retry finds its own, and another session takes no key that is in use', async () => {
  const identities = createIdentities('state', () => clock.nowMs)
  await identities.put(identity)
  const other = { ...identity, arn: `${identity.arn}-2` }
  await expect(identities.put(other)).rejects.toMatchObject({ reason: 'store_unavailable' })
  const later = createIdentities('state', () => identity.expiresAtMs)
  const renewed = { ...other, expiresAtMs: identity.expiresAtMs + 3_600_000 }
  await later.put(renewed)
  expect(await later.get(identity.accessKeyId)).toEqual(renewed)
})

test('a table that is not there is a fault of ours', async () => {
  const identities = createIdentities('nowhere', () => clock.nowMs)
  await expect(identities.get(identity.accessKeyId)).rejects.toMatchObject({
    reason: 'store_unavailable',
    message: 'DynamoDB: ResourceNotFoundException',
  })
})
