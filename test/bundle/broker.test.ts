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
  expect(broker.bytes).toBeLessThan(800_000)
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
function unpacked(): string {
  const from = dirname(broker.file)
  const to = join(folder, 'task')
  for (const file of [broker.file, ...broker.chunks]) cpSync(file, join(to, relative(from, file)))
  return join(to, 'index.mjs')
}

test('what is uploaded is whole: the SDK finds STS and its credentials in the environment, as on Lambda', async () => {
  const sts = await startSts()
  const environment = {
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ACCESS_KEY_ID: 'ASIABROKER0000000000',
    AWS_SECRET_ACCESS_KEY: 'broker-secret',
    AWS_SESSION_TOKEN: 'broker-token',
  }
  const lambda = createLambda({ file: unpacked(), environment, timeoutMs: 5000 })
  // The function's clock is the real one, and tests live later.
  const token = tokenFor({ iat: undefined, nbf: undefined })
  const answer = await lambda.invoke(urlEvent('GET', '/credentials/exporter', bearer(token)))
  expect(answer).toMatchObject({ ok: true, value: { statusCode: 200 } })
  expect(sts.asked).toHaveLength(1)
  await lambda.close()
  await sts.close()
})
