import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Lending, others, startLending } from '../support/lending.ts'
import { all, aws, run, startBoto } from './clients.ts'

let lending: Lending
beforeAll(async () => {
  lending = await startLending()
})
beforeEach(() => lending.clear())
afterAll(() => lending.close())

const reasons = () => lending.records.map(({ reason }) => reason)
const denied = 'because no session policy allows the s3:GetObject action'

describe.each(all)('%s', (_, wayOf) => {
  test('boto3 reads what its session is for, and AWS denies it the rest; the broker is asked once', async () => {
    const { own } = await lending.arrive()
    const { read, end } = startBoto(lending, await wayOf(lending))
    expect(await read(own)).toEqual({ text: own })
    expect(await read(others)).toEqual({ code: 'AccessDenied', message: expect.stringContaining(denied) })
    expect(await end()).toBe('')
    expect(reasons()).toEqual(['granted'])
  })

  test('so does the AWS CLI', async () => {
    const { own } = await lending.arrive()
    const way = await wayOf(lending)
    const copied = await run(lending, way, [aws, 's3', 'cp', `s3://${own}`, '-'])
    expect(copied).toEqual({ code: 0, stdout: own, stderr: '' })
    expect(reasons()).toEqual(['granted'])
    const [bucket = '', ...key] = others.split('/')
    const where = ['--bucket', bucket, '--key', key.join('/'), join(lending.folder, 'others')]
    const refused = await run(lending, way, [aws, 's3api', 'get-object', ...where])
    expect(refused).toMatchObject({ code: 255, stdout: '' })
    expect(refused.stderr).toContain('An error occurred (AccessDenied) when calling the GetObject operation')
    expect(refused.stderr).toContain(denied)
  })
})
