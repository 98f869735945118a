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
