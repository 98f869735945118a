import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Reading } from '../support/bots.ts'
import { type Lending, startLending } from '../support/lending.ts'
import { all, aws, byWebIdentity, inContainer, refreshing, run, startBoto, type Ways } from './clients.ts'

let lending: Lending
beforeAll(async () => {
  lending = await startLending()
})
beforeEach(() => lending.clear())
afterAll(() => lending.close())

const list = [aws, 's3api', 'list-objects-v2', '--bucket', 'acme-reports', '--prefix', 'team/']
const reasons = () => lending.records.map(({ reason }) => reason)

describe.each([
  ['a role of nobody’s', { scope: '' }, 300, 'role_not_granted', 'AccessDenied'],
  ['a token that is over', {}, -60, 'token_expired', 'ExpiredTokenException'],
] as const)('%s', (_, claims, expiresInSeconds, reason, code) => {
  test.each(all)('%s: the AWS CLI says why; three requests at most', async (...way) => {
    const { token } = await lending.arrive(claims, { expiresInSeconds })
    const { stdout, stderr } = await run(lending, await way[1](lending), list)
    const record = lending.records.at(-1)
    // As in a container the whole answer is shown, as the JSON that it is.
    expect(stderr.replaceAll('\\"', '"')).toContain(
      `${reason}: ${record?.message} (decision ${record?.decisionId})`,
    )
    expect(stdout).toBe('')
    expect(stderr).not.toContain(token)
    expect(reasons()).toEqual(Array(way[0] === inContainer[0] ? 3 : 1).fill(reason))
  })

  test('boto3 raises what says why', async () => {
    const { token } = await lending.arrive(claims, { expiresInSeconds })
    const container = await read(inContainer)
    expect(container.code).toBe('CredentialRetrievalError')
    expect(container.message).toContain(`"message":"${reason}: `)
    const webIdentity = await read(byWebIdentity)
    expect(webIdentity.code).toBe(code)
    expect(webIdentity.message).toContain(
      `(${code}) when calling the AssumeRoleWithWebIdentity operation: ${reason}: `,
    )
    expect(`${container.message}${webIdentity.message}`).not.toContain(token)
  })
})

describe('a newline at the end of the token’s file', () => {
  const unsent = 'Auth token value is not a legal header value'

  test('as in a container, the client refuses to send it', async () => {
    await arriveWithNewline()
    expect(await read(inContainer)).toEqual({ code: 'ValueError', message: unsent })
    const said = await run(lending, await inContainer[1](lending), list)
    expect(said).toEqual({ code: 255, stdout: '', stderr: `\n${unsent}\n` })
    expect(reasons()).toEqual([])
  })

  test.each(refreshing.slice(1))('%s, it makes no difference', async (...way) => {
    const own = await arriveWithNewline()
    expect(await read(way, own)).toEqual({ text: own })
  })

  async function arriveWithNewline(): Promise<string> {
    const { own, token } = await lending.arrive()
    await writeFile(lending.tokenFile, `${token}\n`)
    return own
  }
})

async function read([, wayOf]: Ways[number], path = 'acme-reports/team/1.txt'): Promise<Reading> {
  const bot = startBoto(lending, await wayOf(lending))
  const said = await bot.read(path)
  expect(await bot.end()).toBe('')
  return said
}
