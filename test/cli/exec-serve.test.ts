import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  type BrokerDouble,
  expectNoSecret,
  granted,
  keys,
  refused,
  startBroker,
  token,
} from './broker-double.ts'
import { postern, type Run, root } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-serve-'))
const tokenFile = join(folder, 'token')
const closing: BrokerDouble[] = []
afterEach(() => {
  for (const one of closing.splice(0)) one.close()
})

/** Runs a program of Node's under `exec --serve`, against a broker that answers so. */
async function serve(program: string, answer: (count: number) => Answer, env: NodeJS.ProcessEnv = {}) {
  const broker = await startBroker(answer)
  closing.push(broker)
  writeFileSync(tokenFile, token)
  const words = ['exec', '--broker', broker.url, '--role', 'r', '--token-file', tokenFile, '--serve', '--']
  const command = [process.execPath, '--input-type=module', '-e', `${asking}\n${program}`]
  const ran: Run = await postern([...words, ...command], { env, cwd: root, timeoutMs: 15_000 })
  expectNoSecret(ran.stderr)
  return { ...ran, asked: broker.asked }
}

/** What the programs below have at hand. */
const asking = `
  import { setTimeout as wait } from 'node:timers/promises'
  import { writeFileSync } from 'node:fs'
  const url = process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI
  const authorization = process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN
  const ask = async (path = '', headers = { authorization }, method = 'GET') => {
    const response = await fetch(url + path, { method, headers })
    return { status: response.status, ...(await response.json()) }
  }
  const until = (instant, afterMs) => wait(Date.parse(instant) + afterMs - Date.now())
  const say = (value) => console.log(JSON.stringify(value))
`
const said = ({ stdout }: { readonly stdout: string }) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('the endpoint', () => {
  test('serves the default chain of an SDK, whatever its user has in files', async () => {
    const file = join(folder, 'credentials')
    writeFileSync(file, '[default]\naws_access_key_id = AKIAWRONGWRONGWRONG\naws_secret_access_key = wrong\n')
    const program = `
      import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
      say(await fromNodeProviderChain()())`
    const ran = await serve(program, () => ({ body: granted() }), {
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_PROFILE: 'default',
      AWS_ACCESS_KEY_ID: 'AKIAWRONGWRONGWRONG',
      AWS_SECRET_ACCESS_KEY: 'wrong',
    })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(said(ran)).toEqual([
      expect.objectContaining({
        accessKeyId: keys.AccessKeyId,
        secretAccessKey: keys.SecretAccessKey,
        sessionToken: keys.Token,
      }),
    ])
  })

  test('is on loopback, and no secret of AWS is in the environment', async () => {
    const ran = await serve('say(process.env)', () => ({ body: granted() }))
    const [env] = said(ran)
    expect(env.AWS_CONTAINER_CREDENTIALS_FULL_URI).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/credentials$/)
    expect(env.AWS_CONTAINER_AUTHORIZATION_TOKEN).toMatch(/^[\w-]{43}$/)
    expect(env).not.toHaveProperty('AWS_ACCESS_KEY_ID')
    expectNoSecret(JSON.stringify(env))
  })

  test('answers the command alone, and one thing alone', async () => {
    const program = `
      say(await ask())
      for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer ' + authorization },
        { authorization: authorization.slice(1) }, { authorization: authorization.toUpperCase() + 'x' }])
        say(await ask('', headers))
      say(await ask('/more'))
      say(await ask('', { authorization }, 'POST'))`
    const ran = await serve(program, () => ({ body: granted() }))
    const [granting, ...others] = said(ran)
    expect(granting).toMatchObject({ status: 200, ...keys })
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 404, 404])
    expectNoSecret(JSON.stringify(others))
    for (const { code, Code, message, Message } of others) {
      expect(code).toBe(Code)
      expect(message).toBe(Message)
    }
  })
})

describe('refreshing', () => {
  const secondToken = `${token.slice(0, -4)}bmV3`

  test('the broker is asked once as long as the credentials last', async () => {
    const ran = await serve('say(await ask()); say(await ask())', () => ({ body: granted() }))
    expect(said(ran)).toHaveLength(2)
    expect(ran.asked).toHaveLength(1)
  })

  test('past half of their time it is asked anew, once for all who wait, by the token of that time', async () => {
    const ids = ['ASIAFIRSTFIRSTFIRST1', 'ASIASECONDSECONDSEC2']
    const program = `
      const first = await ask()
      say(first)
      writeFileSync(${JSON.stringify(tokenFile)}, ${JSON.stringify(secondToken)})
      await until(first.Expiration, -700)
      for (const one of await Promise.all([ask(), ask(), ask()])) say(one)`
    const ran = await serve(program, (count) => ({
      body: { ...granted(count === 1 ? 6 : 3600), AccessKeyId: ids[count - 1] },
    }))
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(said(ran).map(({ AccessKeyId }) => AccessKeyId)).toEqual([ids[0], ids[1], ids[1], ids[1]])
    expect(ran.asked.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${token}`,
      `Bearer ${secondToken}`,
    ])
  })

  test('where that fails, the ones at hand are good until their end; then it says why, once', async () => {
    const program = `
      const { Expiration } = await ask()
      await until(Expiration, -700)
      say(await ask())
      await until(Expiration, 100)
      for (let times = 0; times < 5; times++) say(await ask())`
    const ran = await serve(program, (count) =>
      count === 1
        ? { body: granted(6) }
        : refused(401, 'ExpiredTokenException', 'token_expired', 'it is over'),
    )
    const [held, ...others] = said(ran)
    expect(held).toMatchObject({ status: 200, ...keys })
    for (const one of others)
      expect(one).toMatchObject({
        status: 403,
        code: 'AccessDenied',
        message: expect.stringContaining('token_expired'),
      })
    expect(ran.asked).toHaveLength(2)
    expect(ran.stderr).toMatch(
      /^postern: no fresh credentials: the broker refuses: token_expired: .*\n {2}mend: .*\n$/,
    )
  })

  test('our own trouble is a 503', async () => {
    const ran = await serve('await wait(2200); say(await ask())', (count) =>
      count === 1 ? { body: granted(2) } : refused(503, 'IDPCommunicationError', 'keys_stale', ''),
    )
    expect(said(ran)).toMatchObject([{ status: 503, code: 'ServiceUnavailable' }])
    expect(ran.asked).toHaveLength(4)
  })

  test('a fetch under way neither holds the end up nor complains after it', async () => {
    const startedMs = Date.now()
    const program = 'await wait(2200); ask().catch(() => 0); await wait(500); process.exit(5)'
    const ran = await serve(program, (count) => ({ body: count === 1 ? granted(2) : null }))
    expect(ran).toMatchObject({ code: 5, stderr: '' })
    expect(ran.asked).toHaveLength(2)
    expect(Date.now() - startedMs).toBeLessThan(8000)
  })
})
