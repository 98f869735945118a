import { beforeAll, describe, expect, test } from 'vitest'
import {
  askByWebIdentity,
  askCredentials,
  bearer,
  brokerStand,
  stsEvent,
  tokenFor,
  urlEvent,
  useSts,
} from '../support/broker.ts'
import { ocsfProblems } from '../support/ocsf.ts'
import { nowMs } from '../support/token.ts'
import { converted, type Event } from './converted.ts'

const sts = useSts()

const key = 'ASIA0000000000000001'
const exporter = 'arn:aws:iam::123456789012:role/exporter'
const session = (role: string, seconds: number, accessKeyId = key) => ({
  uid: accessKeyId,
  credential_uid: accessKeyId,
  uid_alt: expect.stringMatching(
    new RegExp(`^arn:aws:sts::123456789012:assumed-role/${role}/partner-bot-1-[a-z2-7]{16}$`),
  ),
  issuer: `arn:aws:iam::123456789012:role/${role}`,
  created_time: nowMs,
  expiration_time: nowMs + seconds * 1000,
  is_remote: true,
})
const keyObservable = { name: 'session.credential_uid', type_id: 19, type: 'User Credential ID', value: key }

let lines: readonly string[]
let events: readonly Event[]
beforeAll(async () => {
  // In one execution environment, as the lease of the first is the second's.
  const { call, lines: all } = brokerStand()
  await call(askCredentials('exporter'))
  await call(askCredentials('exporter'))
  await call(askCredentials('exporter?scope=read+list&durationSeconds=900'))
  await call(askByWebIdentity({ RoleArn: 'arn:postern:iam:::role/lent' }))
  await call(stsEvent({ Action: 'GetCallerIdentity' }, { authorization: `AWS4-HMAC-SHA256 Credential=ASIA0000000000000003/20270115/eu-west-1/sts/aws4_request` })) // biome-ignore format: a call
  await call(urlEvent('GET', '/roles', bearer(tokenFor())))
  await call(askCredentials('foreign'))
  await call(askCredentials('exporter', tokenFor({ aud: 'elsewhere' })))
  sts.mode = 'refusing'
  await call(askCredentials('twin'))
  sts.mode = 'up'
  await call(stsEvent({ Action: 'GetCallerIdentity' }, { authorization: `AWS4-HMAC-SHA256 Credential=ASIAUNKNOWN000000000/x` })) // biome-ignore format: a call
  lines = all
  const run = await converted(all.join('\n'))
  expect({ code: run.code, stderr: run.stderr }).toEqual({
    code: 0,
    stderr: '10 records converted, 0 malformed; 0 other entries skipped\n',
  })
  events = run.events
})

test('every event is valid, and none has more of a token or of credentials than their ids', () => {
  expect(events.map(ocsfProblems)).toEqual(events.map(() => []))
  const text = JSON.stringify(events)
  for (const secret of ['secret-', 'session-token', ...tokenFor().split('.')])
    expect(text).not.toContain(secret)
})

test('credentials that were handed out are Authorize Session, all else is what it was', () => {
  expect(
    events.map(({ type_uid, severity_id, status_code, disposition_id }) => [
      type_uid,
      severity_id,
      status_code,
      disposition_id,
    ]),
  ).toEqual([
    [300301, 1, 'granted', 1],
    [300301, 1, 'granted', 1],
    [300301, 1, 'granted', 1],
    [300301, 1, 'granted', 1],
    [600302, 1, 'granted', 1],
    [600302, 1, 'granted', 1],
    [600302, 2, 'role_not_granted', 26],
    [300201, 2, 'audience_not_allowed', 2],
    [600302, 4, 'sts_refused', 27],
    [300201, 2, 'identity_unknown', 2],
  ])
})

