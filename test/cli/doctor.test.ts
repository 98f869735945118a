import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startBroker } from './broker-double.ts'
import {
  awsRole,
  manifest,
  one,
  outcomes,
  type Stand,
  startClockFront,
  startStand,
  write,
} from './doctor-stand.ts'

let stand: Stand
let everything: string[]

beforeAll(async () => {
  stand = await startStand()
  const { world, api, tokenFile } = stand
  everything = ['--broker', world.broker?.url ?? '', '--api', api, '--token-file', tokenFile]
})
afterEach(() => {
  stand.world.issuers.setMode('ci', 'up')
  stand.world.broker?.aws.setMode('up')
  stand.aws.direct = { code: 'AccessDenied', message: 'Not authorized' }
  stand.aws.tokens.length = 0
})
afterAll(() => stand.close())

test('a sound deployment: every check is ok, and the exit code is 0', async () => {
  const { code, stderr, results } = await stand.doctor(...everything)
  expect(stderr).toBe('')
  expect(outcomes(results)).toEqual([
    'ok issuer ci',
    'ok clock this machine',
    'ok token by this manifest',
    'ok broker GET /health',
    'ok broker no token',
    'ok broker tampered token',
    'ok broker GET /roles',
    'ok api no token',
    'ok api tampered token',
    'ok api probe token',
    'ok aws-role reports',
    `ok direct-trust ${awsRole}`,
  ])
  expect(code).toBe(0)
  expect(one(results, 'issuer').what).toMatch(/^\d usable keys? for RS256, ES256, fetched in \d+ \+ \d+ ms$/)
  expect(stand.aws.tokens).toEqual([stand.token])
})

test('with the manifest alone the rest is skipped, each with its reason', async () => {
  const { code, results } = await stand.doctor()
  expect(code).toBe(0)
  expect(results.filter(({ outcome }) => outcome === 'skipped').map(({ what }) => what)).toEqual([
    'no token was given',
    'no --broker was given',
    'no --api was given',
    'it takes --broker and a token',
    'it takes --broker and a token',
  ])
})

describe('an issuer', () => {
  test.each([
    ['down', /could not be reached/, /that it is up/],
    ['error', /answered 500/, /that it is up/],
    ['lying', /names another issuer: "https:\/\/another\.example" in place of/, /byte for byte/],
    ['garbage', /did not answer with a JSON object/, /that it is up/],
  ] as const)('%s', async (mode, what, mend) => {
    stand.world.issuers.setMode('ci', mode)
    const { code, results } = await stand.doctor()
    expect(code).toBe(1)
    expect(one(results, 'issuer')).toMatchObject({
      outcome: 'failed',
      what: expect.stringMatching(what),
      mend: expect.stringMatching(mend),
    })
  })
})

