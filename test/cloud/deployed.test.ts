import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildBackend } from '../../bundle/package.ts'
import { zipOf } from '../../bundle/zip.ts'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { ordersManifest, root, run } from '../cli/run.ts'
import { send } from '../local/gateway/contract/stand.ts'
import { aws } from './clients.ts'
import { type MiniStack, startMiniStack } from './ministack.ts'
import { makeDeploymentBucket, runOsls, writeService } from './osls.ts'
import { askAws, copyPostern, deploy, deployPostern, outputsOf, restoreAlias } from './stacks.ts'
import { venvFolder } from './venv.ts'

// Both stacks, Postern's and that of a service which attaches to it, as osls deploys them: built from examples/orders,
// and called over HTTP with tokens of issuers on loopback.

const folder = mkdtempSync(join(tmpdir(), 'postern-deployed-'))
const own = join(folder, 'postern')
const orders = join(folder, 'orders')
let stack: MiniStack
let issuers: LocalIssuers
let rest: string
let http: string
let broker: string

beforeAll(async () => {
  stack = await startMiniStack()
  issuers = await startIssuers({ access: compileManifest(loadManifest(ordersManifest)), port: 0 })
  await makeDeploymentBucket(stack)
  copyPostern(own, join(root, 'examples/orders'))
  cpSync(join(root, 'examples/orders'), orders, { recursive: true })
  writeService(orders, readFileSync(join(orders, 'serverless.yml'), 'utf8'))
  const backend = await buildBackend(join(orders, 'dist/index.mjs'))
  writeFileSync(join(orders, 'dist/orders.zip'), zipOf({ 'index.mjs': readFileSync(backend) }))
  await deployPostern(stack, own, issuers.url)
  await deploy(stack, orders)
  const [ofPostern, ofOrders] = [await outputsOf(stack, 'postern-dev'), await outputsOf(stack, 'orders-dev')]
  broker = stack.apiUrl(/^https:\/\/(\w+)\./.exec(ofPostern.Broker ?? '')?.[1] ?? '')
  rest = stack.apiUrl(/\/\/(\w+)\./.exec(ofOrders.ServiceEndpoint ?? '')?.[1] ?? '', 'dev')
  http = stack.apiUrl(ofOrders.HttpApiId ?? '')
}, 180_000)
afterAll(async () => {
  await stack?.close()
  await issuers?.close()
  rmSync(folder, { recursive: true, force: true })
})

const bearer = (token: string) => ({ headers: [['Authorization', `Bearer ${token}`]] as const })
const reader = (sub: string) => issuers.sign('staff', { sub, 'cognito:groups': ['orders'] })
const forged = (token: string) => `${token.slice(0, -8)}AAAAAAAA`

describe.each([
  ['the REST API', () => rest, 401],
  ['the HTTP API', () => http, 403],
] as const)('%s of another service’s stack', (_, url, badToken) => {
  test('lets a reader in and tells the backend who that is; without a token, or with a forged one, nobody', async () => {
    const token = await reader('ada')
    const answer = await send(url(), '/orders/1', bearer(token))
    expect(answer.status, answer.text).toBe(200)
    expect(answer.text).toContain('orders-reader')
    expect((await send(url(), '/orders/1')).status).toBe(401)
    expect((await send(url(), '/orders/1', bearer(forged(token)))).status).toBe(badToken)
  })

  test('the cached document answers for other routes as the manifest says', async () => {
    const token = await reader('bob')
    const ask = async (method: string, path: string) =>
      (await send(url(), path, { method, ...bearer(token) })).status
    expect(await ask('GET', '/orders')).toBe(200)
    expect(await ask('GET', '/orders/1')).toBe(200)
    expect(await ask('POST', '/orders')).toBe(403)
    expect(await ask('PUT', '/orders/1')).toBe(403)
    expect(await ask('GET', '/admin')).toBe(403)
  })

  test('leaves public routes open', async () => {
    expect((await send(url(), '/health')).status).toBe(200)
  })
})

