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
