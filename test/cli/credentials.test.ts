import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromProcess } from '@aws-sdk/credential-providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BrokerDouble, expectNoSecret, granted, keys, startBroker, token } from './broker-double.ts'
import { postern, published, run } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-credentials-'))
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, `${token}\n`)
const grant = granted()
const asProcess = {
  Version: 1,
  AccessKeyId: keys.AccessKeyId,
  SecretAccessKey: keys.SecretAccessKey,
  SessionToken: keys.Token,
  Expiration: grant.Expiration,
  AccountId: keys.AccountId,
}

let broker: BrokerDouble
beforeAll(async () => {
  broker = await startBroker(() => ({ body: grant }))
})
afterAll(() => broker.close())

const credentials = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  postern(['credentials', '--role', 'orders-exporter', '--token-file', tokenFile, ...args], {
    env: { POSTERN_BROKER: broker.url, ...env },
  })

describe('formats', () => {
  test('by default it is what SDKs expect of a credential process, Version a number', async () => {
    const { code, stdout, stderr } = await credentials([])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual(asProcess)
    expect(await credentials(['--format', 'process'])).toEqual({ code, stdout, stderr })
  })

  test('json is what the broker answers', async () => {
    expect(JSON.parse((await credentials(['--format', 'json'])).stdout)).toEqual(grant)
  })

  test.runIf(process.platform !== 'win32')('env survives the eval of a shell, quotes and all', async () => {
    const { stdout } = await credentials(['--format', 'env'])
    expect(stdout).toMatch(/^(export AWS_[A-Z_]+='.*'\n){5}$/)
    const names = [
      'ACCESS_KEY_ID',
      'SECRET_ACCESS_KEY',
      'SESSION_TOKEN',
      'CREDENTIAL_EXPIRATION',
      'ACCOUNT_ID',
    ]
    const script = `eval "$1"; printenv ${names.map((name) => `AWS_${name}`).join(' ')}`
    const shell = await run('sh', ['-c', script, 'sh', stdout])
    expect(shell.stdout.split('\n')).toEqual([
      keys.AccessKeyId,
      keys.SecretAccessKey,
      keys.Token,
      grant.Expiration,
      keys.AccountId,
      '',
    ])
  })

  test('an SDK reads it as the credential_process of a profile', async () => {
    const command = [
      'credentials',
      '--broker',
      broker.url,
      '--role',
      'orders-exporter',
      '--token-file',
      tokenFile,
    ]
    const line = [process.execPath, await published, ...command].map((word) => `"${word}"`).join(' ')
    const filepath = join(folder, 'config')
    writeFileSync(filepath, `[profile orders]\ncredential_process = ${line}\n`)
    const provide = fromProcess({
      profile: 'orders',
      configFilepath: filepath,
      filepath: join(folder, 'none'),
    })
    expect(await provide()).toMatchObject({
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.Token,
      expiration: new Date(grant.Expiration),
      accountId: keys.AccountId,
    })
  })
})

