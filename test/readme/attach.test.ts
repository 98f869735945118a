import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFunctions } from '../../bundle/build.ts'
import { createGateway, type Gateway } from '../../local/gateway/gateway.ts'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { createLambda, type Lambda } from '../../local/lambda/lambda.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { blocks } from './blocks.ts'

/** The README's serverless.yml, packaged by osls as it stands and served by the local gateway. */
const root = join(import.meta.dirname, '../..')
const accessFile = join(root, 'examples/orders/access.yml')
const backend = `export const handler = async (event) => {
  const context = event.requestContext.authorizer?.lambda ?? event.requestContext.authorizer
  return { statusCode: context ? 200 : 401, body: JSON.stringify(context ?? {}) }
}`

let folder: string
let issuers: LocalIssuers
let gateway: Gateway
const lambdas: Record<string, Lambda> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-attach-'))
  const yaml = (await blocks(join(root, 'README.md'), 'yaml')).find(({ text }) =>
    text.startsWith('service: orders'),
  )
  await writeFile(join(folder, 'serverless.yml'), yaml?.text ?? '')
  await writeFile(join(folder, 'orders.mjs'), backend)
  issuers = await startIssuers({ access: compileManifest(loadManifest(accessFile)), port: 0 })
  const outDir = join(folder, 'dist/postern')
  await buildFunctions({ accessFile, outDir, localIssuers: issuers.url })
  const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
  const env = { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' }
  await promisify(execFile)(process.execPath, [osls, 'package'], { cwd: folder, env })
  const file = join(folder, '.serverless/cloudformation-template-update-stack.json')
  const common = { environment: {}, timeoutMs: 5000 }
  lambdas.PosternLambdaFunction = createLambda({ ...common, file: join(outDir, 'authorizer/index.mjs') })
  lambdas.OrdersLambdaFunction = createLambda({ ...common, file: join(folder, 'orders.mjs') })
  gateway = createGateway({
    template: JSON.parse(await readFile(file, 'utf8')),
    invoke: (id, event, timeoutMs) => (lambdas[id] as Lambda).invoke(event, timeoutMs),
  })
}, 60_000)

afterAll(async () => {
  await Promise.all(Object.values(lambdas).map((lambda) => lambda.close()))
  await issuers.close()
  await rm(folder, { recursive: true })
})

test.each(['rest', 'http'] as const)(
  'a reader gets through the %s API, and its backend knows the caller',
  async (type) => {
    const answer = await get(type, await issuers.sign('staff', { 'cognito:groups': ['orders'] }))
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ issuer: 'staff', roles: 'orders-reader' })
  },
)

test.each([
  ['rest', 401],
  ['http', 403],
] as const)('an expired token does not get through the %s API', async (type, status) => {
  expect((await get(type, await issuers.sign('staff', { exp: 1 }))).status).toBe(status)
})

test.each(['rest', 'http'] as const)(
  'a caller without a role does not get through the %s API',
  async (type) => {
    expect((await get(type, await issuers.sign('staff', { 'cognito:groups': ['sales'] }))).status).toBe(403)
  },
)

async function get(type: 'rest' | 'http', token: string): Promise<{ status: number; body: object }> {
  const api = gateway.apis.find((one) => one.type === type)
  const { status, body } = await gateway.handle({
    apiId: api?.apiId ?? '',
    stage: api?.stage ?? '',
    method: 'GET',
    path: '/orders/1',
    query: '',
    headers: [['Authorization', `Bearer ${token}`]],
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
  })
  return { status, body: JSON.parse(Buffer.from(body).toString()) }
}
