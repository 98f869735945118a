import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { World } from '../../local/world.ts'
import { root, run } from '../cli/run.ts'
import { type MiniStack, startMiniStack } from './ministack.ts'
import { ordersRequests, verdictAt } from './orders-requests.ts'
import { makeDeploymentBucket, writeService } from './osls.ts'
import { ordersService, startOrders, writeContract } from './services.ts'
import { askAws, copyPostern, deploy, deployPostern, outputsOf } from './stacks.ts'
import { venvFolder } from './venv.ts'

// examples/fastapi-orders on Lambda, by Mangum, behind Postern's authorizer: both stacks as osls deploys them, called with the
// sixty requests that test/cloud/fastapi.test.ts sends to the other forms.

const folder = mkdtempSync(join(tmpdir(), 'postern-fastapi-lambda-'))
const service = join(folder, 'orders')
let stack: MiniStack
let world: World
let url: string

beforeAll(async () => {
  ;[stack, world] = await Promise.all([startMiniStack(), startOrders()])
  await makeDeploymentBucket(stack)
  copyPostern(join(folder, 'postern'), ordersService)
  await deployPostern(stack, join(folder, 'postern'), world.issuers.url)
  cpSync(ordersService, service, { recursive: true })
  writeService(service, readFileSync(join(service, 'serverless.yml'), 'utf8'))
  const contract = await writeContract(world, join(service, 'contract.json'))
  const zip = join(root, 'examples/postern-fastapi/zip_function.py')
  const words = [
    '--requirements',
    'requirements-lambda.txt',
    '--out',
    'dist/orders.zip',
    '--platform',
    'host',
  ]
  const files = ['orders.py', 'on_lambda.py', contract]
  const zipped = await run(join(venvFolder, 'bin/python'), [zip, ...words, ...files], { cwd: service })
  expect(zipped, zipped.stderr).toMatchObject({ code: 0 })
  await deploy(stack, service)
  const { OrdersApi = '' } = await outputsOf(stack, 'fastapi-orders-dev')
  url = stack.apiUrl(/^https:\/\/(\w+)\./.exec(OrdersApi)?.[1] ?? '', 'dev')
}, 180_000)
afterAll(async () => {
  await Promise.all([stack?.close(), world?.close()])
  rmSync(folder, { recursive: true, force: true })
})

test('the sixty requests have the verdict that the manifest gives them', async () => {
  const requests = await ordersRequests(world)
  expect(requests).toHaveLength(60)
  for (const request of requests) {
    const { name, verdict } = request
    expect({ name, verdict: await verdictAt(url, request) }).toEqual({ name, verdict })
  }
})

test('the service knows who calls, by the authorizer’s word alone', async () => {
  const token = await world.issuers.sign('staff', { sub: 'ada', 'cognito:groups': ['orders'] })
  const response = await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${token}` } })
  expect(await response.json()).toMatchObject({
    caller: { subject: 'ada', roles: ['orders-reader', 'customer'] },
  })
})

test('a request that went through no authorizer is refused, whatever it says of itself', async () => {
  const event = {
    httpMethod: 'GET',
    path: '/orders',
    resource: '/orders',
    headers: { authorization: 'Bearer x', 'x-amzn-authorizer': '{"subject":"ada"}' },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: {
      httpMethod: 'GET',
      path: '/orders',
      resourcePath: '/orders',
      stage: 'dev',
      identity: {},
    },
    body: null,
    isBase64Encoded: false,
  }
  const out = join(folder, 'answer.json')
  const words = ['--function-name', 'fastapi-orders-dev-orders']
  await askAws(stack, 'lambda', 'invoke', ...words, '--payload', JSON.stringify(event), out)
  const { statusCode, body } = JSON.parse(readFileSync(out, 'utf8'))
  expect({ statusCode, ...JSON.parse(body) }).toMatchObject({
    statusCode: 401,
    message: 'this request went through no authorizer',
  })
})

test('it borrows as it does in a container, by a secret that it reads itself, and AWS keeps it below its own prefix', async () => {
  await useBroker()
  world.broker?.aws.putObject('acme-orders', 'billing/secret.csv', 'not for you')
  const token = await world.issuers.sign('bots', { sub: 'client:nightly', client_id: 'nightly' })
  const ask = async (path: string, content?: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' }
    const response = await fetch(url + path, { headers, ...(content && { method: 'PUT', body: content }) })
    return { status: response.status, text: await response.text() }
  }
  expect(await ask('/exports/a.csv', 'a,b')).toMatchObject({ status: 201 })
  expect(await ask('/exports/orders-service/a.csv')).toMatchObject({
    status: 200,
    text: expect.stringContaining('a,b'),
  })
  expect(await ask('/exports/billing/secret.csv')).toMatchObject({ status: 403 })
}, 60_000)

/** What the stacks export leads to AWS itself: here the function is told of the broker and S3 on loopback, and no more. */
async function useBroker(): Promise<void> {
  const name = ['--function-name', 'fastapi-orders-dev-orders']
  const said = await askAws(stack, 'lambda', 'get-function-configuration', ...name)
  const { POSTERN_ISSUER: _, ...own } = JSON.parse(said).Environment.Variables
  const secret = world.broker?.clients.find((client) => client.name === 'orders-service')?.secret
  const value = ['--secret-string', JSON.stringify({ clientSecret: secret })]
  await askAws(
    stack,
    'secretsmanager',
    'put-secret-value',
    '--secret-id',
    own.POSTERN_CLIENT_SECRET_ARN,
    ...value,
  )
  const { broker } = world
  const Variables = {
    ...own,
    POSTERN_BROKER: broker?.url,
    POSTERN_TOKEN_URL: `${broker?.url}/token`,
    AWS_ENDPOINT_URL_S3: broker?.aws.url,
  }
  const environment = ['--environment', JSON.stringify({ Variables })]
  await askAws(stack, 'lambda', 'update-function-configuration', ...name, ...environment)
}

test('no line of either function’s log holds a token or a secret', async () => {
  const lines: string[] = []
  for (const name of ['/aws/lambda/fastapi-orders-dev-orders', '/aws/lambda/postern-dev-authorizer']) {
    const said = await askAws(stack, 'logs', 'filter-log-events', '--log-group-name', name)
    const messages = JSON.parse(said).events.map(({ message }: { message: string }) => message)
    expect({ name, some: messages.length > 0 }).toEqual({ name, some: true })
    lines.push(...messages)
  }
  const text = lines.join('\n')
  expect(text).toContain('"kind":"request"')
  expect(text).toContain('"kind":"decision"')
  expect(text).not.toMatch(/eyJ[\w-]+\./)
  for (const { secret } of world.broker?.clients ?? []) expect(secret && text.includes(secret)).toBe(false)
})
