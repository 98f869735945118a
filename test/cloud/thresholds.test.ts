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
      const { lending, own, read } = await borrowed(context, way, 905)
      await read(own)
      expect(await read(own)).toEqual({ text: own })
      const [a, b, c, d] = lending.s3.requests.map(({ accessKeyId }) => accessKeyId)
      expect(b).toBe(a)
      expect(c).not.toBe(a)
      expect(d).toBe(c)
      expect(reasons(lending)).toEqual(['granted', 'granted'])
    },
  )

  test.for(both)(
    '%s, goes on with what it has where the broker refuses it then',
    async ([, way], context) => {
      const { lending, own, read } = await borrowed(context, way, 905)
      await lending.arrive({ scope: '' })
      expect(await read(own)).toEqual({ text: own })
      expect(new Set(lending.s3.requests.map(({ accessKeyId }) => accessKeyId)).size).toBe(1)
      expect(new Set(reasons(lending))).toEqual(new Set(['granted', 'role_not_granted']))
    },
  )

  test.for(both)('%s, fails at 10 minutes left where the broker refuses it', async ([, way], context) => {
    const { lending, own, read } = await borrowed(context, way, 605)
    await lending.arrive({ scope: '' })
    expect(await read(own)).toMatchObject({ message: expect.stringContaining('role_not_granted') })
  })
})

/** A bot that has read twice, and then has five seconds less of its credentials. */
async function borrowed({ onTestFinished }: TestContext, way: Ways[number][1], lastsSeconds: number) {
  const lending = await startLending()
  onTestFinished(() => lending.close())
  lending.broker.aws.setMode('brief', { lastsSeconds })
  const { own } = await lending.arrive()
  const { read } = startBoto(lending, await way(lending))
  for (let times = 0; times < 2; times++) expect(await read(own)).toEqual({ text: own })
  await setTimeout(5100)
  return { lending, own, read }
}

const reasons = ({ records }: Lending) => records.map(({ reason }) => reason)
