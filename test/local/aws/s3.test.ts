import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { requestOf, send, sign } from './signed.ts'
import { allow, operator, outcome, s3Client, startStand } from './stand.ts'

const objects = Object.fromEntries(['a', 'a/1', 'a/2', 'a/b/3', 'b', 'b/1', 'c'].map((key) => [key, key]))
let aws: LocalAws
beforeAll(async () => {
  const principals = [{ ...operator, policies: [allow('s3:*')] }]
  aws = await startStand({ principals, buckets: { 'acme-orders': {}, listed: objects, odd: {} } })
  client = s3Client(aws, operator)
})
afterAll(() => aws.close())

let client: S3Client
const s3 = () => client
const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3().send(new PutObjectCommand({ Bucket: 'acme-orders', Key, Body: 'text', ...more }))
const read = async (Key: string, Bucket = 'acme-orders') => {
  const { Body, ...more } = await s3().send(new GetObjectCommand({ Bucket, Key }))
  return { text: await Body?.transformToString(), ...more }
}
/** Status and code, as clients see them. */
const refusal = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'allowed',
    (error) => [error.$metadata?.httpStatusCode, error.name],
  )

describe('an object', () => {
  test('comes back as it was put, its type and tag with it', async () => {
    const { ETag } = await put('one', { Body: 'naïve\r\n', ContentType: 'text/csv' })
    const found = await read('one')
    expect(found).toMatchObject({ text: 'naïve\r\n', ContentType: 'text/csv', ContentLength: 8, ETag })
    const head = await s3().send(new HeadObjectCommand({ Bucket: 'acme-orders', Key: 'one' }))
    expect(head).toMatchObject({
      ContentType: 'text/csv',
      ContentLength: 8,
      ETag,
      LastModified: found.LastModified,
    })
  })

  test('is replaced, and is gone when deleted', async () => {
    await put('two')
    await put('two', { Body: 'other' })
    expect((await read('two')).text).toBe('other')
    await s3().send(new DeleteObjectCommand({ Bucket: 'acme-orders', Key: 'two' }))
    expect(await refusal(read('two'))).toEqual([404, 'NoSuchKey'])
    // Twice is no error in S3.
    expect(await outcome(s3().send(new DeleteObjectCommand({ Bucket: 'acme-orders', Key: 'two' })))).toBe(
      'allowed',
    )
  })

  test('of a stream, which SDKs send in chunks with a checksum behind them', async () => {
    const Body = Readable.from([Buffer.alloc(150_000, 'A'), Buffer.alloc(50_000, 'A')], { objectMode: false })
    await put('chunked', { Body, ContentLength: 200_000 })
    expect((await read('chunked')).text).toBe('A'.repeat(200_000))
  })

  test.each<[name: string, body: string, length: string, code: string]>([
    ['whole', '4\r\ntext\r\n0\r\nx-amz-checksum-crc32:O4unxw==\r\n\r\n', '4', 'allowed'],
    ['in two chunks', '2;x=y\r\nte\r\n2\r\nxt\r\n0\r\n\r\n', '4', 'allowed'],
    [
      'with a checksum that is not its own',
      '4\r\ntext\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
      '4',
      'BadDigest',
    ],
    ['without an end', '4\r\ntext\r\n', '4', 'IncompleteBody'],
    ['with a chunk that is longer than it says', '4\r\ntext!!0\r\n\r\n', '4', 'IncompleteBody'],
    ['of another length than is told', '4\r\ntext\r\n0\r\n\r\n', '5', 'IncompleteBody'],
    ['that is no chunk', 'text', '4', 'IncompleteBody'],
  ])('in chunks, %s', async (_, body, length, code) => {
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': length,
    }
    const signed = await sign(requestOf(aws, 'PUT', '/acme-orders/raw', { headers, body }), {
      credentials: operator,
      service: 's3',
    })
    expect((await send(signed)).code).toBe(code)
    if (code === 'allowed') expect((await read('raw')).text).toBe('text')
  })

  test('with a checksum that is not its own is not kept', async () => {
    expect(await refusal(put('wrong', { ChecksumCRC32: 'AAAAAA==' }))).toEqual([400, 'BadDigest'])
    expect(await refusal(read('wrong'))).toEqual([404, 'NoSuchKey'])
  })

  test.each([
    'a b',
    'a+b',
    'a%2Fb',
    '100%',
    'a&b=c',
    'a?b#c',
    "it's (1)*!~",
    '<&>"',
    'ü/ø/日本/😀',
    'a//b',
    '/a',
    'a/',
    './a',
    '../a',
    'a/../b',
    'a;b,c',
    'a\\b',
    'a:b@c$d',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM's own syntax
    '${aws:username}',
    '*',
    '\u0085\u00a0',
    'tab\tand\nline',
    '\u0001\u001f',
    'x'.repeat(1024),
  ])('has the key that it was given: %j', async (Key) => {
    // biome-ignore format: a list
    await s3().send(new PutObjectCommand({ Bucket: 'odd', Key, Body: Key }))
    expect((await read(Key, 'odd')).text).toBe(Key)
    const { Contents } = await s3().send(new ListObjectsV2Command({ Bucket: 'odd', Prefix: Key }))
    expect(Contents?.map((one) => one.Key)).toContain(Key)
    await s3().send(new DeleteObjectCommand({ Bucket: 'odd', Key }))
    expect((await s3().send(new ListObjectsV2Command({ Bucket: 'odd' }))).KeyCount).toBe(0)
  })
})