describe('the request', () => {
  const asked = async (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const { code, stderr } = await credentials(args, env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return broker.asked.at(-1)
  }

  test('names role, scopes and length, with the token without its newline', async () => {
    expect(await asked([])).toEqual({
      line: 'GET /credentials/orders-exporter',
      authorization: `Bearer ${token}`,
    })
    expect(await asked(['--scope', 'read+list', '--duration-seconds', '900'])).toMatchObject({
      line: 'GET /credentials/orders-exporter?scope=read+list&durationSeconds=900',
    })
  })

  test('--broker wins over POSTERN_BROKER, and its path stays', async () => {
    const env = { POSTERN_BROKER: 'https://elsewhere.example' }
    expect((await asked(['--broker', `${broker.url}/prod/`], env))?.line).toBe(
      'GET /prod/credentials/orders-exporter',
    )
  })

  test.each([`Bearer ${token}\r\n`, `bearer ${token}`, token])('%j in a file is one token', async (text) => {
    const file = join(folder, 'another-token')
    writeFileSync(file, text)
    const args = ['credentials', '--broker', broker.url, '--role', 'a.b', '--token-file', file]
    expect((await postern(args)).code).toBe(0)
    expect(broker.asked.at(-1)).toEqual({ line: 'GET /credentials/a.b', authorization: `Bearer ${token}` })
  })

  test.each([
    ['--token-env', { MY_TOKEN: `${token}\n` }, ['MY_TOKEN']],
    ['--token-file', {}, ['-']],
  ])('the token comes by %s %j too', async (option, env, value) => {
    const args = ['credentials', '--broker', broker.url, '--role', 'r', option, ...value]
    expect(await postern(args, { env, input: `${token}\n` })).toMatchObject({ code: 0, stderr: '' })
    expect(broker.asked.at(-1)?.authorization).toBe(`Bearer ${token}`)
  })
})

describe('--github', () => {
  const github = async (args: readonly string[], env: NodeJS.ProcessEnv) =>
    postern(['credentials', '--broker', broker.url, '--role', 'r', '--github', ...args], { env })
  const job = (url: string) => ({
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
  })

  test.each([
    [[], 'postern'],
    [['--audience', 'https://a.example/b c'], 'https%3A%2F%2Fa.example%2Fb+c'],
  ])("asks for the job's token, %j", async (args, audience) => {
    const actions = await startBroker(() => ({ body: { count: 1, value: token } }))
    try {
      expect(await github(args, job(actions.url))).toMatchObject({ code: 0, stderr: '' })
      expect(actions.asked).toEqual([
        { line: `GET /token?api-version=2.0&audience=${audience}`, authorization: 'bearer request-secret' },
      ])
      expect(broker.asked.at(-1)?.authorization).toBe(`Bearer ${token}`)
    } finally {
      actions.close()
    }
  })

  test('without the permission says which one', async () => {
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: undefined, ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined }
    const { code, stdout, stderr } = await github([], env)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/are not set\n {2}mend: give the job `permissions: id-token: write`/)
  })

  test.each([
    [{ status: 403, body: { message: token } }, /gave no identity token, it answered 403/],
    [{ body: { count: 0 } }, /answered without a token/],
    [{ body: { value: `${token}\nx: y` } }, /GitHub's answer holds something else than one token/],
    [{ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, /it answered 302/],
  ])('an answer that holds none: %j', async (answer, message) => {
    const actions = await startBroker(() => answer)
    try {
      const { code, stdout, stderr } = await github([], job(actions.url))
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toMatch(message)
      expect(stderr).not.toContain('request-secret')
      expectNoSecret(stderr)
    } finally {
      actions.close()
    }
  })

  test('the secret of the job is sent over https alone', async () => {
    const { code, stderr } = await github([], job('http://github.example'))
    expect(code).toBe(3)
    expect(stderr).toMatch(/ACTIONS_ID_TOKEN_REQUEST_URL is no https address/)
  })
})

// Windows has no such modes.
describe.runIf(process.platform !== 'win32')('--out', () => {
  const mode = (file: string) => (statSync(file).mode & 0o777).toString(8)
  const out = (name: string) => {
    const file = join(mkdtempSync(join(folder, 'out-')), name)
    return { file, write: () => credentials(['--out', file]) }
  }

  test('is a file for its owner alone, and nothing is left beside it', async () => {
    const { file, write } = out('keys.json')
    expect(await write()).toEqual({ code: 0, stdout: `${file} written\n`, stderr: '' })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(asProcess)
    expect(mode(file)).toBe('600')
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json'])
  })

  test('replaces a file that was open to all, also for who holds it open', async () => {
    const { file, write } = out('keys.json')
    writeFileSync(file, 'old')
    chmodSync(file, 0o666)
    const inode = statSync(file).ino
    expect((await write()).code).toBe(0)
    expect(mode(file)).toBe('600')
    expect(statSync(file).ino).not.toBe(inode)
  })

  test('does not follow a link, to a file or to nowhere', async () => {
    for (const target of ['there', 'nowhere']) {
      const { file, write } = out('keys.json')
      const aim = join(file, '..', target)
      if (target === 'there') writeFileSync(aim, 'old')
      symlinkSync(aim, file)
      const { code, stdout, stderr } = await write()
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toMatch(/keys\.json is a symbolic link\n {2}mend: /)
      expectNoSecret(stderr)
      if (target === 'there') expect(readFileSync(aim, 'utf8')).toBe('old')
      else expect(existsSync(aim)).toBe(false)
    }
  })

  test.each([
    ['/dev/null', /\/dev\/null is there and is not a file/],
    [folder, /is there and is not a file/],
    ['/nowhere/keys.json', /\/nowhere\/keys\.json cannot be written \(ENOENT\)/],
    [join(tokenFile, 'keys.json'), /cannot be written \(ENOTDIR\)/],
  ])('%s is refused', async (file, message) => {
    const { code, stdout, stderr } = await credentials(['--out', file])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(message)
    expectNoSecret(stderr)
  })
})
