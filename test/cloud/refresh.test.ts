import { setTimeout } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import { type Lending, startLending } from '../support/lending.ts'
import { aws, refreshing, run, startBoto, withKeys } from './clients.ts'

// Each waits until credentials have ended, so they do it side by side.
describe.concurrent('credentials that end while the client runs are replaced by itself', () => {
  test.for(refreshing)('%s, boto3', async ([, wayOf], context) => {
    const lending = await lendBriefly(context)
    const { own } = await lending.arrive()
    const { read } = startBoto(lending, await wayOf(lending))
    for (let times = 0; times < 2; times++) expect(await read(own)).toEqual({ text: own })
    await setTimeout(endsMs(lending) - Date.now())
    for (let times = 0; times < 2; times++) expect(await read(own)).toEqual({ text: own })
    expectOutlived(lending)
  })

  test.for(refreshing)('%s, the AWS CLI', async ([, wayOf], context) => {
    const lending = await lendBriefly(context)
    // A command of many requests, which outlasts what it was given at first.
    const command = await listing(lending)
    lending.s3.delayMs = 1000
    expect(await run(lending, await wayOf(lending), command)).toEqual({ code: 0, stdout: '8\n', stderr: '' })
    expect(lending.s3.requests).toHaveLength(8)
    expectOutlived(lending)
  })

  const ended = 'Credentials were refreshed, but the refreshed credentials are still expired.'

  test('but not under postern exec without --serve: the client says that they are over', async (context) => {
    // Long enough for a client to start in.
    const lending = await lendBriefly(context, 8)
    const { own } = await lending.arrive()
    const { read } = startBoto(lending, await withKeys(lending))
    expect(await read(own)).toEqual({ text: own })
    await setTimeout(endsMs(lending) - Date.now())
    expect(await read(own)).toEqual({ code: 'RuntimeError', message: ended })
    lending.s3.delayMs = 1200
    const listed = await run(lending, await withKeys(lending), await listing(lending))
    expect(listed).toEqual({ code: 255, stdout: '', stderr: expect.stringContaining(ended) })
  })
})

/** For one test alone. */
async function lendBriefly({ onTestFinished }: TestContext, lastsSeconds = 6): Promise<Lending> {
  const lending = await startLending()
  onTestFinished(() => lending.close())
  lending.broker.aws.setMode('brief', { lastsSeconds })
  return lending
}

/** Eight objects of somebody who arrives, one a request. */
async function listing(lending: Lending): Promise<readonly string[]> {
  const { team } = await lending.arrive()
  for (let at = 1; at <= 8; at++) lending.broker.aws.putObject('acme-reports', `${team}/${at}.txt`, '')
  const where = ['--bucket', 'acme-reports', '--prefix', `${team}/`]
  return [aws, 's3api', 'list-objects-v2', ...where, '--page-size', '1', '--query', 'length(Contents)']
}

/** When the last of the credentials that the broker gave are over. */
const endsMs = ({ records }: Lending) => Math.max(...records.map(({ expiresAtMs = 0 }) => expiresAtMs))

/** Every request was served, and the last came when the credentials of the first were over. */
function expectOutlived({ s3, records }: Lending): void {
  const first = records.find(({ accessKeyId }) => accessKeyId === s3.requests[0]?.accessKeyId)
  expect(s3.requests.at(-1)?.atMs).toBeGreaterThan(first?.expiresAtMs as number)
  expect(new Set(s3.requests.map(({ status }) => status))).toEqual(new Set([200]))
}
