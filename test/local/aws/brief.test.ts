import { GetObjectCommand } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { assume, outcome, s3Client, startStand } from './stand.ts'

test.each([
  ['a brief session', {}, 4],
  ['one of as many seconds as the mode was set to', { lastsSeconds: 900 }, 900],
])('%s is good until then, whatever was asked for, and over after', async (_, options, seconds) => {
  let nowMs = Date.now()
  const aws = await startStand({ nowMs: () => nowMs })
  aws.setMode('brief', options)
  const s3 = s3Client(aws, await assume(aws, { DurationSeconds: 3600 }))
  const read = () => outcome(s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key: '7123/a.csv' })))
  // STS counts in whole seconds.
  const endMs = Math.floor(nowMs / 1000) * 1000 + seconds * 1000
  nowMs = endMs - 1
  expect(await read()).toBe('allowed')
  nowMs = endMs
  expect(await read()).toBe('ExpiredToken')
  expect(aws.requests).toEqual([expect.objectContaining({ mode: 'brief', answered: true, code: undefined })])
  await aws.close()
})

test('a brief session is asked for as any other: what is not allowed is refused', async () => {
  const aws = await startStand()
  aws.setMode('brief')
  expect(await outcome(assume(aws, { DurationSeconds: 43_200 }))).toBe('ValidationError')
  await aws.close()
})