describe('Authorize Session', () => {
  test('whole', () => {
    const { decisionId, tokenSha256, sessionName, durationMs, stsMs } = JSON.parse(lines[0] ?? '')
    const { message, status_detail, metadata, ...event } = events[0] as Event
    expect(metadata).toMatchObject({ uid: decisionId, profiles: ['cloud', 'security_control'] })
    expect(event).toEqual({
      category_uid: 3,
      class_uid: 3003,
      activity_id: 1,
      activity_name: 'Assign Privileges',
      type_uid: 300301,
      severity_id: 1,
      status_id: 1,
      status: 'Success',
      status_code: 'granted',
      action_id: 1,
      disposition_id: 1,
      time: nowMs,
      timezone_offset: 0,
      cloud: { provider: 'AWS' },
      api: {
        operation: 'credentials',
        request: { uid: 'q1' },
        service: { name: 'Postern broker', uid: 'a1' },
      },
      http_request: { http_method: 'GET', url: { path: '/credentials/exporter' } },
      src_endpoint: { ip: '192.0.2.1' },
      actor: { user: { uid: 'bot-1', type_id: 0 }, session: { issuer: 'partner' } },
      user: { uid: 'bot-1', type_id: 0 },
      session: session('exporter', 3600),
      privileges: ['exporter'],
      policy: { name: 'exporter' },
      authorizations: ['reader', 'exporter', 'twin', 'other', 'brief', 'ending', 'whole'].map((name) => ({
        decision: 'allow',
        policy: { name },
      })),
      observables: [
        { name: 'src_endpoint.ip', type_id: 2, type: 'IP Address', value: '192.0.2.1' },
        keyObservable,
      ],
      unmapped: {
        app: 'api',
        api: 'broker',
        stage: '$default',
        tokenSha256,
        tokenRemembered: 0,
        durationMs,
        action: 'credentials',
        sessionName,
        leaseHeld: 0,
        stsMs,
        packedPercent: 6,
      },
    })
  })

  test('a lease that was held is the same session, handed out again', () => {
    expect(events[1]?.session).toEqual(events[0]?.session)
    expect(events[1]?.unmapped.leaseHeld).toBe(1)
  })

  test('the scopes that were asked for are the privileges, and the length is theirs', () => {
    expect(events[2]).toMatchObject({
      privileges: ['exporter/list', 'exporter/read'],
      session: session('exporter', 900, 'ASIA0000000000000002'),
    })
  })

  test('by web identity, with what the client called the session', () => {
    expect(events[3]).toMatchObject({
      api: { operation: 'AssumeRoleWithWebIdentity' },
      session: session('exporter-lent', 3600, 'ASIA0000000000000003'),
      privileges: ['lent'],
      unmapped: { askedSessionName: 'botocore-session-1', identityStored: 1 },
    })
  })

  test('without an address the key alone can be observed', async () => {
    const { sourceIp, ...record } = JSON.parse(lines[0] ?? '')
    const [event = {}] = (await converted(JSON.stringify(record))).events
    expect(ocsfProblems(event)).toEqual([])
    expect(event.observables).toEqual([keyObservable])
  })

  test.each([
    ['arn:aws-cn:iam::123456789012:role/teams/orders/x', 'arn:aws-cn:sts::123456789012:assumed-role/x/n'],
    ['something else', undefined],
  ])('the ARN of a session in %s', async (awsRole, arn) => {
    const record = { ...JSON.parse(lines[0] ?? ''), awsRole, sessionName: 'n' }
    const [event = {}] = (await converted(JSON.stringify(record))).events
    expect(ocsfProblems(event)).toEqual([])
    expect(event.session.uid_alt).toBe(arn)
  })

  test.each(['role', 'awsRole', 'sessionName', 'sessionSeconds', 'accessKeyId', 'expiresAtMs'])(
    'a record without "%s" is malformed',
    async (name) => {
      const record = { ...JSON.parse(lines[0] ?? ''), [name]: undefined }
      const { code, stdout, stderr } = await converted(JSON.stringify(record))
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(`"${name}" is missing, and credentials were handed out`)
    },
  )
})

test('GetCallerIdentity is a call about a key, by nobody who is known', () => {
  expect(events[4]).toMatchObject({
    activity_name: 'Read',
    api: { operation: 'GetCallerIdentity' },
    actor: { session: { credential_uid: 'ASIA0000000000000003' } },
  })
  expect(events[4]).not.toHaveProperty('user')
  expect(events[4]).not.toHaveProperty('authorizations')
})

test('a session that STS refused was not assigned: what is known of it is unmapped', () => {
  expect(events[8]).toMatchObject({
    actor: { user: { uid: 'bot-1' } },
    unmapped: { role: 'twin', awsRole: `${exporter}-twin`, sessionSeconds: 3600 },
  })
  expect(events[8]).not.toHaveProperty('session')
})

describe('the validator finds what is wrong', () => {
  test.each<[string, (event: Event) => Event]>([
    ['privileges,group', ({ privileges, ...event }) => event],
    ['privileges,group', (event) => ({ ...event, group: { name: 'x' } })],
    ['user is missing', ({ user, ...event }) => event],
    ['unknown resources', (event) => ({ ...event, resources: [] })],
    ['activity_id', (event) => ({ ...event, activity_id: 3, type_uid: 300303 })],
    ['session.uid', (event) => ({ ...event, session: { ...event.session, uid: '' } })],
    [
      'session.expiration_time',
      (event) => ({ ...event, session: { ...event.session, expiration_time: nowMs / 1000 } }),
    ],
    ['session.name', (event) => ({ ...event, session: { ...event.session, name: 'x' } })],
    [
      'observable session.credential_uid',
      (event) => ({ ...event, session: { ...event.session, credential_uid: 'x' } }),
    ],
    ['observables', (event) => ({ ...event, observables: [] })],
  ])('%s', (problem, change) => {
    expect(ocsfProblems(change(events[0] as Event)).join()).toContain(problem)
  })
})
