import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from 'vitest'
import {
  asContainer,
  asProfile,
  asWebIdentity,
  type Lending,
  others,
  startLending,
} from '../../support/lending.ts'

// The default chain of the AWS SDK for JavaScript, in a process of its own whose code is that SDK and whose environment
// is all it knows, against the built broker over HTTP and an AWS that enforces.

const bot = [process.execPath, join(import.meta.dirname, '../../support/bot.ts')]
const sources = [
  ['as in a container', asContainer],
  ['by web identity', asWebIdentity],
] as const
const nothing = {
  code: 'CredentialsProviderError',
  message: 'Could not load credentials from any providers',
}

describe('a bot', () => {
  let lending: Lending
  beforeAll(async () => {
    lending = await startLending()
  })
  beforeEach(() => lending.clear())
  afterAll(() => lending.close())

  test.each([
    ...sources,
    [
      'by web identity, the role named by Postern’s own ARN',
      (to: Lending) => asWebIdentity(to, 'arn:postern:iam:::role/reports'),
    ],
    ['by a profile with web identity', asProfile],
  ] as const)(
    '%s, reads what its session is for, and AWS denies it the rest; the broker is asked once',
    async (_, source) => {
      const { own } = await lending.arrive()
      const { read, end } = lending.start(bot, await source(lending))
      expect(await read(own)).toEqual({ text: own })
      expect(await read(others)).toMatchObject({
        code: 'AccessDenied',
        message: expect.stringContaining('because no session policy allows the s3:GetObject action'),
      })
      expect(reasons(lending)).toEqual(['granted'])
      expect(await end()).toBe('')
    },
  )

  test('by web identity, with a newline at the end of its token’s file: the broker takes it off', async () => {
    const { own, token } = await lending.arrive()
    await writeFile(lending.tokenFile, `${token}\n`)
    expect(await lending.start(bot, asWebIdentity(lending)).read(own)).toEqual({ text: own })
  })

  test('goes on with what it has, where the broker refuses it a new one before that is over', async () => {
    lending.broker.aws.setMode('brief', { lastsSeconds: 290 })
    const { own } = await lending.arrive()
    const { read } = lending.start(bot, asWebIdentity(lending))
    await read(own)
    // It fetches beside its very first request too.
    await setTimeout(1000)
    await lending.arrive({ scope: '' })
    lending.clear()
    for (let times = 0; times < 3; times++) {
      expect(await read(own)).toEqual({ text: own })
      await setTimeout(200)
    }
    expect(new Set(keys(lending)).size).toBe(1)
    expect(new Set(reasons(lending))).toEqual(new Set(['role_not_granted']))
    lending.broker.aws.setMode('up')
  })

  test.each([
    ['a role of nobody’s', { scope: '' }, 300, 'AccessDenied', 'role_not_granted'],
    ['a token that is over', {}, -60, 'ExpiredTokenException', 'token_expired'],
    ['a token for somebody else', { aud: 'other' }, 300, 'IDPRejectedClaimException', 'audience_not_allowed'],
  ])(
    'by web identity, with %s: it asks once, and says why',
    async (_, claims, expiresInSeconds, code, reason) => {
      const { own, token } = await lending.arrive(claims, { expiresInSeconds })
      const { message, ...said } = await lending.start(bot, asWebIdentity(lending)).read(own)
      const [record] = lending.records
      expect(said).toEqual({ code })
      expect(message).toBe(`${reason}: ${record?.message} (decision ${record?.decisionId})`)
      expect(message).not.toContain(token)
      expect(reasons(lending)).toEqual([reason])
    },
  )
})

// These wait, on credentials that end or on what the SDK waits for, so they do it side by side.
describe.concurrent('a bot that waits', () => {
  test.for(sources)(
    '%s, reads on when its credentials have ended, by the token that is then in the file',
    async ([, source], context) => {
      const lending = await lend(context)
      lending.broker.aws.setMode('brief')
      const { team, own } = await lending.arrive()
      const { read } = lending.start(bot, source(lending))
      for (let times = 0; times < 3; times++) expect(await read(own)).toEqual({ text: own })
      const before = keys(lending)
      // The SDK fetches beside the last of the requests too.
      await setTimeout(1000)
      await setTimeout(endsMs(lending) - Date.now())
      lending.clear()
      const { token } = await lending.arrive({ sub: team })
      for (let times = 0; times < 2; times++) expect(await read(own)).toEqual({ text: own })
      expect(lending.records[0]?.tokenSha256).toBe(createHash('sha256').update(token).digest('base64url'))
      expect(keys(lending).filter((key) => before.includes(key))).toEqual([])
      expect(new Set(reasons(lending))).toEqual(new Set(['granted']))
    },
  )

  test('asks again at five minutes left, beside a request that it signs with what it has', async (context) => {
    const lending = await lend(context)
    lending.broker.aws.setMode('brief', { lastsSeconds: 304 })
    const { own } = await lending.arrive()
    const { read } = lending.start(bot, asContainer(lending))
    for (let times = 0; times < 2; times++) await read(own)
    expect(reasons(lending)).toEqual(['granted'])
    await setTimeout(4100)
    await read(own)
    await setTimeout(1000)
    await read(own)
    const [first, ...then] = keys(lending)
    expect(then).toEqual([first, first, expect.not.stringMatching(first as string)])
    expect(reasons(lending)).toEqual(['granted', 'granted'])
  })

  test('as in a container, with a role of nobody’s: it asks five times and cannot say why; the records do', async (context) => {
    const lending = await lend(context)
    const { own } = await lending.arrive({ scope: '' })
    expect(await lending.start(bot, asContainer(lending)).read(own)).toEqual(nothing)
    // The fifth is another package's fallback, which knows of no token's file.
    expect(reasons(lending)).toEqual([...Array(4).fill('role_not_granted'), 'token_missing'])
  })

  test('as in a container, with a newline at the end of its token’s file: the SDK fails, and sends no token', async (context) => {
    const lending = await lend(context)
    const { own, token } = await lending.arrive()
    await writeFile(lending.tokenFile, `${token}\n`)
    expect(await lending.start(bot, asContainer(lending)).read(own)).toEqual(nothing)
    expect(reasons(lending)).toEqual(['token_missing'])
  })
})

/** For one test alone. */
async function lend({ onTestFinished }: TestContext): Promise<Lending> {
  const lending = await startLending()
  onTestFinished(() => lending.close())
  return lending
}

const reasons = ({ records }: Lending) => records.map(({ reason }) => reason)
const keys = ({ s3 }: Lending) => s3.requests.map(({ accessKeyId }) => accessKeyId)
/** When the last of the credentials that the broker gave are over. */
const endsMs = ({ records }: Lending) => Math.max(...records.map(({ expiresAtMs = 0 }) => expiresAtMs))