describe('the broker', () => {
  test('of another manifest is found out, by what differs', async () => {
    const { reader, reports } = manifest.roles
    const roles = { reader: { ...reader, routes: ['GET /reports', 'GET /more'] }, lender: reports }
    const { code, results } = await stand.doctor('--access', write('other.yml', { ...manifest, roles }), ...everything) // biome-ignore format: one call
    expect(code).toBe(1)
    const { outcome, what } = one(results, 'broker', 'GET /roles')
    expect(outcome).toBe('failed')
    for (const part of ['the role reader differs', 'the role reports is there alone', 'the loan of lender is here alone']) // biome-ignore format: a list
      expect(what).toContain(part)
  })

  test('whose AWS refuses the role says so, with what to mend', async () => {
    stand.world.broker?.aws.setMode('expired')
    const another = write(
      'another',
      await stand.world.issuers.sign('ci', { sub: 'team-2', scope: 'reports' }),
    )
    const { code, results } = await stand.doctor('--broker', stand.world.broker?.url ?? '', '--token-file', another) // biome-ignore format: one call
    expect(code).toBe(1)
    expect(one(results, 'aws-role')).toMatchObject({
      outcome: 'failed',
      what: expect.stringMatching(/the broker cannot answer: sts_unavailable/),
      mend: expect.stringMatching(/the broker's own credentials or its clock/),
    })
  })

  test('that is something else fails at once, and nothing is borrowed of it', async () => {
    const { code, results } = await stand.doctor('--broker', stand.world.issuers.url, '--token-file', stand.tokenFile) // biome-ignore format: one call
    expect(code).toBe(1)
    expect(one(results, 'broker', 'no token').outcome).toBe('failed')
    expect(one(results, 'aws-role')).toMatchObject({ outcome: 'skipped' })
    expect(stand.aws.tokens).toEqual([])
  })
})

describe('the API', () => {
  test('a route that refuses the probe token fails, and is ok where that is expected', async () => {
    const token = await stand.world.issuers.sign('ci', { sub: 'stranger', scope: 'nothing' })
    const api = ['--api', stand.api, '--token-file', write('stranger', token)]
    const allow = await stand.doctor(...api)
    expect(allow.code).toBe(1)
    expect(one(allow.results, 'api', 'probe token')).toMatchObject({
      outcome: 'failed',
      what: 'refused with 403',
    })
    expect(one(allow.results, 'token').outcome).toBe('warning')
    expect((await stand.doctor(...api, '--expect', 'deny')).code).toBe(0)
  })

  test('a route that nothing guards fails', async () => {
    const { code, results } = await stand.doctor('--api', `${stand.world.broker?.url}/health`)
    expect(code).toBe(1)
    expect(one(results, 'api', 'no token').what).toBe('answered 200; 401 was due: nothing guards the route')
  })
})

describe('an AWS role', () => {
  test('that trusts the issuer directly fails, with the mend', async () => {
    stand.aws.direct = 'trusts'
    const { code, results } = await stand.doctor(...everything)
    expect(code).toBe(1)
    expect(one(results, 'direct-trust')).toMatchObject({
      subject: awsRole,
      outcome: 'failed',
      mend: expect.stringContaining('sts:AssumeRoleWithWebIdentity'),
    })
  })
  test.each([
    ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account', 'ok'],
    ['InvalidIdentityToken', 'Incorrect token audience', 'warning'],
    ['InvalidAction', 'Could not find operation', 'skipped'],
  ])('%s (%s) is %s', async (code, message, outcome) => {
    stand.aws.direct = { code, message }
    const ran = await stand.doctor(...everything)
    expect(one(ran.results, 'direct-trust').outcome).toBe(outcome)
    expect(ran.code).toBe(0)
  })
  test('that trusts GitHub for the audience of AWS is found by a second token of the job', async () => {
    const ofAws = await stand.world.issuers.sign('ci', { sub: 'team-1', aud: 'sts.amazonaws.com' })
    const github = await startBroker((_, { line }) => ({
      body: { value: line.includes('audience=sts.amazonaws.com') ? ofAws : stand.token },
    }))
    stand.aws.direct = (token) =>
      token === ofAws ? 'trusts' : { code: 'InvalidIdentityToken', message: 'Incorrect token audience' }
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', `${github.url}/token`)
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'job-secret')
    const { code, results, stdout } = await stand.doctor(
      '--broker',
      stand.world.broker?.url ?? '',
      '--github',
    )
    vi.unstubAllEnvs()
    github.close()
    expect(code).toBe(1)
    expect(one(results, 'direct-trust').outcome).toBe('failed')
    expect(stand.aws.tokens).toEqual([stand.token, ofAws])
    expect(stdout).not.toContain(ofAws.split('.')[2])
  })
  test('is not asked for with --no-direct', async () => {
    stand.aws.direct = 'trusts'
    const { code } = await stand.doctor(...everything, '--no-direct')
    expect(code).toBe(0)
    expect(stand.aws.tokens).toEqual([])
  })
})

test('a broker whose clock is off is named, with by how much', async () => {
  const front = await startClockFront(stand.world.broker?.url ?? '', 120)
  const { code, results } = await stand.doctor('--broker', front.url)
  await front.close()
  expect(code).toBe(1)
  expect(one(results, 'clock')).toMatchObject({
    subject: new URL(front.url).host,
    what: expect.stringMatching(/^1(19|20|21) s ahead of this machine; this machine agrees with 1 other$/),
  })
})
