import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import type { PolicyText } from '../../../local/aws/iam/policy.ts'
import { requestOf, send, sign } from './signed.ts'
import {
  allow,
  assume,
  broker,
  exporterArn,
  operator,
  outcome,
  policyOf,
  s3Client,
  startStand,
  trusting,
} from './stand.ts'

const Bucket = 'acme-orders'
const bucketArn = `arn:aws:s3:::${Bucket}`
const closing: LocalAws[] = []
afterAll(() => Promise.all(closing.map((aws) => aws.close())))

/** A client of the exporter's role, which has these policies, in a session that is asked for so. */
async function clientOf(policies: readonly PolicyText[], session: Parameters<typeof assume>[1] = {}) {
  const roles = [{ arn: exporterArn, trustPolicy: trusting({ AWS: '*' }), policies }]
  const aws = await startStand({ roles, principals: [broker] })
  closing.push(aws)
  return s3Client(aws, await assume(aws, session))
}
const get = (s3: S3Client, Key: string) => outcome(s3.send(new GetObjectCommand({ Bucket, Key })))
const head = async (s3: S3Client, Key: string) =>
  s3.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => 200,
    (error) => error.$metadata.httpStatusCode,
  )
const list = (s3: S3Client, Prefix?: string) => outcome(s3.send(new ListObjectsV2Command({ Bucket, Prefix })))
const put = (s3: S3Client, Key: string) => outcome(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' })))

describe('a key that is not there', () => {
  test('is told to whoever may list the bucket', async () => {
    const s3 = await clientOf([allow('s3:GetObject'), allow('s3:ListBucket', bucketArn)])
    expect([await get(s3, 'none'), await head(s3, 'none')]).toEqual(['NoSuchKey', 404])
  })

  test('is denied to others, like one that is there and not theirs', async () => {
    const s3 = await clientOf([allow('s3:GetObject', `${bucketArn}/7123/*`)])
    expect(await get(s3, '7123/a.csv')).toBe('allowed')
    for (const key of ['7123/none', '7124/b.csv', '7124/none'])
      expect([await get(s3, key), await head(s3, key)]).toEqual(['AccessDenied', 403])
  })

  test('is told to nobody by a permission to list a prefix, which such a request does not have', async () => {
    const prefixed = { Condition: { StringLike: { 's3:prefix': '7123/*' } } }
    const s3 = await clientOf([allow('s3:GetObject'), allow('s3:ListBucket', bucketArn, prefixed)])
    expect(await get(s3, '7123/none')).toBe('AccessDenied')
  })
})

describe('what a role may not, by each operation', () => {
  const operations: readonly [string, (s3: S3Client) => Promise<string>][] = [
    ['s3:GetObject', (s3) => get(s3, '7123/a.csv')],
    ['s3:PutObject', (s3) => put(s3, '7123/new')],
    ['s3:DeleteObject', (s3) => outcome(s3.send(new DeleteObjectCommand({ Bucket, Key: '7123/new' })))],
    ['s3:ListBucket', (s3) => list(s3)],
    ['s3:ListAllMyBuckets', (s3) => outcome(s3.send(new ListBucketsCommand()))],
  ]
  test.each(operations)('%s', async (action, attempt) => {
    expect(await attempt(await clientOf([allow(action)]))).toBe('allowed')
    const others = operations.map(([name]) => name).filter((name) => name !== action)
    expect(await attempt(await clientOf([allow(others)]))).toBe('AccessDenied')
    const denied = policyOf({ Effect: 'Deny', Action: action, Resource: '*' })
    expect(await attempt(await clientOf([allow('s3:*'), denied]))).toBe('AccessDenied')
  })

  test('HEAD of a bucket needs s3:ListBucket', async () => {
    const status = async (action: string) =>
      (await clientOf([allow(action)])).send(new HeadBucketCommand({ Bucket })).then(
        ({ $metadata }) => $metadata.httpStatusCode,
        ({ $metadata }) => $metadata.httpStatusCode,
      )
    expect([await status('s3:ListBucket'), await status('s3:GetObject')]).toEqual([200, 403])
  })
})

describe('what a session policy leaves of a role', () => {
  const narrow = JSON.stringify(
    policyOf(
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `${bucketArn}/7123/*` },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: bucketArn,
        Condition: { StringLike: { 's3:prefix': ['7123/*'] } },
      },
    ),
  )
  let s3: S3Client
  beforeAll(async () => {
    s3 = await clientOf([allow('s3:*')], { Policy: narrow })
  })

  test.each(['7124/b.csv', '71234/b.csv', '7123', '/7123/a.csv', '7123%2Fa.csv', '../7123/a.csv'])(
    'nothing of %j',
    async (key) => {
      expect([await get(s3, key), await put(s3, key)]).toEqual(['AccessDenied', 'AccessDenied'])
      expect(await list(s3, key)).toBe('AccessDenied')
    },
  )

  test('what it names: S3 knows no folders, so a step up is a key like any other', async () => {
    expect([await get(s3, '7123/a.csv'), await put(s3, '7123/b'), await list(s3, '7123/')]).toEqual([
      'allowed',
      'allowed',
      'allowed',
    ])
    expect([await put(s3, '7123/../7124/x'), await get(s3, '7124/x')]).toEqual(['allowed', 'AccessDenied'])
  })

  test('of several buckets, none but its own', async () => {
    expect(await outcome(s3.send(new ListBucketsCommand()))).toBe('AccessDenied')
    expect(await list(s3)).toBe('AccessDenied')
  })
})

