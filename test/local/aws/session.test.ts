import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { allow, assume, outcome, s3Client, startStand } from './stand.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startStand()
})
afterAll(() => aws.close())

const narrow = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::acme-orders/7123/*' },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::acme-orders',
      Condition: { StringLike: { 's3:prefix': '7123/*' } },
    },
  ],
})

describe('a session that was narrowed to one folder', () => {
  test('reads an object in it, and is denied the one beside it', async () => {
    const s3 = s3Client(aws, await assume(aws, { Policy: narrow }))
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key: '7123/a.csv' }))
    expect(await Body?.transformToString()).toBe('seven')
    await expect(s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key: '7124/b.csv' }))).rejects.toThrow(
      'because no session policy allows the s3:GetObject action',
    )
  })

  test('lists that folder, and neither the bucket nor the folder beside it', async () => {
    const s3 = s3Client(aws, await assume(aws, { Policy: narrow }))
    const list = (Prefix?: string) => s3.send(new ListObjectsV2Command({ Bucket: 'acme-orders', Prefix }))
    expect((await list('7123/')).Contents?.map(({ Key }) => Key)).toEqual(['7123/a.csv'])
    expect(await outcome(list('7124/'))).toBe('AccessDenied')
    expect(await outcome(list())).toBe('AccessDenied')
  })

  test('gains nothing that the role does not have', async () => {
    const s3 = s3Client(aws, await assume(aws, { Policy: JSON.stringify(allow('*')) }))
    await expect(
      s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key: '7124/b.csv' })),
    ).resolves.toBeDefined()
    const foreign = await startStand({ buckets: { other: { a: 'a' } } })
    const there = s3Client(foreign, await assume(foreign, { Policy: JSON.stringify(allow('*')) }))
    await expect(there.send(new GetObjectCommand({ Bucket: 'other', Key: 'a' }))).rejects.toThrow(
      'because no identity-based policy allows',
    )
    await foreign.close()
  })
})