describe('the broker', () => {
  const bot = () => issuers.sign('github', botClaims)
  const botClaims = {
    repository_id: '7123',
    repository_owner_id: '9919',
    environment: 'production',
    sub: 'repo:acme/orders:environment:production',
  }
  let tokenFile: string
  beforeAll(async () => {
    tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, await bot(), { mode: 0o600 })
  })
  const way = (variables: Readonly<Record<string, string>>) => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...rest } = stack.environment
    return { ...rest, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, ...variables }
  }
  const container = () =>
    way({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${broker}/credentials/orders-exporter`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    })
  const webIdentity = () =>
    way({
      AWS_ENDPOINT_URL_STS: broker,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ROLE_ARN: 'arn:postern:iam:::role/orders-exporter',
    })

  test('gives credentials to the AWS CLI by web identity, and knows their key afterwards', async () => {
    const said = await run(aws, ['sts', 'get-caller-identity'], { cwd: folder, env: webIdentity() })
    expect(said, said.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(said.stdout).Arn).toMatch(/:assumed-role\/orders-exporter\/github-repo-acme-orders-/)
  })

  test('gives them to boto3 as in a container', async () => {
    const script = 'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])'
    const python = join(venvFolder, 'bin/python')
    const said = await run(python, ['-W', 'ignore', '-c', script], { cwd: folder, env: container() })
    expect(said, said.stderr).toMatchObject({ code: 0 })
  })

  test('says why it refuses, without a token and of a role that is not the caller’s', async () => {
    expect((await send(broker, '/roles')).json).toMatchObject({ reason: 'token_missing' })
    const refused = await send(broker, '/credentials/reports', bearer(await bot()))
    expect(refused).toMatchObject({ status: 403, json: { reason: 'role_not_granted' } })
  })
})

test('a changed manifest counts once it is deployed', async () => {
  const token = await issuers.sign('staff', { sub: 'eve', 'cognito:groups': ['auditors'] })
  expect((await send(http, '/orders', bearer(token))).status).toBe(403)
  const file = join(own, 'manifest/access.yml')
  const changed = readFileSync(file, 'utf8').replace(
    '"cognito:groups": orders }',
    '"cognito:groups": [orders, auditors] }',
  )
  writeFileSync(file, changed)
  await deployPostern(stack, own, issuers.url)
  await restoreAlias(stack, 'api')
  // Another token: what was cached of the first counts on.
  const later = await issuers.sign('staff', { sub: 'eve-2', 'cognito:groups': ['auditors'] })
  expect((await send(http, '/orders', bearer(later))).status).toBe(200)
}, 120_000)

test('osls rollback brings the deployment before back, manifest and all', async () => {
  const listed = await runOsls(stack, own, ['deploy', 'list'])
  const [before = ''] = listed.stdout.match(/\d{13}/g) ?? []
  const back = await runOsls(stack, own, ['rollback', '--timestamp', before])
  expect(back, listed.stdout + back.stdout + back.stderr).toMatchObject({ code: 0 })
  await restoreAlias(stack, 'api')
  const token = await issuers.sign('staff', { sub: 'eve-3', 'cognito:groups': ['auditors'] })
  expect((await send(http, '/orders', bearer(token))).status).toBe(403)
  expect((await send(http, '/orders', bearer(await reader('carl')))).status).toBe(200)
}, 120_000)

test('osls remove leaves nothing', async () => {
  for (const service of [orders, own]) {
    const removed = await runOsls(stack, service, ['remove'])
    expect(removed, removed.stdout + removed.stderr).toMatchObject({ code: 0 })
  }
  const left = [
    ['lambda', 'list-functions', '--query', 'Functions'],
    ['iam', 'list-roles', '--query', 'Roles[?contains(RoleName, `postern`) || contains(RoleName, `orders`)]'],
    ['dynamodb', 'list-tables', '--query', 'TableNames'],
    ['apigatewayv2', 'get-apis', '--query', 'Items'],
    ['apigateway', 'get-rest-apis', '--query', 'items'],
    ['logs', 'describe-log-groups', '--query', 'logGroups[?contains(logGroupName, `postern-dev`)]'],
    ['cloudwatch', 'describe-alarms', '--query', 'MetricAlarms'],
  ]
  for (const words of left)
    expect({ words, left: JSON.parse(await askAws(stack, ...words)) }).toEqual({ words, left: [] })
}, 120_000)
