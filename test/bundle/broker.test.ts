import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuiltFunction, bundleFunctions } from '../../bundle/build.ts'
import { createLambda } from '../../local/lambda/lambda.ts'
import { bearer, brokerAccess, tokenFor, urlEvent } from '../support/broker.ts'
import { startSts } from '../support/sts-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-broker-'))
let broker: BuiltFunction

beforeAll(async () => {
  const built = await bundleFunctions(brokerAccess, join(folder, 'out'))
  expect(built.map(({ name }) => name)).toEqual(['authorizer', 'broker'])
  broker = built[1] as BuiltFunction
})
afterAll(() => rmSync(folder, { recursive: true }))

test('what a cold start reads is small: the AWS SDK is in chunks', () => {
  const index = readFileSync(broker.file, 'utf8')
  expect(Buffer.byteLength(index)).toBeLessThan(80_000)
  expect(index).not.toContain('AssumeRoleWithSAML')
  expect(
    broker.chunks.every((path) => relative(join(folder, 'out'), path).startsWith('broker/chunks/')),
  ).toBe(true)
  expect(broker.bytes).toBeLessThan(560_000)
})

// Of CommonJS nothing can be left out: 110 KB more, and 25 ms more until the first credentials.
test('every package is bundled as ES modules', () => {
  expect(Object.keys(broker.inputs).filter((path) => /[\\/]dist-cjs[\\/]|\.cjs$/.test(path))).toEqual([])
})

test('until the first credentials it loads STS and nothing of DynamoDB, whatever table it has', async () => {
  const chunks = broker.chunks.filter((path) => /DynamoDB/.test(readFileSync(path, 'utf8')))
  expect(chunks.length).toBeGreaterThan(0)
  const file = unpacked('without-dynamodb', (path) => !chunks.includes(path))
  const { answer } = await askBundle(file, { POSTERN_STATE_TABLE: 'state' })
  expect(answer).toMatchObject({ ok: true, value: { statusCode: 200 } })
})

test("its packages are these: middy, aws-jwt-verify, and AWS's own with what they need", () => {
  const names = Object.keys(broker.inputs).flatMap(
    (path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? [],
  )
  const others = [...new Set(names)].filter((name) => !/^@(aws-sdk|smithy|aws)\//.test(name))
  expect(others.sort()).toEqual([
    '@middy/core',
    '@middy/http-router',
    '@middy/util',
    'aws-jwt-verify',
    'bowser',
  ])
})

test('it runs as Lambda would run it, and reaches for no AWS where it need not', async () => {
  const lines: string[] = []
  const lambda = createLambda({
    file: broker.file,
    environment: {},
    timeoutMs: 5000,
    onLine: (line) => lines.push(line),
  })
  const health = await lambda.invoke(urlEvent('GET', '/health'))
  expect(health).toMatchObject({ ok: true, value: { statusCode: 200 } })
  const refused = await lambda.invoke(urlEvent('GET', '/credentials/exporter'))
  expect(refused).toMatchObject({ ok: true, value: { statusCode: 401 } })
  expect(lines.map((line) => JSON.parse(line).reason)).toEqual(['token_missing'])
  await lambda.close()
})

/** The files that are uploaded, and no others, where Lambda unpacks them. */
function unpacked(name: string, wanted: (path: string) => boolean = () => true): string {
  const from = dirname(broker.file)
  const to = join(folder, name)
  for (const file of [broker.file, ...broker.chunks.filter(wanted)])
    cpSync(file, join(to, relative(from, file)))
  return join(to, 'index.mjs')
}

/** Asks a bundle for credentials, with a stand-in of STS where the SDK finds it by itself. */
async function askBundle(file: string, more: Readonly<Record<string, string>> = {}) {
  const sts = await startSts()
  const environment = {
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ACCESS_KEY_ID: 'ASIABROKER0000000000',
    AWS_SECRET_ACCESS_KEY: 'broker-secret',
    AWS_SESSION_TOKEN: 'broker-token',
    ...more,
  }
  const lambda = createLambda({ file, environment, timeoutMs: 5000 })
  // The function's clock is the real one, and tests live later.
  const token = tokenFor({ iat: undefined, nbf: undefined })
  const answer = await lambda.invoke(urlEvent('GET', '/credentials/exporter', bearer(token)))
  await lambda.close()
  await sts.close()
  return { answer, asked: sts.asked }
}

test('what is uploaded is whole: the SDK finds STS and its credentials in the environment, as on Lambda', async () => {
  const { answer, asked } = await askBundle(unpacked('task'))
  expect(answer).toMatchObject({ ok: true, value: { statusCode: 200 } })
  expect(asked).toHaveLength(1)
})
