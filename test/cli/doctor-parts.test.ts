import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkClocks, readClock } from '../../cli/doctor/clock.ts'
import { examineIssuer } from '../../cli/doctor/issuers.ts'
import type { Algorithm, Issuer } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import { issuerOf, setOf } from '../support/issuers.ts'
import { makeKey, type TestKey } from '../support/keys.ts'
import { expectNoSecret, refused, startBroker, token } from './broker-double.ts'
import { manifest, one, write } from './doctor-stand.ts'
import { postern, root } from './run.ts'

const good = makeKey('P-256', 'good')
const pinned = (algorithms: readonly Algorithm[], ...keys: readonly (TestKey | Json)[]): Issuer =>
  issuerOf({ algorithms, keys: { jwks: setOf(...keys) as { keys: Json[] } } })
const judged = async (issuer: Issuer) => (await examineIssuer(issuer, Date.now)).result

describe('the keys of an issuer', () => {
  test.each<[string, TestKey | Json, 'ok' | 'warning', RegExp]>([
    [
      'RSA of 1024 bits',
      makeKey('RSA', 'short', {}, 1024),
      'warning',
      /"short" \(RSA of 1024 bits, under 2048\)/,
    ],
    [
      'an algorithm that is not listed',
      makeKey('P-384', 'other'),
      'warning',
      /"other" \(for ES384, which the manifest does not list\)/,
    ],
    [
      'a key for encryption, as many publish',
      makeKey('RSA', 'enc', { use: 'enc' }),
      'ok',
      /"enc" \(not for signatures by its "use"\)/,
    ],
    ['a secret key', { kty: 'oct', k: 'AAAA', kid: 'oct' }, 'warning', /"oct" \(a secret key\)/],
    [
      'a key without a kid beside another',
      makeKey('P-256', 'x', { kid: undefined }),
      'warning',
      /\(has no "kid" beside other keys\)/,
    ],
  ])('%s is named, and the sound one counts', async (_, key, outcome, what) => {
    const result = await judged(pinned(['ES256', 'RS256'], good, key))
    expect(result).toMatchObject({ outcome, what: expect.stringMatching(what) })
    expect(result.what).toMatch(/^1 usable key for ES256, RS256, pinned; not used: /)
  })
  test('two keys of one kid are both lost, and with them every token', async () => {
    const result = await judged(pinned(['ES256'], good, makeKey('P-256', 'good')))
    expect(result).toMatchObject({
      outcome: 'failed',
      what: expect.stringMatching(/^0 usable keys.*is there twice/),
    })
  })
  test('a published set of which none is usable fails, and says why of each', async () => {
    const short = makeKey('RSA', 'short', {}, 1024)
    const server = await startBroker(() => ({ body: setOf(short) }))
    const result = await judged(issuerOf({ keys: { jwksUri: `${server.url}/keys` } }))
    server.close()
    expect(result.outcome).toBe('failed')
    expect(result.what).toMatch(/^the key set has no usable key; not used: "short" \(RSA of 1024 bits/)
  })
})

describe('clocks', () => {
  const at = Date.UTC(2027, 0, 1)
  const headers = (aheadSeconds: number, age?: string) =>
    new Headers({ date: new Date(at + aheadSeconds * 1000).toUTCString(), ...(age && { age }) })
  const read = (host: string, ahead: number) => readClock(host, headers(ahead), at, at)
  const issuers = [issuerOf(), issuerOf({ clockSkewSeconds: 60 })]
  const check = (...aheads: readonly number[]) =>
    checkClocks(
      aheads.map((ahead, index) => read(`h${index}`, ahead)),
      issuers,
    )

  test('the smallest leeway of the manifest decides: just enough, just too little', () => {
    expect(check(5)[0]?.outcome).toBe('ok')
    expect(check(6)[0]?.outcome).toBe('failed')
    expect(check(-6)[0]?.outcome).toBe('ok')
    expect(check(-7)[0]?.outcome).toBe('failed')
  })
  test('several that agree against this machine have it wrong', () => {
    expect(check(100, 101)).toEqual([
      expect.objectContaining({
        subject: 'this machine',
        outcome: 'failed',
        what: '100 s behind h0, h1, which agree',
      }),
    ])
  })
  test('one against several is wrong itself, and of two nobody knows', () => {
    expect(check(0, 100, 0)).toEqual([
      expect.objectContaining({
        subject: 'h1',
        what: '100 s ahead of this machine; this machine agrees with 2 others',
      }),
    ])
    expect(check(-100)[0]?.what).toBe('99 s behind this machine; which of the two is wrong cannot be told')
  })
  test('the Date of a cached answer is as old as its Age says', () => {
    expect(readClock('cdn', headers(-3000, '3000'), at, at)?.aheadSeconds).toBe(0)
  })
})

const accessFile = write('parts.yml', {
  ...manifest,
  issuers: { ci: { ...manifest.issuers.ci, jwks: './ci.json' } },
})
write('ci.json', setOf(good))
const tokenFile = write('parts-token', token)
const doctor = (...more: string[]) =>
  postern(['doctor', '--access', accessFile, ...more], {
    env: { POSTERN_BROKER: '', AWS_ENDPOINT_URL_STS: '' },
  })

describe('wrong usage', () => {
  test.each([
    [['--method', 'POST'], /--method goes with --api/],
    [['--api', 'https://a.example', '--method', 'TRACE'], /--method is one of GET/],
    [['--api', 'https://a.example', '--expect', 'maybe'], /--expect is allow or deny/],
    [['--api', 'http://a.example'], /--api is an https address/],
    [['--broker', 'https://me:hunter2@b.example'], /without a user name/],
    [['--audience', 'x'], /say where the token is/],
  ])('%j', async (args, message) => {
    const { code, stderr } = await doctor(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('hunter2')
  })
})

test('a manifest that does not hold, and a token that is not there, leave it open: 3', async () => {
  const broken = await postern([
    'doctor',
    '--access',
    write('broken.yml', 'version: 1\nissuers: {}\nrolse: {}\n'),
  ])
  expect(broken).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringMatching(/does not hold\n.*rolse/s),
  })
  const absent = await doctor('--token-env', 'NOT_SET_HERE')
  expect(absent).toMatchObject({
    code: 3,
    stdout: '',
    stderr: expect.stringMatching(/NOT_SET_HERE is not set/),
  })
})

