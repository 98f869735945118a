import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { formRequest, requestOf, type Signed, send, sign } from './signed.ts'
import { allow, broker, command, exporterArn, operator, s3Client, startStand, stsClient } from './stand.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startStand({
    principals: [{ ...operator, policies: [allow('s3:*')] }, broker],
    buckets: { 'acme-orders': { '7123/a.csv': 'seven' }, any: {} },
  })
})
afterAll(() => aws.close())

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((one) => one.isWellFormed())

describe('whatever an SDK signs is taken as it was meant', () => {
  test('an object of any key, with any text in it', async () => {
    const s3 = s3Client(aws, operator)
    await fc.assert(
      fc.asyncProperty(text, text, async (Key, Body) => {
        await s3.send(new PutObjectCommand({ Bucket: 'any', Key, Body }))
        const found = await s3.send(new GetObjectCommand({ Bucket: 'any', Key }))
        expect(await found.Body?.transformToString()).toBe(Body)
      }),
      fuzzParameters(),
    )
  })

  test('a list of any prefix from any start', async () => {
    const s3 = s3Client(aws, operator)
    await fc.assert(
      fc.asyncProperty(text, text, text, async (Prefix, Delimiter, StartAfter) => {
        const input = { Bucket: 'acme-orders', Prefix, Delimiter, StartAfter, EncodingType: 'url' } as const
        const { $metadata } = await s3.send(new ListObjectsV2Command(input))
        expect($metadata.httpStatusCode).toBe(200)
      }),
      fuzzParameters(),
    )
  })

  test('a session with any tag', async () => {
    const sts = stsClient(aws)
    const value = fc.string({ unit: fc.constantFrom(...'aZ09 _.:/=+-@é日😀\u2028'), maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(value, async (Value) => {
        const before = aws.requests.length
        await sts.send(command({ Tags: [{ Key: 'k', Value }] })).catch(() => undefined)
        expect(aws.requests[before]?.parameters['Tags.member.1.Value']).toBe(Value)
        expect(aws.requests[before]?.code).not.toBe('SignatureDoesNotMatch')
      }),
      fuzzParameters(),
    )
  })
})

/** One place of a text with another character there. */
const changed = (whole: string) =>
  fc
    .tuple(fc.nat(whole.length - 1), fc.constantFrom(...'aZ0/%&=;,:.-_+~ '))
    .map(([at, one]) => `${whole.slice(0, at)}${one}${whole.slice(at + 1)}`)
    .filter((other) => other !== whole)

describe('whatever was changed by a character is refused', () => {
  const refuses = async (
    request: Signed,
    change: (request: Signed, other: string) => Signed,
    whole: string,
  ) => {
    expect((await send(request)).code).toBe('allowed')
    await fc.assert(
      fc.asyncProperty(changed(whole), async (other) => {
        expect((await send(change(request, other))).code, other).not.toBe('allowed')
      }),
      fuzzParameters(),
    )
  }
  const form = () =>
    formRequest(aws, { Action: 'AssumeRole', RoleArn: exporterArn, RoleSessionName: 'bot-1' })
  const header = (name: string) => (request: Signed, other: string) => ({
    ...request,
    headers: { ...request.headers, [name]: other },
  })

  test('in a form', async () => {
    const request = await sign(form(), { credentials: broker })
    await refuses(request, (one, body) => ({ ...one, body }), request.body)
  })

  test.each(['authorization', 'x-amz-date', 'x-amz-security-token', 'content-type'])(
    'in the header %s',
    async (name) => {
      const request = await sign(form(), { credentials: broker })
      await refuses(request, header(name), request.headers[name] ?? '')
    },
  )

  test('in the path of an object', async () => {
    const key = '7123/a.csv'
    const path = `/acme-orders/${key}`
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
    const request = await sign(requestOf(aws, 'GET', path, { headers }), {
      credentials: operator,
      service: 's3',
    })
    await refuses(request, (one, other) => ({ ...one, path: `/acme-orders/${other}` }), key)
  })
})
