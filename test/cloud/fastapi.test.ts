import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { baseUrl } from '../../local/story/call.ts'
import type { World } from '../../local/world.ts'
import type { App } from '../../shared/access/access.ts'
import type { DecisionRecord } from '../../shared/audit/record.ts'
import { type OrdersRequest, ordersRequests, verdictAt } from './orders-requests.ts'
import {
  ordersService,
  type Service,
  startOrders,
  startService,
  surroundings,
  writeContract,
} from './services.ts'

// examples/fastapi-orders as it runs in a container and on Cloud Foundry, beside Postern's local gateway: one manifest,
// one set of tokens, the same answers. test/cloud/fastapi-lambda.test.ts has the third form.

const folder = mkdtempSync(join(tmpdir(), 'postern-fastapi-'))
const records: DecisionRecord[] = []
let world: World
let contract: string
let container: Service
let foundry: Service
let requests: readonly OrdersRequest[]

const inContainer = 'uvicorn in_container:app --host 0.0.0.0 --port $PORT --no-access-log'
const onFoundry = parse(readFileSync(join(ordersService, 'manifest.yml'), 'utf8')).applications[0]

beforeAll(async () => {
  world = await startOrders((record) => records.push(record))
  contract = await writeContract(world, join(folder, 'contract.json'))
  ;[container, foundry] = await Promise.all([
    startService(inContainer, { ...surroundings(world), ...asClientOfPostern() }),
    startService(onFoundry.command, {
      ...surroundings(world),
      POSTERN_CONTRACT: contract,
      VCAP_SERVICES: services(),
    }),
  ])
  requests = await ordersRequests(world)
}, 60_000)
afterAll(async () => {
  await Promise.all([container?.close(), foundry?.close()])
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The service outside of Cloud Foundry: a client whose tokens Postern signs. */
function asClientOfPostern(): Record<string, string> {
  const { broker } = world
  const client = broker?.clients.find(({ name }) => name === 'orders-service')
  return {
    POSTERN_CONTRACT: contract,
    POSTERN_BROKER: broker?.url ?? '',
    POSTERN_TOKEN_URL: `${broker?.url}/token`,
    POSTERN_CLIENT_ID: 'orders-service',
    POSTERN_CLIENT_SECRET: client?.secret ?? '',
    POSTERN_AUDIENCE: 'orders',
  }
}

/** VCAP_SERVICES as the example has it, with the addresses and the secret of what runs here. */
function services(): string {
  const example = JSON.parse(readFileSync(join(ordersService, 'vcap-services.example.json'), 'utf8'))
  const [bound] = example['user-provided']
  const { issuer, ...known } = bound.credentials
  expect(issuer).toBe('https://uaa.cf.example/oauth/token')
  const [client] = world.issuers.clients('uaa')
  expect(client?.id).toBe(known.client_id)
  bound.credentials = {
    ...known,
    broker: world.broker?.url,
    token_url: `${world.issuers.url}/uaa/token`,
    client_secret: client?.secret,
  }
  return JSON.stringify(example)
}

const restUrl = () => baseUrl(world, world.access.apps[0] as App, 'rest')

test('sixty requests with the same tokens have the same verdict in every form, and it is the manifest’s', async () => {
  expect(requests).toHaveLength(60)
  const forms = { gateway: restUrl(), container: container.url, foundry: foundry.url }
  for (const request of requests) {
    const said: Record<string, unknown> = {}
    for (const [form, url] of Object.entries(forms)) said[form] = await verdictAt(url, request)
    const { name, verdict } = request
    expect({ name, ...said }).toEqual({ name, gateway: verdict, container: verdict, foundry: verdict })
  }
})

test('a token that is refused is refused with the reason that the authorizer gives, and the caller is told', async () => {
  for (const { token, path } of requests.filter((one) => one.verdict === 401 && one.path === '/orders')) {
    if (token === undefined) continue
    records.splice(0)
    // Another path, since the gateway has no answer of it yet.
    expect((await ask(restUrl(), '/orders', token)).status).toBe(401)
    const [record] = records
    const { status, body } = await ask(container.url, path, token)
    expect({ status, reason: body.reason }).toEqual({ status: 401, reason: record?.reason })
    expect(body.decisionId).toMatch(/^[0-9a-f-]{36}$/)
  }
})

describe.each([
  ['in a container, as a client of Postern', () => container],
  ['on Cloud Foundry, as a client of UAA', () => foundry],
] as const)('what the service borrows %s', (_, service) => {
  const nightly = () =>
    world.issuers.sign('bots', { sub: 'client:nightly', client_id: 'nightly', scope: 'export-runner' })

  test('it reads and writes below its own prefix and is refused another’s by AWS, before and after its credentials end', async () => {
    const { aws } = world.broker ?? {}
    aws?.setMode('brief', { lastsSeconds: 6 })
    aws?.putObject('acme-orders', 'billing/secret.csv', 'not for you')
    const token = await nightly()
    const round = async (content: string) => {
      const put = await ask(service().url, '/exports/a.csv', token, content)
      const own = await ask(service().url, '/exports/orders-service/a.csv', token)
      const other = await ask(service().url, '/exports/billing/secret.csv', token)
      return { put: put.status, own: own.body, other: other.status }
    }
    expect(await round('first')).toEqual({ put: 201, own: { name: 'a.csv', content: 'first' }, other: 403 })
    const borrowed = records.length
    await setTimeout(6500)
    expect(await round('second')).toEqual({ put: 201, own: { name: 'a.csv', content: 'second' }, other: 403 })
    const again = records.slice(borrowed).filter(({ action }) => action === 'credentials')
    aws?.setMode('up')
    expect(again.map(({ scopes }) => scopes).sort()).toEqual(expect.arrayContaining(['read', 'write']))
  }, 30_000)
})

test('requests go on while the issuer rotates its keys: none is refused', async () => {
  const claims = { sub: 'ada', 'cognito:groups': ['orders'] }
  let tokens = [await world.issuers.sign('staff', claims)]
  let ended = false
  const statuses = new Map<number, number>()
  const began = Date.now()
  const client = async (at: number) => {
    for (let n = at; !ended; n++) {
      const token = tokens[n % tokens.length] as string
      const { status } = await ask(container.url, '/orders/1', token)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const clients = Array.from({ length: 8 }, (_, at) => client(at))
  for (let rotations = 0; rotations < 2; rotations++) {
    await setTimeout(1500)
    await world.issuers.rotate('staff')
    tokens = [...tokens, await world.issuers.sign('staff', claims)]
    // An issuer that signs with a key nobody has seen is asked once in ten seconds.
    await setTimeout(9000)
  }
  ended = true
  await Promise.all(clients)
  const all = [...statuses.values()].reduce((sum, one) => sum + one, 0)
  console.log(`${all} requests, ${Math.round((all * 1000) / (Date.now() - began))} a second`)
  expect([...statuses.keys()]).toEqual([200])
  expect(all).toBeGreaterThan(2000)
}, 60_000)

test('a record of each request, with its metrics, and no token or secret in any line of a service', async () => {
  const lines = [...container.lines, ...foundry.lines]
  const decided = lines.filter((line) => line.startsWith('{"kind":"request"')).map((line) => JSON.parse(line))
  expect(decided.length).toBeGreaterThan(120)
  const denied = decided.find(({ reason }) => reason === 'route_not_granted')
  expect(denied).toMatchObject({
    effect: 'deny',
    issuer: 'staff',
    subject: 'ada',
    roles: 'orders-reader,customer',
    route: 'POST /orders',
    status: 403,
    Denials: 1,
    Faults: 0,
    Latency: expect.any(Number),
    _aws: { CloudWatchMetrics: [{ Namespace: 'orders', Dimensions: [['route']] }] },
  })
  const text = lines.join('\n')
  expect(text).not.toMatch(/eyJ[\w-]+\./)
  for (const secret of secrets()) expect(text.includes(secret)).toBe(false)
})

function secrets(): readonly string[] {
  const clients = [...(world.broker?.clients ?? []), ...world.issuers.clients('uaa')]
  return clients.flatMap(({ secret }) => secret ?? [])
}

async function ask(url: string, path: string, token: string, content?: string) {
  const response = await fetch(url + path, {
    headers: { authorization: `Bearer ${token}` },
    ...(content !== undefined && { method: 'PUT', body: content }),
  })
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  return { status: response.status, body }
}