const roles = {
  issuer: 'ci',
  subject: 'bot',
  roles: [],
  credentials: [{ role: 'reports', awsRole: 'arn:aws:iam::123456789012:role/reports', scopes: null }],
}

/** A server that lists one loan, whoever asks: no broker of ours would. */
const listing = (credentials: ReturnType<typeof refused>) =>
  startBroker((_, { line }) => (line.includes('/credentials/') ? credentials : { body: line.includes('health') ? { status: 'ok' } : roles })) // biome-ignore format: one table

test('who takes a tampered token fails, a refused loan has its reason and mend, and nothing is said back', async () => {
  const broker = await listing(refused(500, 'InternalFailure', 'sts_refused', `\u001b[2J${token}`))
  const { code, stdout, stderr } = await doctor(
    '--broker',
    broker.url,
    '--token-file',
    tokenFile,
    '--no-direct',
  )
  broker.close()
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout).toMatch(/^FAILED {3}broker {8}tampered token {2,}accepted, though its signature is wrong$/m)
  expect(stdout).toMatch(/^FAILED {3}broker {8}no token {2,}answered 200 without a token$/m)
  expect(stdout).toMatch(/^FAILED {3}aws-role {6}reports .*the broker cannot answer: sts_refused/m)
  expect(stdout).toMatch(/^ {9}mend: The AWS role's trust policy must be what `postern trust-policy` prints/m)
  expect(stdout).toMatch(/\n\n\d failed, 0 warnings, \d ok, \d skipped\n$/)
  expect(stdout).not.toContain('\u001b')
  expectNoSecret(stdout)
})

test('a broker that stands in for STS by AWS_ENDPOINT_URL_STS is not taken for AWS', async () => {
  const broker = await listing(refused(403, 'AccessDenied', 'role_not_granted', 'no'))
  const args = ['doctor', '--access', accessFile, '--broker', broker.url, '--token-file', tokenFile, '--json']
  const { stdout } = await postern(args, { env: { AWS_ENDPOINT_URL_STS: broker.url } })
  broker.close()
  expect(one(JSON.parse(stdout), 'direct-trust')).toMatchObject({
    outcome: 'warning',
    what: 'AWS_ENDPOINT_URL_STS names the broker, so AWS was not asked',
  })
  expect(broker.asked.filter(({ line }) => line.startsWith('POST'))).toEqual([])
})

test('the page names every check, option and outcome', async () => {
  const page = readFileSync(join(root, 'docs/doctor.md'), 'utf8')
  const { stdout } = await postern(['doctor', '--help'])
  const [, checks = '', outcomes = ''] =
    /check: ([\w|\s-]+), subject, outcome:\s+([\w|]+),/.exec(stdout.replace(/\s+/g, ' ')) ?? []
  const names = [...checks.split('|'), ...outcomes.split('|')].map((name) => name.trim())
  expect(names).toHaveLength(11)
  for (const name of names) expect(page).toContain(`\`${name}\``)
})
