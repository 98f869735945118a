import { describe, expect, test } from 'vitest'
import type { Mode } from '../../../local/aws/sts/modes.ts'
import { createIdentities } from '../../../shared/state/identities.ts'
import { type ServiceFault, stranger, useFailingAws } from '../../support/failing-aws.ts'
import { drips, type Fault, hangs, resets, says, stalls } from '../../support/faulty-service.ts'
import { liveBroker, type Told, useQuiet } from '../../support/live-broker.ts'

const failing = useFailingAws()
useQuiet()

const key = 'ASIA0000000000000001'

/** Secrets of the broker's, parts of any token, and what STS and DynamoDB say in these tests. */
const mayNotBeTold =
  /-secret|broker-token|stranger-token|eyJ|said-by-aws|Rate exceeded|has failed|security token|Maintenance|signature we|is now earlier|still later|is not authorized/

function expectNothingLeaked({ answer, line, record }: Told): void {
  expect(answer).not.toMatch(mayNotBeTold)
  // What STS says of a call that it refused names roles and actions alone, and is the operator's only hint.
  const hint = record.reason === 'sts_refused' ? String(record.message) : undefined
  expect(hint === undefined ? line : line.replace(hint, '')).not.toMatch(mayNotBeTold)
}

function xmlError(code: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>said-by-aws</Message></Error><RequestId>r</RequestId></ErrorResponse>`
}

type StsFault = readonly [name: string, set: () => unknown, reason: string, status: number, code: string]

const inMode = (mode: Mode) => () => failing.aws.setMode(mode)
const by = (fault: ServiceFault) => () => failing.failSts(fault)
const withKeys = (keys: object) => () => Object.assign(process.env, keys)

const unavailable = ['sts_unavailable', 503, 'ServiceUnavailable'] as const
const stsFaults: readonly StsFault[] = [
  ['throttled', inMode('throttle'), 'sts_throttled', 503, 'Throttling'],
  ['a 500', inMode('error'), ...unavailable],
  ['a 503', inMode('unavailable'), ...unavailable],
  ['a 502 of something between', by(says(502, '<html>said-by-aws', 'text/html')), ...unavailable],
  ['it hangs', inMode('hang'), ...unavailable],
  ['its answer stalls', by(stalls), ...unavailable],
  ['its answer never ends', by(drips), ...unavailable],
  ['the connection is reset', inMode('down'), ...unavailable],
  ['nothing listens', by('refuses'), ...unavailable],
  ['no XML', inMode('garbage'), ...unavailable],
  ['an empty answer', by(says(200, '')), ...unavailable],
  ['no session token', inMode('partial'), ...unavailable],
  ['our credentials are over', inMode('expired'), ...unavailable],
  ['our key is gone', withKeys({ AWS_ACCESS_KEY_ID: 'ASIAGONE000000000000' }), ...unavailable],
  ['our secret is another', withKeys({ AWS_SECRET_ACCESS_KEY: 'another' }), ...unavailable],
  [
    'our clock is off, and STS does not say by how much',
    by(says(403, xmlError('SignatureDoesNotMatch'))),
    ...unavailable,
  ],
  ['the broker may not', withKeys(stranger), 'sts_refused', 500, 'InternalFailure'],
]

describe('STS fails', () => {
  test.each(stsFaults)('%s', async (_, set, reason, status, code) => {
    set()
    const broker = liveBroker()
    const told = await Promise.all([broker.container('bot-1'), broker.webIdentity('bot-22')])
    for (const one of told) {
      expect([one.record.reason, one.status, one.code]).toEqual([reason, status, code])
      expect(one.tookMs).toBeLessThan(3000)
      expectNothingLeaked(one)
    }
    await expect.poll(() => failing.sts.open).toBe(0)
  })

  test('a failure is kept for nobody, and GetCallerIdentity is no matter of STS’s', async () => {
    const broker = liveBroker(createIdentities('state', Date.now))
    const { record } = await broker.webIdentity('bot-22')
    failing.aws.setMode('error')
    expect((await broker.container('bot-1')).status).toBe(503)
    const identity = await broker.callerIdentity(String(record.accessKeyId))
    expect([identity.status, identity.answer.includes(String(record.sessionName))]).toEqual([200, true])
    failing.aws.setMode('up')
    expect((await broker.container('bot-1')).status).toBe(200)
  })
})

describe('clocks', () => {
  test.each([
    ['ahead of ours', 20],
    ['behind ours', -20],
  ])(
    'STS is 20 minutes %s: the SDK learns it from one refusal, and the caller of nothing',
    async (_, minutes) => {
      failing.aheadMs = minutes * 60_000
      const before = failing.aws.requests.length
      const { status, record, answer } = await liveBroker().container('bot-1')
      expect([status, record.leaseHeld]).toEqual([200, 0])
      expect(failing.aws.requests.slice(before).map(({ code }) => code)).toEqual([
        'SignatureDoesNotMatch',
        undefined,
      ])
      const { Expiration } = JSON.parse(answer)
      expect(Math.round((Date.parse(Expiration) - Date.now()) / 60_000)).toBe(60 + minutes)
    },
  )

  test('credentials that are over by our clock are handed to nobody', async () => {
    failing.aheadMs = -61 * 60_000
    for (const one of [await liveBroker().container('bot-1'), await liveBroker().webIdentity('bot-22')]) {
      expect([one.status, one.record.reason, one.code]).toEqual([
        503,
        'sts_unavailable',
        'ServiceUnavailable',
      ])
      expect(one.answer + one.line).not.toContain('ASIA')
    }
  })

  test('a lease is held no longer than its own length, however long STS’s clock says that it lasts', async () => {
    failing.aheadMs = 20 * 60_000
    let laterMs = 0
    const broker = liveBroker(undefined, () => Date.now() + laterMs)
    const heldAfter = async (minutes: number) => {
      laterMs = minutes * 60_000
      return (await broker.container('bot-1')).record.leaseHeld
    }
    expect([await heldAfter(0), await heldAfter(39), await heldAfter(41)]).toEqual([0, 1, 0])
  })
})

/** Whoever asks, whatever becomes of the table. */
const tableFaults: readonly (readonly [name: string, fault: ServiceFault])[] = [
  ['it hangs', hangs],
  ['its answer stalls', stalls],
  ['its answer never ends', drips],
  ['the connection is reset', resets],
  ['nothing listens', 'refuses'],
  ['throttled', saysJson(400, 'ProvisionedThroughputExceededException')],
  ['a 500', saysJson(500, 'InternalServerError')],
  ['the broker may not', saysJson(400, 'AccessDeniedException')],
  ['our credentials are over', saysJson(400, 'ExpiredTokenException')],
  ['our clock is off', saysJson(400, 'InvalidSignatureException')],
  ['no JSON', says(200, '<said-by-aws', 'text/html')],
]

function saysJson(status: number, code: string): Fault {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'said-by-aws' }
  return says(status, JSON.stringify(body), 'application/x-amz-json-1.0')
}

test('a table that comes back is told of the lease that it missed', async () => {
  const broker = liveBroker(createIdentities('state', Date.now))
  failing.failDynamo(hangs)
  const { record } = await broker.webIdentity('bot-22')
  failing.dynamo.fault = undefined
  const again = await broker.webIdentity('bot-22')
  expect([record.identityStored, again.record.identityStored, again.record.leaseHeld]).toEqual([0, 1, 1])
  expect((await broker.callerIdentity(String(record.accessKeyId))).status).toBe(200)
})

test.each([
  ['no table at all', undefined, 403, 'InvalidClientTokenId'],
  ['a table that is not there', 'nowhere', 503, 'ServiceUnavailable'],
])('%s keeps nobody from credentials either', async (_, name, status, code) => {
  const broker = liveBroker(name === undefined ? undefined : createIdentities(name, Date.now))
  expect((await broker.webIdentity('bot-22')).status).toBe(200)
  const identity = await broker.callerIdentity(key)
  expect([identity.status, identity.code]).toEqual([status, code])
})

test.each([
  [
    'of other types',
    { arn: { N: '1' }, userId: { S: 'x' }, account: { S: '1' }, expiresAt: { N: '9999999999' } },
  ],
  ['without an end', { arn: { S: 'x' }, userId: { S: 'x' }, account: { S: '1' } }],
  [
    'whose end is no number',
    { arn: { S: 'x' }, userId: { S: 'x' }, account: { S: '1' }, expiresAt: { N: 'x' } },
  ],
])('an item %s is no identity', async (_, Item) => {
  failing.failDynamo(says(200, JSON.stringify({ Item }), 'application/x-amz-json-1.0'))
  const identity = await liveBroker(createIdentities('state', Date.now)).callerIdentity(key)
  expect([identity.status, identity.code]).toEqual([403, 'InvalidClientTokenId'])
})

describe('the table fails: nobody is kept from credentials, and GetCallerIdentity says that it is ours', () => {
  test.each(tableFaults)('%s', async (_, fault) => {
    failing.failDynamo(fault)
    const broker = liveBroker(createIdentities('state', Date.now))
    const before = failing.dynamo.asked
    const container = await broker.container('bot-1')
    expect([container.status, failing.dynamo.asked - before]).toEqual([200, 0])
    const [lent, identity] = await Promise.all([broker.webIdentity('bot-22'), broker.callerIdentity(key)])
    expect([lent.status, lent.record.identityStored]).toEqual([200, 0])
    expect([identity.status, identity.code, identity.record.reason]).toEqual([
      503,
      'ServiceUnavailable',
      'store_unavailable',
    ])
    for (const one of [lent, identity]) expect(one.tookMs).toBeLessThan(3000)
    expectNothingLeaked(identity)
    expect(lent.line).not.toMatch(mayNotBeTold)
    await expect.poll(() => failing.dynamo.open).toBe(0)
  })
})
