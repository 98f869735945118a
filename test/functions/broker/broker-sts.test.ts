import { describe, expect, test } from 'vitest'
import { brokerStand, askCredentials as credentials, tokenFor, useSts } from '../../support/broker.ts'
import { nowMs, nowSeconds } from '../../support/token.ts'

const sts = useSts()

describe('leases', () => {
  test('one is shared until 20 minutes are left, and the token is verified all the same', async () => {
    const stand = brokerStand()
    await stand.call(credentials('exporter'))
    stand.clock.nowMs = nowMs + 2_400_000
    const fresh = tokenFor({ exp: nowSeconds + 9000 })
    expect((await stand.call(credentials('exporter', fresh))).record.leaseHeld).toBe(1)
    expect((await stand.call(credentials('exporter'))).record.reason).toBe('token_expired')
    stand.clock.nowMs += 1
    expect((await stand.call(credentials('exporter', fresh))).record.leaseHeld).toBe(0)
    expect(sts.asked).toHaveLength(2)
  })

  test('200 cold calls at once make one call of STS for each session', async () => {
    const { broker } = brokerStand()
    const calls = Array.from({ length: 200 }, (_, at) =>
      credentials('exporter', tokenFor({ sub: `bot-${at % 4}` })),
    )
    const answers = await Promise.all(calls.map((event) => broker(event, {})))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    expect(sts.asked).toHaveLength(4)
  })

  test('other claims, other scopes and another length are other sessions', async () => {
    const stand = brokerStand()
    for (const path of ['exporter', 'exporter?scope=read', 'exporter?durationSeconds=900'])
      await stand.call(credentials(path))
    await stand.call(credentials('exporter', tokenFor({ sub: 'bot-2' })))
    expect(sts.asked).toHaveLength(4)
  })
})

test('too large with the optional tags: once more without them, saying so', async () => {
  sts.mode = 'large'
  const { statusCode, record } = await brokerStand().call(credentials('exporter'))
  expect([statusCode, record.droppedTags]).toEqual([200, 'who'])
  expect(sts.asked.map((form) => form.has('Tags.member.2.Key'))).toEqual([true, false])
})