describe('what a condition asks of the session', () => {
  const tagged = { StringEquals: { 'aws:PrincipalTag/team': 'orders' } }
  const sourced = { StringLike: { 'aws:SourceIdentity': 'github-*' } }
  const team = (Value: string) => ({ Tags: [{ Key: 'team', Value }] })
  test.each<[name: string, condition: object, good: object, bad: object]>([
    ['a tag', tagged, team('orders'), team('Orders')],
    ['a tag that is not there', tagged, team('orders'), {}],
    [
      'a tag’s key, in any case',
      { StringEquals: { 'aws:principaltag/TEAM': 'orders' } },
      team('orders'),
      team('other'),
    ],
    ['the source identity', sourced, { SourceIdentity: 'github-1' }, { SourceIdentity: 'gitlab-1' }],
    ['a source identity that is not there', sourced, { SourceIdentity: 'github-1' }, {}],
    ['both', { ...tagged, ...sourced }, { ...team('orders'), SourceIdentity: 'github-1' }, team('orders')],
  ])('%s', async (_, Condition, good, bad) => {
    const policies = [allow('s3:GetObject', '*', { Condition })]
    expect(await get(await clientOf(policies, good), '7123/a.csv')).toBe('allowed')
    expect(await get(await clientOf(policies, bad), '7123/a.csv')).toBe('AccessDenied')
  })

  test('a tag in the resource, which cannot be made to mean more than itself', async () => {
    const own = [allow('s3:GetObject', `${bucketArn}/$\{aws:PrincipalTag/repo}/*`)]
    const reads = async (Value: string, key = '7123/a.csv') =>
      get(await clientOf(own, { Tags: [{ Key: 'repo', Value }] }), key)
    expect(await reads('7123')).toBe('allowed')
    expect(await reads('7124')).toBe('AccessDenied')
    expect(await reads('7123', '7124/b.csv')).toBe('AccessDenied')
  })
})

describe('what is not served is said to be so, and never taken for something else', () => {
  let aws: LocalAws
  beforeAll(async () => {
    aws = await startStand({ principals: [{ ...operator, policies: [allow('*')] }] })
    closing.push(aws)
  })
  const Key = '7123/a.csv'
  test.each<[name: string, attempt: (s3: S3Client) => Promise<unknown>]>([
    ['a range', (s3) => s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=0-1' }))],
    ['a precondition', (s3) => s3.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: '"x"' }))],
    ['a version', (s3) => s3.send(new GetObjectCommand({ Bucket, Key, VersionId: '1' }))],
    [
      'a put only if absent',
      (s3) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfNoneMatch: '*' })),
    ],
    ['an ACL', (s3) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ACL: 'public-read' }))],
    ['a copy', (s3) => s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/${Key}` }))],
    ['tags', (s3) => s3.send(new GetObjectTaggingCommand({ Bucket, Key }))],
    ['a bucket’s policy', (s3) => s3.send(new GetBucketPolicyCommand({ Bucket }))],
    ['a list of the first version', (s3) => s3.send(new ListObjectsCommand({ Bucket }))],
    [
      'several deletes at once',
      (s3) => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } })),
    ],
  ])('%s', async (_, attempt) => {
    const s3 = s3Client(aws, operator)
    expect(await outcome(attempt(s3))).toBe('NotImplemented')
    expect([await get(s3, Key), await get(s3, 'b')]).toEqual(['allowed', 'NoSuchKey'])
  })

  test.each(['PUT', 'POST', 'DELETE', 'PATCH'])('%s of no bucket is no list of buckets', async (method) => {
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    const request = await sign(requestOf(aws, method, '/', { headers }), {
      credentials: operator,
      service: 's3',
    })
    expect((await send(request)).code).toBe('NotImplemented')
  })
})
