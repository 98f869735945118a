import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createSts, mintTimeoutMs } from '../../../shared/sts/client.ts'
import { maxAttempts, mint } from '../../../shared/sts/mint.ts'
import { type StsServer, startSts } from '../../support/sts-server.ts'

// The real SDK, as the broker sets it up, against an STS that fails over HTTP.

const session = {
  roleArn: 'arn:aws:iam::123456789012:role/exporter',
  name: 'partner-bot-1',
  seconds: 900,
  tags: [],
  policyArns: [],
}
let sts: StsServer

beforeAll(async () => {
  sts = await startSts()
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'ASIABROKER0000000000',
    AWS_SECRET_ACCESS_KEY: 'broker-secret',
    AWS_ENDPOINT_URL_STS: sts.url,
  })
})
beforeEach(() => {
  sts.asked.length = 0
})
afterAll(() => sts.close())

const ask = () => mint(session, { send: createSts(), nowMs: () => 1_800_000_000_000 })

test('the SDK asks once for each time that it is asked: what is asked again is counted in one place', async () => {
  sts.mode = 'throttled'
  await expect(ask()).rejects.toMatchObject({ reason: 'sts_throttled' })
  expect(sts.asked).toHaveLength(maxAttempts)
})

test('one answer that does not come is given up in time for another', async () => {
  sts.mode = 'hanging'
  const asked = ask()
  await expect.poll(() => sts.asked.length).toBe(1)
  sts.mode = 'up'
  await expect(asked).resolves.toMatchObject({ accountId: '123456789012' })
  expect(sts.asked).toHaveLength(2)
})

test('of an STS that never answers it is said that it does not', async () => {
  sts.mode = 'hanging'
  const began = performance.now()
  await expect(ask()).rejects.toMatchObject({ reason: 'sts_unavailable' })
  expect(performance.now() - began).toBeLessThan(mintTimeoutMs + 500)
  const never = mint(session, { send: () => new Promise(() => {}), nowMs: () => 0 })
  await expect(never).rejects.toMatchObject({
    reason: 'sts_unavailable',
    message: 'STS did not answer within 2500 ms',
  })
})
