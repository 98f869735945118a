import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { asContainer, asWebIdentity, type Lending, startLending } from '../support/lending.ts'
import { aws, run } from './clients.ts'

let lending: Lending
beforeAll(async () => {
  lending = await startLending()
})
beforeEach(() => lending.clear())
afterAll(() => lending.close())

const command = [aws, 'sts', 'get-caller-identity']
const ask = (variables: Record<string, string>, ...more: readonly string[]) =>
  run(lending, { variables, before: [] }, [...command, ...more])

test('who has web identity credentials is told the same by the broker and by AWS', async () => {
  await lending.arrive()
  const ours = await ask(asWebIdentity(lending))
  expect(ours).toMatchObject({ code: 0, stderr: '' })
  const [{ sessionName = '' } = {}] = lending.records
  expect(JSON.parse(ours.stdout)).toEqual({
    UserId: expect.stringMatching(new RegExp(`^AROA\\w+:${sessionName}$`)),
    Account: '123456789012',
    Arn: `arn:aws:sts::123456789012:assumed-role/reports/${sessionName}`,
  })
  expect(lending.records.map(({ action }) => action)).toEqual([
    'AssumeRoleWithWebIdentity',
    'GetCallerIdentity',
  ])
  // This endpoint is the command's own: its credentials are asked for where the environment says.
  const theirs = await ask(asWebIdentity(lending), '--endpoint-url', lending.broker.aws.url)
  expect(theirs).toEqual(ours)
})

test('who has them as in a container is known by AWS, which enforces, and not by the broker', async () => {
  const { team } = await lending.arrive()
  const theirs = await ask({ ...asContainer(lending), AWS_ENDPOINT_URL_STS: lending.broker.aws.url })
  expect(JSON.parse(theirs.stdout).Arn).toContain(`:assumed-role/reports/ci-${team}-`)
  const ours = await ask({ ...asContainer(lending), AWS_ENDPOINT_URL_STS: lending.broker.url })
  expect(ours).toMatchObject({ code: 255, stdout: '' })
  expect(ours.stderr).toContain(
    'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: identity_unknown: ',
  )
})
