import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type BrokerDouble,
  expectNoSecret,
  granted,
  keys,
  refused,
  startBroker,
  token,
} from './broker-double.ts'
import { postern, published, type RunOptions } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-exec-'))
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, `${token}\n`)
const grant = granted()
const node = process.execPath

let broker: BrokerDouble
beforeAll(async () => {
  broker = await startBroker((_count, { line }) =>
    line.includes('/refused') ? refused(403, 'AccessDenied', 'role_not_granted', 'none') : { body: grant },
  )
})
afterAll(() => broker.close())

const wordsWith = (...more: readonly string[]) => ['exec', '--broker', broker.url, '--role', 'r', ...more]
const exec = (command: readonly string[], options?: RunOptions) =>
  postern([...wordsWith('--token-file', tokenFile), '--', ...command], options)

describe('the environment of the command', () => {
  const printed = `process.stdout.write(JSON.stringify(process.env))`
  const environment = async (source: readonly string[], env: NodeJS.ProcessEnv) => {
    const { code, stdout, stderr } = await postern([...wordsWith(...source), '--', node, '-e', printed], {
      env,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout) as Readonly<Record<string, string>>
  }

  test('has the credentials, and of all others nothing', async () => {
    const others = [
      ...[
        'ACCESS_KEY_ID',
        'SECRET_ACCESS_KEY',
        'SESSION_TOKEN',
        'SECURITY_TOKEN',
        'ACCESS_KEY',
        'SECRET_KEY',
      ],
      ...[
        'CREDENTIAL_EXPIRATION',
        'CREDENTIAL_SCOPE',
        'ACCOUNT_ID',
        'PROFILE',
        'DEFAULT_PROFILE',
        'ROLE_ARN',
      ],
      ...['ROLE_SESSION_NAME', 'WEB_IDENTITY_TOKEN_FILE', 'CONTAINER_CREDENTIALS_RELATIVE_URI'],
      ...['CONTAINER_CREDENTIALS_FULL_URI', 'CONTAINER_AUTHORIZATION_TOKEN', 'BEARER_TOKEN_BEDROCK'],
      'CONTAINER_AUTHORIZATION_TOKEN_FILE',
    ]
    const env = Object.fromEntries(others.map((name) => [`AWS_${name}`, 'of-another']))
    const found = await environment(['--token-file', tokenFile], {
      ...env,
      AWS_REGION: 'eu-west-1',
      HELD: 'yes',
    })
    expect(Object.entries(found).filter(([, value]) => value === 'of-another')).toEqual([])
    expect(found).toMatchObject({
      AWS_ACCESS_KEY_ID: keys.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey,
      AWS_SESSION_TOKEN: keys.Token,
      AWS_CREDENTIAL_EXPIRATION: grant.Expiration,
      AWS_ACCOUNT_ID: keys.AccountId,
      AWS_REGION: 'eu-west-1',
    })
    expect(Object.keys(found).filter((name) => /^AWS_(CONTAINER|SHARED|CONFIG)_/.test(name))).toEqual([])
    expect(found.HELD).toBe('yes')
  })

  test('has no variable that holds the token or leads to one', async () => {
    const env = {
      MY_TOKEN: token,
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
    }
    const found = await environment(['--token-env', 'MY_TOKEN'], env)
    for (const name of Object.keys(env)) expect(found).not.toHaveProperty(name)
    expect(JSON.stringify(found)).not.toContain(token)
  })
})

describe('the command', () => {
  test('gets its arguments as they stand, past any shell and past --help', async () => {
    const words = ['--help', '-h', '--version', '--', '$HOME; echo x', '*', 'a b', "'", '']
    const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    const ran = await exec([node, '-e', program, '--', ...words])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ran.stdout)).toEqual(words)
  })

  test("has this one's standard streams", async () => {
    const program = 'process.stderr.write("told"); process.stdin.pipe(process.stdout)'
    const input = 'x'.repeat(200_000)
    expect(await exec([node, '-e', program], { input })).toEqual({ code: 0, stdout: input, stderr: 'told' })
  })

  test.each([0, 1, 2, 42, 255])('ends with its own code, %i', async (code) => {
    expect(await exec([node, '-e', `process.exit(${code})`])).toEqual({ code, stdout: '', stderr: '' })
  })

  test('that is not there ends with 127', async () => {
    const { code, stdout, stderr } = await exec(['no-such-command-here', 'x'])
    expect({ code, stdout }).toEqual({ code: 127, stdout: '' })
    expect(stderr).toMatch(/^postern: no-such-command-here: there is no such command\n {2}mend: /)
    expectNoSecret(stderr)
  })

  test.runIf(process.platform !== 'win32')('that cannot be run ends with 126', async () => {
    const file = join(folder, 'not-executable')
    writeFileSync(file, 'echo x')
    chmodSync(file, 0o644)
    for (const command of [file, folder, join(file, 'below')]) {
      const { code, stdout, stderr } = await exec([command])
      expect({ code, stdout }).toEqual({ code: 126, stdout: '' })
      expect(stderr).toMatch(/it cannot be run \(E[A-Z]+\)\n {2}mend: /)
      expectNoSecret(stderr)
    }
  })

  test('does not run where there are no credentials', async () => {
    const program = ['--', node, '-e', 'console.log("ran")']
    const asRefused = ['exec', '--broker', broker.url, '--role', 'refused', '--token-file', tokenFile]
    const { code, stdout, stderr } = await postern([...asRefused, ...program])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/the broker refuses: role_not_granted: none \(decision [^)]+\)\n {2}mend: /)
    const noToken = await postern([...wordsWith('--token-env', 'NOT_SET_HERE'), ...program])
    expect(noToken).toMatchObject({ code: 3, stdout: '' })
  })
})

