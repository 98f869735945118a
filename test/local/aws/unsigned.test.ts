import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { type Change, formRequest, requestOf, type Signed, send, sign } from './signed.ts'
import { allow, broker, startStand } from './stand.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startStand({ principals: [{ ...broker, policies: [allow('s3:*')] }] })
})
afterAll(() => aws.close())

const whoAmI = () => formRequest(aws, { Action: 'GetCallerIdentity' })
const list = () => requestOf(aws, 'GET', '/acme-orders', { query: { 'list-type': '2' } })
const told = async (request: Signed) => {
  const { status, code, message } = await send(request)
  return [status, code, message]
}

describe('what must be signed, and is not', () => {
  test.each(['host', 'x-amz-date', 'x-amz-security-token'])('%s', async (name) => {
    const unsigned = [name]
    expect(await told(await sign(whoAmI(), { credentials: broker, unsigned }))).toEqual([
      403,
      'SignatureDoesNotMatch',
      expect.stringContaining('must be a &#39;SignedHeader&#39;'),
    ])
    expect(await told(await sign(list(), { credentials: broker, service: 's3', unsigned }))).toEqual([
      403,
      'AccessDenied',
      'There were headers present in the request which were not signed',
    ])
  })

  test('a header of AWS’s that was added on the way', async () => {
    const added: Change = (request) => ({
      ...request,
      headers: { ...request.headers, 'x-amz-checksum-crc32': 'AAAAAA==' },
    })
    expect((await told(added(await sign(whoAmI(), { credentials: broker }))))[1]).toBe(
      'SignatureDoesNotMatch',
    )
    expect((await told(added(await sign(list(), { credentials: broker, service: 's3' }))))[1]).toBe(
      'AccessDenied',
    )
  })
})

describe('a request of nobody', () => {
  test('without a signature', async () => {
    const missing = [403, 'MissingAuthenticationToken', 'Request is missing Authentication Token']
    expect(await told(whoAmI())).toEqual(missing)
    expect(await told(list())).toEqual([403, 'AccessDenied', 'Access Denied'])
  })

  const scope = 'ASIABROKER/20261126/eu-west-1/sts/aws4_request'
  const signature = 'a'.repeat(64)
  test.each<[string, string]>([
    ['another scheme', 'Basic QVNJQTpzZWNyZXQ='],
    ['a bearer token', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
    ['no signature', `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host`],
    [
      'half of one',
      `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${signature.slice(1)}`,
    ],
    ['no scope', `AWS4-HMAC-SHA256 Credential=ASIABROKER, SignedHeaders=host, Signature=${signature}`],
    ['another algorithm', `AWS4-HMAC-SHA1 Credential=${scope}, SignedHeaders=host, Signature=${signature}`],
    [
      'a day that is not the time’s',
      `AWS4-HMAC-SHA256 Credential=${scope.replace('26/', '25/')}, SignedHeaders=host, Signature=${signature}`,
    ],
  ])('with %s for one', async (_, authorization) => {
    const headers = { authorization, 'x-amz-date': '20261126T030000Z' }
    const form = whoAmI()
    expect((await told({ ...form, headers: { ...form.headers, ...headers } })).slice(0, 2)).toEqual([
      400,
      'IncompleteSignature',
    ])
    const get = list()
    expect((await told({ ...get, headers: { ...get.headers, ...headers } })).slice(0, 2)).toEqual([
      400,
      'AuthorizationHeaderMalformed',
    ])
  })
})

describe('a signature for elsewhere', () => {
  test('STS answers in every region, S3 in that of its buckets', async () => {
    const region = 'us-east-1'
    expect((await told(await sign(whoAmI(), { credentials: broker, region })))[1]).toBe('allowed')
    expect(await told(await sign(list(), { credentials: broker, service: 's3', region }))).toEqual([
      400,
      'AuthorizationHeaderMalformed',
      expect.stringContaining('expecting &#39;eu-west-1&#39;'),
    ])
  })

  test('one service’s is nothing to the other', async () => {
    // The service is in what is signed, so the request goes where its signature is for, and is not served there.
    expect((await told(await sign(whoAmI(), { credentials: broker, service: 's3' })))[1]).toBe(
      'NotImplemented',
    )
    expect((await told(await sign(list(), { credentials: broker, service: 'sts' })))[1]).toBe('MissingAction')
  })
})
