import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { type Change, formRequest, requestOf, type Signed, send, sign } from './signed.ts'
import {
  allow,
  assume,
  broker,
  type Keys,
  operator,
  outcome,
  s3Client,
  startStand,
  stsClient,
} from './stand.ts'

const nowMs = Date.UTC(2026, 10, 26, 3)
const ending = { ...operator, accessKeyId: 'ASIAENDING', sessionToken: 'ending-token', expiresAtMs: nowMs }
let aws: LocalAws
const { sessionToken: _, ...tokenless } = broker
/** Its clock stands still, for what a second decides. */
let frozen: LocalAws

beforeAll(async () => {
  const policies = [allow('s3:*')]
  const principals = [
    { ...broker, policies },
    { ...operator, policies },
    { ...ending, policies },
  ]
  aws = await startStand({ principals })
  frozen = await startStand({ principals, nowMs: () => nowMs })
})
afterAll(() => Promise.all([aws.close(), frozen.close()]))

type Refused = readonly [status: number, code: string, message: string]
const refusalOf = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => 'allowed',
    (error) => [error.$metadata?.httpStatusCode, error.Code ?? error.name, error.message],
  )
const containing = ([status, code, message]: Refused) => [status, code, expect.stringContaining(message)]
const whoAmI = (keys: Keys, more: object = {}) =>
  stsClient(aws, keys, more).send(new GetCallerIdentityCommand())
const list = (keys: Keys, more: object = {}) =>
  s3Client(aws, keys, more).send(new ListObjectsV2Command({ Bucket: 'acme-orders' }))

const stsMismatch: Refused = [
  403,
  'SignatureDoesNotMatch',
  'The request signature we calculated does not match',
]
const s3Mismatch = stsMismatch
const invalidToken: Refused = [
  403,
  'InvalidClientTokenId',
  'The security token included in the request is invalid.',
]
const noSuchKey: Refused = [403, 'InvalidAccessKeyId', 'does not exist in our records']

describe('keys, as the SDK’s clients sign with them', () => {
  test.each<[name: string, keys: Keys, sts: Refused, s3: Refused]>([
    ['a wrong secret', { ...operator, secretAccessKey: 'operator-Secret' }, stsMismatch, s3Mismatch],
    ['a key that nobody has', { ...operator, accessKeyId: 'AKIAOPERATORX' }, invalidToken, noSuchKey],
    [
      'another session’s token',
      { ...broker, sessionToken: 'ending-token' },
      invalidToken,
      [400, 'InvalidToken', 'malformed or otherwise invalid'],
    ],
    ['a session’s key without its token', tokenless, invalidToken, noSuchKey],
    [
      'a token with a user’s key, which has none',
      { ...operator, sessionToken: 'broker-token' },
      invalidToken,
      [400, 'InvalidToken', 'malformed or otherwise invalid'],
    ],
    [
      'a session that is over',
      ending,
      [403, 'ExpiredToken', 'The security token included in the request is expired'],
      [400, 'ExpiredToken', 'The provided token has expired.'],
    ],
  ])('%s', async (_, keys, sts, s3) => {
    expect(await refusalOf(whoAmI(keys))).toEqual(containing(sts))
    expect(await refusalOf(list(keys))).toEqual(containing(s3))
  })

  test.each<[string, Keys]>([
    ['a user’s', operator],
    ['a session’s', broker],
  ])('the right ones are taken: %s', async (_, keys) => {
    expect(await refusalOf(whoAmI(keys))).toBe('allowed')
    expect(await refusalOf(list(keys))).toBe('allowed')
  })

  test('keys that STS made work at both, and not with one letter changed', async () => {
    const keys = await assume(aws)
    expect(await refusalOf(whoAmI(keys))).toBe('allowed')
    expect(await refusalOf(list(keys))).toBe('allowed')
    const secretAccessKey = `${keys.secretAccessKey.slice(0, -1)}~`
    expect(await refusalOf(whoAmI({ ...keys, secretAccessKey }))).toEqual(containing(stsMismatch))
  })
})

describe('the clock', () => {
  const seconds = (offset: number) => nowMs + offset * 1000
  const asked = async (atMs: number, keys: Keys = operator) => {
    const sts = await send(await sign(formRequest(frozen, whoFields), { credentials: keys, atMs }))
    const get = requestOf(frozen, 'GET', '/acme-orders/7123/a.csv')
    const s3 = await send(await sign(get, { credentials: keys, service: 's3', atMs }))
    return [sts.code, sts.message.split(':')[0], s3.code]
  }

  test('a signature is good for a quarter of an hour, and no second longer', async () => {
    expect(await asked(seconds(-900))).toEqual(['allowed', '', 'allowed'])
    expect(await asked(seconds(-901))).toEqual([
      'SignatureDoesNotMatch',
      'Signature expired',
      'RequestTimeTooSkewed',
    ])
  })

  test('a clock that is ahead has as much, and no second more', async () => {
    expect(await asked(seconds(900))).toEqual(['allowed', '', 'allowed'])
    const late = ['SignatureDoesNotMatch', 'Signature not yet current', 'RequestTimeTooSkewed']
    expect(await asked(seconds(901))).toEqual(late)
  })

  test('a session ends at its second, however young the signature', async () => {
    const standAt = async (atMs: number) => {
      const stand = await startStand({
        principals: [{ ...ending, policies: [allow('s3:*')] }],
        nowMs: () => atMs,
      })
      const request = await sign(formRequest(stand, whoFields), { credentials: ending, atMs })
      return send(request)
        .then(({ code }) => code)
        .finally(() => stand.close())
    }
    expect(await standAt(nowMs - 1000)).toBe('allowed')
    expect(await standAt(nowMs)).toBe('ExpiredToken')
  })

  test.each([20, -20])(
    'an SDK whose clock is %i minutes off corrects it by the answer’s date',
    async (minutes) => {
      const late = await startStand({
        principals: [{ ...operator, policies: [allow('s3:*')] }],
        nowMs: () => Date.now() - minutes * 60_000,
      })
      const both = async (maxAttempts: number) => [
        await outcome(stsClient(late, operator, { maxAttempts }).send(new GetCallerIdentityCommand())),
        await outcome(
          s3Client(late, operator, { maxAttempts }).send(new ListObjectsV2Command({ Bucket: 'acme-orders' })),
        ),
      ]
      expect(await both(1)).toEqual(['SignatureDoesNotMatch', 'RequestTimeTooSkewed'])
      expect(await both(2)).toEqual(['allowed', 'allowed'])
      await late.close()
    },
  )
})

