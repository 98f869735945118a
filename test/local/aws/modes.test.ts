import { GetObjectCommand } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import type { Mode } from '../../../local/aws/sts/modes.ts'
import {
  allow,
  broker,
  command,
  exporterArn,
  operator,
  outcome,
  s3Client,
  startStand,
  stsClient,
} from './stand.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startStand({ principals: [broker, { ...operator, policies: [allow('s3:*')] }] })
})
beforeEach(() => aws.setMode('up'))
afterAll(() => aws.close())

const assuming = (more: object = {}) => stsClient(aws, broker, more).send(command())
const last = () => aws.requests.at(-1)
/** What fails, as the broker's own reading of an SDK's error would see it. */
const failure = async (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'allowed',
    (error) => [error.$metadata?.httpStatusCode, error.Code ?? error.name, error.message],
  )

describe('what the SDK is told when STS', () => {
  test.each<[mode: Mode, status: number, code: string, message: string]>([
    ['throttle', 400, 'Throttling', 'Rate exceeded'],
    ['error', 500, 'InternalFailure', 'The request processing has failed because of an internal error.'],
    [
      'unavailable',
      503,
      'ServiceUnavailable',
      'The request has failed due to a temporary failure of the server.',
    ],
    ['expired', 403, 'ExpiredToken', 'The security token included in the request is expired'],
  ])('answers as in mode %s', async (mode, status, code, message) => {
    aws.setMode(mode)
    expect(await failure(assuming())).toEqual([status, code, message])
    expect(await failure(stsClient(aws).send(new GetCallerIdentityCommand()))).toEqual([
      status,
      code,
      message,
    ])
    expect(last()).toMatchObject({ action: 'GetCallerIdentity', mode, code, answered: false })
  })

  test('hangs: nothing, until the client gives up', async () => {
    aws.setMode('hang')
    const requestHandler = { requestTimeout: 200, throwOnRequestTimeout: true }
    const timeout = [undefined, 'TimeoutError', expect.stringMatching(/200 ms/)]
    expect(await failure(assuming({ requestHandler }))).toEqual(timeout)
    expect(last()).toMatchObject({ action: 'AssumeRole', mode: 'hang', code: undefined, answered: false })
  })

  test('is down: the connection is reset', async () => {
    aws.setMode('down')
    expect(await failure(assuming())).toEqual([
      undefined,
      // The SDK's name for every broken connection.
      'TimeoutError',
      expect.stringMatching(/ECONNRESET|socket hang up/),
    ])
    expect(last()).toMatchObject({ mode: 'down', answered: false })
  })

  test('answers garbage: no credentials, whatever the SDK makes of it', async () => {
    aws.setMode('garbage')
    const answer = await assuming().catch(() => undefined)
    expect(answer?.Credentials).toBeUndefined()
    expect(last()).toMatchObject({ mode: 'garbage', answered: false })
  })

  test('answers in part: credentials without a token and an end', async () => {
    aws.setMode('partial')
    const { Credentials, AssumedRoleUser } = await assuming()
    expect(Object.keys(Credentials ?? {})).toEqual(['AccessKeyId', 'SecretAccessKey'])
    expect(AssumedRoleUser).toBeUndefined()
    // Nor are they good for anything.
    const { AccessKeyId = '', SecretAccessKey = '' } = Credentials ?? {}
    const made = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
    aws.setMode('up')
    expect(await outcome(stsClient(aws, made).send(new GetCallerIdentityCommand()))).toBe(
      'InvalidClientTokenId',
    )
  })

  test('has a clock 20 minutes ahead: a refusal, and by its Date header a second try that is right', async () => {
    aws.setMode('skew')
    expect(await failure(assuming())).toEqual([
      403,
      'SignatureDoesNotMatch',
      expect.stringMatching(/^Signature expired: /),
    ])
    expect(last()).toMatchObject({ mode: 'skew', code: 'SignatureDoesNotMatch', answered: false })
    const { Credentials } = await assuming({ maxAttempts: 2 })
    const minutes = ((Credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 60_000
    expect(minutes).toBeCloseTo(80, 0)
    expect(last()).toMatchObject({ mode: 'skew', code: undefined, answered: true })
  })
})

describe('how long a mode lasts', () => {
  test('until another is set', async () => {
    aws.setMode('unavailable')
    for (let count = 0; count < 3; count++) expect(await outcome(assuming())).toBe('ServiceUnavailable')
    aws.setMode('up')
    expect(await outcome(assuming())).toBe('allowed')
  })

  test.each<Mode>(['throttle', 'error', 'unavailable', 'down'])(
    '%s: so many requests and no more',
    async (mode) => {
      aws.setMode(mode, { times: 2 })
      const before = aws.requests.length
      for (const expected of [false, false, true, true])
        expect((await outcome(assuming())) === 'allowed').toBe(expected)
      expect(aws.requests.slice(before).map((one) => one.mode)).toEqual([mode, mode, 'up', 'up'])
    },
  )

  test('an SDK that tries three times gets over two failures, and not over three', async () => {
    aws.setMode('unavailable', { times: 2 })
    expect(await outcome(assuming({ maxAttempts: 3 }))).toBe('allowed')
    aws.setMode('unavailable', { times: 3 })
    expect(await outcome(assuming({ maxAttempts: 3 }))).toBe('ServiceUnavailable')
  })

  test('none at all for no times', async () => {
    aws.setMode('down', { times: 0 })
    expect(await outcome(assuming())).toBe('allowed')
  })

  test('what asked before is answered as it was then', async () => {
    aws.setMode('hang')
    const requestHandler = { requestTimeout: 500, throwOnRequestTimeout: true }
    const hanging = outcome(assuming({ requestHandler }))
    while (last()?.mode !== 'hang') await new Promise(setImmediate)
    aws.setMode('up')
    expect(await outcome(assuming())).toBe('allowed')
    expect(await hanging).toBe('TimeoutError')
  })
})

test.each<Mode>(['throttle', 'hang', 'down', 'expired'])(
  'S3 works on while STS is in mode %s',
  async (mode) => {
    aws.setMode(mode)
    const get = s3Client(aws, operator).send(
      new GetObjectCommand({ Bucket: 'acme-orders', Key: '7123/a.csv' }),
    )
    expect(await outcome(get)).toBe('allowed')
  },
)

test('what STS was asked is there to read, refusals with their code, and no secret with it', async () => {
  const before = aws.requests.length
  await outcome(assuming())
  await outcome(stsClient(aws).send(new AssumeRoleCommand({ RoleArn: exporterArn, RoleSessionName: 'a' })))
  expect(aws.requests.slice(before)).toEqual([
    {
      action: 'AssumeRole',
      parameters: {
        Action: 'AssumeRole',
        Version: '2011-06-15',
        RoleArn: exporterArn,
        RoleSessionName: 'bot-1',
      },
      answered: true,
      code: undefined,
      mode: 'up',
    },
    expect.objectContaining({ answered: false, code: 'ValidationError', mode: 'up' }),
  ])
})

test('closing ends what hangs', async () => {
  const stand = await startStand()
  stand.setMode('hang')
  const hanging = outcome(stsClient(stand).send(command()))
  while (stand.requests.length === 0) await new Promise(setImmediate)
  await stand.close()
  expect(await hanging).not.toBe('allowed')
})
