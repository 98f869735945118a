import { setTimeout } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import { type Lending, startLending } from '../support/lending.ts'
import { byWebIdentity, inContainer, startBoto, type Ways } from './clients.ts'

const both: Ways = [inContainer, byWebIdentity]

// docs/clients.md says when boto3 asks for credentials again, and what a broker that refuses then means.
describe.concurrent('boto3', () => {
  test.for(both)(
    '%s, asks again at 15 minutes left, before the request that it then signs',
    async ([, way], context) => {
      const { lending, own, read, held } = await borrowed(context, way, 900)
      for (let times = 0; times < 2; times++) expect(await read(own)).toEqual({ text: own })
      const [first, second] = keys(lending)
      expect(first).not.toBe(held)
      expect(second).toBe(first)
      expect(reasons(lending)).toEqual(['granted'])
    },
  )

  test.for(both)(
    '%s, goes on with what it has where the broker refuses it then',
    async ([, way], context) => {
      const { lending, own, read, held } = await borrowed(context, way, 900)
      await lending.arrive({ scope: '' })
      expect(await read(own)).toEqual({ text: own })
      expect(keys(lending)).toEqual([held])
      expect(new Set(reasons(lending))).toEqual(new Set(['role_not_granted']))
    },
  )

  test.for(both)('%s, fails at 10 minutes left where the broker refuses it', async ([, way], context) => {
    const { lending, own, read } = await borrowed(context, way, 600)
    await lending.arrive({ scope: '' })
    expect(await read(own)).toMatchObject({ message: expect.stringContaining('role_not_granted') })
  })
})

/** A bot that has read twice, and whose credentials have come to have so many seconds left. */
async function borrowed({ onTestFinished }: TestContext, way: Ways[number][1], leftSeconds: number) {
  const lending = await startLending()
  onTestFinished(() => lending.close())
  lending.broker.aws.setMode('brief', { lastsSeconds: leftSeconds + 10 })
  const { own } = await lending.arrive()
  const { read } = startBoto(lending, await way(lending))
  for (let times = 0; times < 2; times++) expect(await read(own)).toEqual({ text: own })
  const endsMs = Math.max(...lending.records.map(({ expiresAtMs = 0 }) => expiresAtMs))
  await setTimeout(endsMs - leftSeconds * 1000 + 100 - Date.now())
  const held = keys(lending).at(-1)
  lending.clear()
  return { lending, own, read, held }
}

const keys = ({ s3 }: Lending) => s3.requests.map(({ accessKeyId }) => accessKeyId)
const reasons = ({ records }: Lending) => records.map(({ reason }) => reason)
