import { expect, test } from 'vitest'
import type { SendAssumeRole } from '../../../shared/sts/client.ts'
import { maxAttempts, mint } from '../../../shared/sts/mint.ts'
import type { Session } from '../../../shared/sts/session.ts'

const session: Session = {
  roleArn: 'arn:aws:iam::123456789012:role/exporter',
  name: 'partner-bot-1',
  seconds: 900,
  tags: [],
  policyArns: [],
}
const nowMs = () => 0
const fault = (Code: string, httpStatusCode: number) =>
  Object.assign(new Error('x'), { Code, $metadata: { httpStatusCode } })

/** Answers in this order; the last of them again and again. */
function inOrder(...answers: readonly (Error | 'hangs')[]) {
  let calls = 0
  const send: SendAssumeRole = () => {
    const answer = answers[Math.min(calls++, answers.length - 1)]
    return answer === 'hangs' ? new Promise(() => {}) : Promise.reject(answer)
  }
  return { send, calls: () => calls }
}

test('what STS turned away is told, though it does not answer afterwards', async () => {
  const { send } = inOrder(fault('Throttling', 400), 'hangs')
  await expect(mint(session, { send, nowMs })).rejects.toMatchObject({ reason: 'sts_throttled' })
})

test.each([
  ['Throttling', 400, maxAttempts, 'sts_throttled'],
  ['InternalFailure', 500, maxAttempts, 'sts_unavailable'],
  ['AccessDenied', 403, 1, 'sts_refused'],
  ['ValidationError', 400, 1, 'sts_refused'],
])('%s (%i) is asked %i times and is %s', async (code, status, times, reason) => {
  const { send, calls } = inOrder(fault(code, status))
  await expect(mint(session, { send, nowMs })).rejects.toMatchObject({ reason })
  expect(calls()).toBe(times)
})

test('an answer that is not whole is asked for again, as what it cannot be used for', async () => {
  const whole = {
    Credentials: {
      AccessKeyId: 'ASIA0000000000000001',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: new Date(900_000),
    },
    AssumedRoleUser: {
      AssumedRoleId: 'AROA:partner-bot-1',
      Arn: 'arn:aws:sts::123456789012:assumed-role/exporter/partner-bot-1',
    },
    $metadata: {},
  }
  const { SessionToken: _, ...partial } = whole.Credentials
  const answers = [{ ...whole, Credentials: partial as typeof whole.Credentials }, whole]
  const { accessKeyId } = await mint(session, { send: async () => answers.shift() ?? whole, nowMs })
  expect([accessKeyId, answers.length]).toEqual(['ASIA0000000000000001', 0])
  const send = async () => ({ ...whole, Credentials: partial as typeof whole.Credentials })
  await expect(mint(session, { send, nowMs })).rejects.toMatchObject({
    reason: 'sts_unavailable',
    message: 'STS answered with no sound "SessionToken"',
  })
})