// Windows has no signals to pass on.
describe.runIf(process.platform !== 'win32')('signals', () => {
  /** Starts it with a command that says when it is ready. */
  const start = async (program: string, more: readonly string[] = []) => {
    const words = [...wordsWith('--token-file', tokenFile, ...more), '--', node, '-e', program]
    const child = spawn(node, [await published, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return { child, ended, rest: text(child.stdout) }
  }
  const waiting = 'console.log("ready"); setInterval(() => undefined, 1000)'

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGUSR2', 140],
  ] as const)('%s ends the command, and the code says so: %i', async (signal, code) => {
    const { child, ended } = await start(waiting)
    child.kill(signal)
    expect(await ended).toBe(code)
  })

  test.each([[[]], [['--serve']]])('a command that heeds one ends in its own time, %j', async (more) => {
    const heeding = `process.on('SIGTERM', () => setTimeout(() => { console.log('tidied'); process.exit(7) }, 300))`
    const { child, ended, rest } = await start(`${heeding}; ${waiting}`, more)
    child.kill('SIGTERM')
    expect(await ended).toBe(7)
    expect(await rest).toBe('tidied\n')
  })

  test('one that the command sends itself', async () => {
    const { ended } = await start(
      'console.log("ready"); setTimeout(() => process.kill(process.pid, "SIGKILL"), 100)',
    )
    expect(await ended).toBe(137)
  })
})

describe('wrong usage', () => {
  const source = ['--token-file', 'token']
  test.each<[readonly string[], RegExp]>([
    [source, /the command is missing; write -- and then it/],
    [[...source, '--'], /the command is missing/],
    [[...source, '--', ''], /the command is missing/],
    [[...source, 'aws', 's3', 'ls'], /an argument too many; write -- before the command/],
    [['--', 'ls'], /one of --token-file FILE, --token-env NAME and --github/],
    [['--token-file', '-', '--', 'ls'], /names a file here: standard input is the command's/],
    [[...source, '--format', 'env', '--', 'ls'], /--format is not an option of "postern exec"/],
    [[...source, '--serve=yes', '--', 'ls'], /--serve takes no value/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await postern(wordsWith(...args))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^ {2}mend: postern exec .* -- COMMAND \[ARGUMENT…\]$/m)
  })
})
