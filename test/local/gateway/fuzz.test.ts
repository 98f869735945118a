import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createGateway } from '../../../local/gateway/gateway.ts'
import type { GatewayRequest } from '../../../local/gateway/model.ts'
import { numberVariable, variable } from '../../../shared/config.ts'
import { type Event, policy } from './contract/stand.ts'
import {
  httpAuthorizer,
  httpAuthorizer1,
  httpTemplate,
  requestAuthorizer,
  restTemplate,
  tokenAuthorizer,
} from './contract/templates.ts'
import { webSocketTemplate } from './contract/websocket-template.ts'

const numRuns = numberVariable('POSTERN_FUZZ_RUNS', 100, 1, 1_000_000)
const seed = variable('POSTERN_FUZZ_SEED')
const settings = { numRuns, ...(seed !== undefined && { seed: Number(seed) }) }

const paths = ['/', '/orders', '/orders/{id}', '/orders/{id}/refunds', '/files/{proxy+}']
const routes = (authorizer: string) => paths.map((path) => ({ route: `ANY ${path}`, authorizer }))
const http1 = httpTemplate({
  api: 'Http1',
  payload: '1.0',
  routes: [...routes('H1'), { route: '$default', authorizer: 'H1' }],
  authorizers: { H1: httpAuthorizer1 },
})
const { Resources } = httpTemplate({
  routes: [...routes('H'), { route: '$default', authorizer: 'H' }],
  authorizers: { H: httpAuthorizer },
})
const template = restTemplate({
  routes: [...routes('R'), { route: 'ANY /token/{proxy+}', authorizer: 'T' }],
  authorizers: { R: requestAuthorizer, T: tokenAuthorizer },
  resources: { ...Resources, ...http1.Resources, ...webSocketTemplate().Resources },
})

const piece = fc.oneof(
  fc.constantFrom(
    'orders',
    'files',
    'token',
    '..',
    '.',
    '',
    '%2F',
    '%',
    '%zz',
    '*',
    `$${'{*}'}`,
    '{id}',
    '__proto__',
    '1',
  ),
  fc.string({ maxLength: 6 }),
)
const request = fc.record({
  path: fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('/')}`),
  query: fc.string({ maxLength: 20 }),
  method: fc.oneof(
    fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'get', 'TRACE', 'ANY', ''),
    fc.string({ maxLength: 5 }),
  ),
  headers: fc.array(
    fc.tuple(
      fc.constantFrom('Authorization', 'authorization', 'AUTHORIZATION', 'Cookie', '__proto__', 'Origin'),
      fc.string({ maxLength: 12 }),
    ),
    { maxLength: 4 },
  ),
  body: fc.uint8Array({ maxLength: 16 }),
})

let answer: unknown
let called: string[] = []
let events: { routeKey: string; body: string }[] = []
const gateway = createGateway({
  template,
  invoke: async (functionId, event) => {
    called.push(functionId)
    const { requestContext, body } = event as Event
    events.push({ routeKey: requestContext?.routeKey, body })
    return { ok: true, value: functionId === 'Authorize' ? answer : { statusCode: 299 } }
  },
})

/** Sends to every API of the template under an authorizer that answers `value`; the statuses and who was called. */
async function statuses(value: unknown, sent: Omit<GatewayRequest, 'apiId' | 'stage' | 'sourceIp'>) {
  answer = value
  called = []
  gateway.flushAuthorizerCache()
  const results: number[] = []
  for (const { apiId, stage } of gateway.apis.filter(({ type }) => type !== 'websocket'))
    results.push((await gateway.handle({ ...sent, apiId, stage, sourceIp: '192.0.2.1' })).status)
  return { results, called }
}

describe('whatever a stranger sends', () => {
  it('a denying authorizer keeps it from the backend, and nothing throws', async () => {
    const deny = policy([{ Effect: 'Deny', Action: '*', Resource: '*' }])
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const { results, called } = await statuses(deny, sent)
        for (const status of results) expect([401, 403, 404, 414, 431]).toContain(status)
        expect(called).not.toContain('Backend')
      }),
      settings,
    )
  })

  it('an authorizer that answers any JSON at all opens nothing', async () => {
    const sent = {
      path: '/orders',
      query: '',
      method: 'GET',
      headers: [['Authorization', 'a']] as const,
      body: new Uint8Array(),
    }
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { results, called } = await statuses(value, sent)
        expect(results).toEqual([500, 500, 500])
        expect(called).not.toContain('Backend')
      }),
      settings,
    )
  })

  it('an allowing authorizer lets it through where a route takes it: the control', async () => {
    const allow = policy([{ Effect: 'Allow', Action: '*', Resource: '*' }])
    const sent = {
      path: '/files/%zz//..',
      query: '%',
      method: 'GET',
      headers: [['Authorization', 'a']] as const,
      body: new Uint8Array(),
    }
    expect((await statuses(allow, sent)).results).toEqual([299, 299, 299])
  })

  const { apiId = '', stage = '' } = gateway.apis.find(({ type }) => type === 'websocket') ?? {}
  const shake = (sent: Omit<GatewayRequest, 'apiId' | 'stage' | 'sourceIp'>) =>
    gateway.connect({ ...sent, path: '/', apiId, stage, sourceIp: '192.0.2.1' })

  it('a denying authorizer opens no connection, and neither does one that answers any JSON at all', async () => {
    const deny = policy([{ Effect: 'Deny', Action: '*', Resource: '*' }])
    await fc.assert(
      fc.asyncProperty(request, fc.jsonValue(), async (sent, value) => {
        called = []
        for (const each of [deny, value]) {
          answer = each
          expect(await shake(sent)).toMatchObject({ status: expect.any(Number) })
        }
        expect(called).not.toContain('Backend')
      }),
      settings,
    )
  })

  it('a message goes to no route but one that is for messages', async () => {
    answer = policy([{ Effect: 'Allow', Action: '*', Resource: '*' }])
    const opened = await shake({
      method: 'GET',
      path: '/',
      query: '',
      headers: [['Authorization', 'a']],
      body: new Uint8Array(),
    })
    if ('status' in opened) throw new Error('the handshake was refused')
    const action = fc.oneof(
      fc.constantFrom('$connect', '$disconnect', '__proto__', 'orders'),
      fc.string(),
      fc.jsonValue(),
    )
    const message = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ action }).map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(message, async (text) => {
        events = []
        await opened.receive(text)
        expect(events).toEqual([{ routeKey: expect.stringMatching(/^(orders|\$default)$/), body: text }])
      }),
      settings,
    )
  })
})
