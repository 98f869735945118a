import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reasonTexts } from '../../cli/reason-text.ts'
import { type Answer, expectNoSecret, granted, refused, startBroker, token } from './broker-double.ts'
import { postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-failures-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const tokenFile = file('token', token)
const source = ['--token-file', tokenFile]
const somewhere = ['--broker', 'https://broker.example']
const role = ['--role', 'r']

describe('wrong usage', () => {
  const threeOptions = /say where the token is, by one of --token-file FILE, --token-env NAME and --github\n/
  test.each<[readonly string[], RegExp]>([
    [[...somewhere, ...role], threeOptions],
    [[...somewhere, ...role, ...source, '--github'], threeOptions],
    [[...somewhere, ...role, ...source, '--token-env', 'A'], threeOptions],
    [[...somewhere, ...role, ...source, '--audience', 'x'], /--audience goes with --github/],
    [[...somewhere, ...role, '--token-file', token], /--token-file takes a file, not the token itself/],
    [[...somewhere, ...role, '--token-env', token], /--token-env takes the name of an environment variable/],
    [[...role, ...source], /--broker is missing, and POSTERN_BROKER is not set/],
    [[...somewhere, ...source], /--role is missing/],
    [[...somewhere, ...source, '--role', '..'], /--role is the name of a role/],
    [[...somewhere, ...source, '--role', 'a/b'], /--role is the name of a role/],
    [[...somewhere, ...source, '--role', 'a?scope=b'], /--role is the name of a role/],
    [
      [...somewhere, ...role, ...source, '--scope', 'read+"write"'],
      /--scope is names of scopes, joined by \+/,
    ],
    [[...somewhere, ...role, ...source, '--scope', '+'], /--scope is names of scopes, joined by \+/],
    [[...somewhere, ...role, ...source, '--duration-seconds', '1h'], /--duration-seconds is a number/],
    [[...somewhere, ...role, ...source, '--duration-seconds', '0'], /--duration-seconds is a number/],
    [[...somewhere, ...role, ...source, '--format', 'yaml'], /--format is process, env, json\n/],
    [[...somewhere, ...role, ...source, '--format', '__proto__'], /--format is process, env, json\n/],
    [
      [...role, ...source, '--broker', 'http://broker.example'],
      /an https address \(http on loopback alone\)/,
    ],
    [[...role, ...source, '--broker', 'broker.example'], /an https address/],
    [[...role, ...source, '--broker', 'ftp://127.0.0.1'], /an https address/],
    [[...role, ...source, '--broker', 'https://me:hunter2@broker.example'], /without a user name/],
    [[...role, ...source, '--broker', 'https://broker.example/?a=b'], /ends with its path/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await postern(['credentials', ...args], { env: { POSTERN_BROKER: '' } })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^ {2}mend: postern credentials \[--broker URL\] --role NAME/m)
    expect(stderr).not.toContain('hunter2')
    expectNoSecret(stderr)
  })
})

describe('a source without a token', () => {
  test.each<[readonly string[], RegExp]>([
    [
      ['--token-env', 'NOT_SET_HERE'],
      /the environment variable NOT_SET_HERE is not set, or empty\n {2}mend: export/,
    ],
    [['--token-env', 'TWO'], /the variable TWO holds something else than one token/],
    [['--token-file', join(folder, 'nowhere')], /nowhere" cannot be read \(ENOENT\)/],
    [['--token-file', file('empty', '\n')], /empty" is empty\n {2}mend: it takes the token alone/],
    [['--token-file', file('json', `{"token": "${token}"}`)], /json" holds something else than one token/],
    [['--token-file', file('lines', `${token}\n${token}`)], /lines" holds something else than one token/],
    [['--token-file', file('large', 'x'.repeat(65_537))], /more than 65536 bytes/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await postern(['credentials', ...somewhere, ...role, ...args], {
      env: { TWO: `${token} ${token}` },
    })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(message)
    expectNoSecret(stderr)
  })
})

/** Runs against a broker that answers so, and says how often it was asked. */
async function against(answer: (count: number) => Answer) {
  const broker = await startBroker(answer)
  try {
    const ran = await postern(['credentials', '--broker', broker.url, ...role, ...source])
    expectNoSecret(ran.stderr)
    return { ...ran, asked: broker.asked.length }
  } finally {
    broker.close()
  }
}

describe('a refusal', () => {
  test.each<[number, string, keyof typeof reasonTexts, RegExp]>([
    [403, 'AccessDenied', 'role_not_granted', /mend: Ask `GET \/roles`.*`postern explain`/],
    [403, 'IDPRejectedClaim', 'token_too_short', /mend: Get a token that lives longer/],
    [401, 'ExpiredTokenException', 'token_expired', /mend: Get a new token/],
    [400, 'ValidationError', 'scope_unknown', /mend: The message lists its scopes/],
  ])(
    '%i %s %s has its reason, the message and a mend, and is asked once',
    async (status, code, reason, mend) => {
      const ran = await against(() => refused(status, code, reason, 'why it is so'))
      expect(ran).toMatchObject({ code: 1, stdout: '', asked: 1 })
      expect(ran.stderr).toContain(
        `postern: the broker refuses: ${reason}: why it is so (decision f5b9a1de-0000-4000-8000-000000000000)\n`,
      )
      expect(ran.stderr).toMatch(mend)
      expect(ran.stderr).toContain(`  mend: ${reasonTexts[reason].mend}\n`)
    },
  )

  test('the text of whoever answers moves no terminal, says no token back and has an end', async () => {
    const text = `\u001b[2J${token}${'x'.repeat(5000)}`
    const ran = await against(() => refused(403, 'AccessDenied', '__proto__', text))
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toContain('\\u{1b}[2J[the token]xxx')
    expect(ran.stderr.length).toBeLessThan(1500)
    expect(ran.stderr).toMatch(/this version does not know the reason/)
  })

  test('one without a reason is not the broker’s', async () => {
    const ran = await against(() => ({ status: 403, body: { message: 'Forbidden' } }))
    expect(ran).toMatchObject({ code: 3, stdout: '', asked: 1 })
    expect(ran.stderr).toMatch(
      /^postern: 127\.0\.0\.1:\d+ answered 403 without a reason\n {2}mend: check the address/,
    )
  })

  test('a redirect is not followed, and nothing is said to where it leads', async () => {
    const other = await startBroker(() => ({ body: granted() }))
    try {
      const ran = await against(() => ({ status: 307, headers: { location: other.url }, body: '' }))
      expect(ran).toMatchObject({ code: 3, stdout: '', asked: 1 })
      expect(ran.stderr).toMatch(/redirects, which is not followed with a token/)
      expect(other.asked).toEqual([])
    } finally {
      other.close()
    }
  })
})

describe('what may pass is tried again', () => {
  const throttled = refused(503, 'Throttling', 'sts_throttled', '')
  test.each<[string, Answer]>([
    ['503', throttled],
    ['a 502 of a gateway', { status: 502, body: 'Bad Gateway' }],
    ['a broken connection', { body: undefined }],
  ])('twice after %s', async (_name, answer) => {
    const ran = await against((count) => (count < 3 ? answer : { body: granted() }))
    expect(ran).toMatchObject({ code: 0, stderr: '', asked: 3 })
  })

  test.each<[string, Answer, RegExp]>([
    ['503', throttled, /^postern: the broker cannot answer: sts_throttled: .*\n {2}mend: Try again/],
    ['a 502 of a gateway', { status: 502, body: 'Bad Gateway' }, /answered 502 without a reason/],
    [
      'a broken connection',
      { body: undefined },
      /the broker at 127\.0\.0\.1:\d+ cannot be reached \(\w+\)\n/,
    ],
  ])('and no third time after %s', async (_name, answer, message) => {
    const ran = await against(() => answer)
    expect(ran).toMatchObject({ code: 3, stdout: '', asked: 3 })
    expect(ran.stderr).toMatch(message)
  })

  test('a broker that is not there', async () => {
    const { url, close } = await startBroker(() => ({ body: '' }))
    close()
    const { code, stderr } = await postern(['credentials', '--broker', url, ...role, ...source])
    expect(code).toBe(3)
    expect(stderr).toMatch(/cannot be reached \(ECONNREFUSED\)\n {2}mend: check the address, the network/)
  })
})

describe('an answer that is not sound', () => {
  const grant = granted()
  test.each<[string, Answer['body'], RegExp]>([
    ['no JSON', 'hello', /no Expiration/],
    ['a list', [grant], /no Expiration/],
    ['a member twice', `{"AccessKeyId":"a",${JSON.stringify(grant).slice(1)}`, /no Expiration/],
    ['no id', { ...grant, AccessKeyId: undefined }, /no AccessKeyId as AWS writes it/],
    ['a short id', { ...grant, AccessKeyId: 'AKIA' }, /no AccessKeyId/],
    ['a secret that is a number', { ...grant, SecretAccessKey: 5 }, /no SecretAccessKey/],
    ['a secret with a line break', { ...grant, SecretAccessKey: 'a\nexport B=c' }, /no SecretAccessKey/],
    ['no session token', { ...grant, Token: '' }, /no Token/],
    [
      'SessionToken, as other protocols call it',
      { ...grant, Token: undefined, SessionToken: 'a' },
      /no Token/,
    ],
    ['an account of eleven digits', { ...grant, AccountId: '12345678901' }, /no AccountId/],
    ['an expiry in seconds', { ...grant, Expiration: 1795341595 }, /no Expiration/],
    ['an expiry in local time', { ...grant, Expiration: '2999-11-22T09:00:00' }, /no Expiration/],
    ['an expiry on no day', { ...grant, Expiration: '2999-02-30T09:00:00Z' }, /no Expiration/],
    [
      'an expiry that is over',
      { ...grant, Expiration: '2020-01-01T00:00:00Z' },
      /ended at 2020-01-01T00:00:00Z/,
    ],
    ['64 KiB and one', JSON.stringify(grant).padEnd(65_537), /answered with more than 65536 bytes/],
  ])('%s', async (_name, body, message) => {
    const ran = await against(() => ({ body }))
    expect(ran).toMatchObject({ code: 3, stdout: '', asked: 1 })
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).toMatch(/^ {2}mend: /m)
  })

  test('64 KiB are read', async () => {
    expect(await against(() => ({ body: JSON.stringify(grant).padEnd(65_536) }))).toMatchObject({ code: 0 })
  })
})