const list = async (input: Partial<ListObjectsV2CommandInput> = {}) => {
  const found = await s3().send(new ListObjectsV2Command({ Bucket: 'listed', ...input }))
  return {
    ...found,
    keys: found.Contents?.map(({ Key }) => Key) ?? [],
    prefixes: found.CommonPrefixes?.map(({ Prefix }) => Prefix) ?? [],
  }
}

describe('a listing', () => {
  test('is in the order of the keys’ bytes', async () => {
    expect((await list()).keys).toEqual(['a', 'a/1', 'a/2', 'a/b/3', 'b', 'b/1', 'c'])
  })

  test.each<[name: string, input: Partial<ListObjectsV2CommandInput>, keys: string[], prefixes: string[]]>([
    ['a prefix', { Prefix: 'a/' }, ['a/1', 'a/2', 'a/b/3'], []],
    ['a prefix of none', { Prefix: 'x' }, [], []],
    ['a delimiter', { Delimiter: '/' }, ['a', 'b', 'c'], ['a/', 'b/']],
    ['both', { Prefix: 'a/', Delimiter: '/' }, ['a/1', 'a/2'], ['a/b/']],
    ['a prefix that is a key', { Prefix: 'a/1', Delimiter: '/' }, ['a/1'], []],
    ['a start', { StartAfter: 'a/2' }, ['a/b/3', 'b', 'b/1', 'c'], []],
    ['no room', { MaxKeys: 0 }, [], []],
  ])('of %s', async (_, input, keys, prefixes) => {
    const found = await list(input)
    expect([found.keys, found.prefixes]).toEqual([keys, prefixes])
    expect([found.KeyCount, found.IsTruncated]).toEqual([keys.length + prefixes.length, false])
  })

  test('of a page says that there is more, and of the last that there is not', async () => {
    const first = await list({ MaxKeys: 6 })
    expect([first.IsTruncated, first.KeyCount]).toEqual([true, 6])
    const { NextContinuationToken: ContinuationToken } = first
    const last = await list({ MaxKeys: 6, ...(ContinuationToken && { ContinuationToken }) })
    expect([last.IsTruncated, last.keys, last.NextContinuationToken]).toEqual([false, ['c'], undefined])
    expect((await list({ MaxKeys: 7 })).IsTruncated).toBe(false)
    // The keys that are rolled up into the last of them are no more to come.
    expect((await list({ Prefix: 'a', Delimiter: '/', MaxKeys: 2 })).IsTruncated).toBe(false)
  })

  test('has a thousand keys at most, whatever is asked for', async () => {
    for (let index = 0; index < 1001; index++) aws.putObject('many', String(index), '')
    const { keys, MaxKeys, IsTruncated } = await list({ Bucket: 'many', MaxKeys: 5000 })
    expect([keys.length, MaxKeys, IsTruncated]).toEqual([1000, 1000, true])
  })

  test('page by page is the whole one, whatever is asked for', async () => {
    const asked = fc.record({
      Prefix: fc.constantFrom('', 'a', 'a/', 'a/b', 'b'),
      Delimiter: fc.constantFrom(undefined, '/', '1', 'b'),
      pageSize: fc.integer({ min: 1, max: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(asked, async ({ Prefix, Delimiter, pageSize }) => {
        const input = { Bucket: 'listed', Prefix, ...(Delimiter && { Delimiter }) }
        const whole = await list(input)
        const keys: (string | undefined)[] = []
        const prefixes: (string | undefined)[] = []
        for await (const page of paginateListObjectsV2({ client: s3(), pageSize }, input)) {
          const count = (page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0)
          expect(page.KeyCount).toBe(count)
          // Every page but the last is full.
          if (page.IsTruncated) expect(count).toBe(pageSize)
          else expect(count).toBeLessThanOrEqual(pageSize)
          keys.push(...(page.Contents ?? []).map(({ Key }) => Key))
          prefixes.push(...(page.CommonPrefixes ?? []).map((one) => one.Prefix))
        }
        expect([keys, prefixes]).toEqual([whole.keys, whole.prefixes])
      }),
      fuzzParameters(),
    )
  })

  test('of buckets has all of them', async () => {
    const { Buckets } = await s3().send(new ListBucketsCommand())
    expect(Buckets?.map(({ Name }) => Name)).toEqual(expect.arrayContaining(['acme-orders', 'listed', 'odd']))
  })
})

test('a bucket that is not there', async () => {
  const Bucket = 'nowhere'
  expect(await refusal(s3().send(new GetObjectCommand({ Bucket, Key: 'a' })))).toEqual([404, 'NoSuchBucket'])
  expect(await refusal(s3().send(new ListObjectsV2Command({ Bucket })))).toEqual([404, 'NoSuchBucket'])
  expect(await refusal(s3().send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' })))).toEqual([
    404,
    'NoSuchBucket',
  ])
  expect(await refusal(s3().send(new HeadBucketCommand({ Bucket })))).toEqual([404, 'NotFound'])
  expect(await refusal(s3().send(new HeadBucketCommand({ Bucket: 'odd' })))).toBe('allowed')
})