const whoFields = { Action: 'GetCallerIdentity' }
const header =
  (name: string, value: string): Change =>
  (request) => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  })

describe('what is changed on the way to STS', () => {
  const signedForm = (stand: LocalAws) =>
    sign(
      formRequest(stand, {
        Action: 'AssumeRole',
        RoleArn: 'arn:aws:iam::123456789012:role/orders-exporter',
        RoleSessionName: 'bot-1',
      }),
      { credentials: broker },
    )

  test.each<[name: string, change: Change]>([
    ['nothing', (request) => request],
    ['a header that means nothing to anybody', header('x-forwarded-for', '192.0.2.1')],
    ['a tracing header, as proxies add it', header('x-amzn-trace-id', 'Root=1-2-3')],
  ])('is taken: %s', async (_, change) => {
    expect((await send(change(await signedForm(aws)))).code).toBe('allowed')
  })

  test.each<[name: string, change: Change]>([
    ['the form', (request) => ({ ...request, body: request.body.replace('bot-1', 'bot-2') })],
    ['a parameter more', (request) => ({ ...request, body: `${request.body}&DurationSeconds=900` })],
    ['a query', (request) => ({ ...request, query: { Action: 'GetCallerIdentity' } })],
    ['the path', (request) => ({ ...request, path: '/x' })],
    ['the type of the form', header('content-type', 'application/x-www-form-urlencoded; charset=latin1')],
    [
      'the time',
      header('x-amz-date', new Date(Date.now() - 60_000).toISOString().replace(/[-:]|\.\d{3}/g, '')),
    ],
    [
      'the signature',
      (request) => ({ ...request, headers: { ...request.headers, authorization: flipped(request) } }),
    ],
  ])('is refused: %s', async (_, change) => {
    const { status, code, message } = await send(change(await signedForm(aws)))
    expect([status, code, message]).toEqual(containing(stsMismatch))
  })
})

describe('what is changed on the way to S3', () => {
  const signedPut = () =>
    sign(
      requestOf(aws, 'PUT', '/acme-orders/7123/new', {
        body: 'text',
        headers: { 'content-type': 'text/plain', 'x-amz-content-sha256': textSha256 },
      }),
      { credentials: operator, service: 's3' },
    )
  const signedList = () =>
    sign(requestOf(aws, 'GET', '/acme-orders', { query: { 'list-type': '2', prefix: '7123/' } }), {
      credentials: operator,
      service: 's3',
    })

  test('nothing', async () => {
    expect((await send(await signedPut())).code).toBe('allowed')
    expect((await send(await signedList())).code).toBe('allowed')
  })

  test.each<[name: string, change: Change]>([
    ['the key', (request) => ({ ...request, path: '/acme-orders/7124/new' })],
    ['the method', (request) => ({ ...request, method: 'DELETE', body: undefined })],
    ['the type', header('content-type', 'text/html')],
    [
      'the body and its hash',
      (request) => header('x-amz-content-sha256', otherSha256)({ ...request, body: 'Text' }),
    ],
    ['the hash, as if the body were not signed', header('x-amz-content-sha256', 'UNSIGNED-PAYLOAD')],
  ])('is refused: %s', async (_, change) => {
    const { status, code, message } = await send(change(await signedPut()))
    expect([status, code, message]).toEqual(containing(s3Mismatch))
  })

  test('the prefix of a listing', async () => {
    const request = await signedList()
    expect((await send({ ...request, query: { ...request.query, prefix: '7124/' } })).code).toBe(
      'SignatureDoesNotMatch',
    )
  })

  test('the body alone, which is not what was signed for', async () => {
    const { status, code } = await send({ ...(await signedPut()), body: 'Text' })
    expect([status, code]).toEqual([400, 'XAmzContentSHA256Mismatch'])
  })
})

const textSha256 = '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1'
const otherSha256 = '71988c4d8e0803ba4519f0b2864c1331c14a1890bf8694e251379177bfedb5c3'

/** The same signature but for its last digit. */
function flipped({ headers }: Signed): string {
  return (headers.authorization ?? '').replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
}
