import { describe, expect, test } from 'vitest'
import type { AssumeRole } from '../../../shared/sts/assume-role.ts'
import type { SendAssumeRole } from '../../../shared/sts/client.ts'
import { createLeases, maxLeases } from '../../../shared/sts/leases.ts'
import { mint } from '../../../shared/sts/mint.ts'
import type { Session } from '../../../shared/sts/session.ts'
import { stsError } from '../../../shared/sts/sts-error.ts'

// What is made of what STS answers.

const session: Session = {
  roleArn: 'arn:aws:iam::123456789012:role/exporter',
  name: 'partner-bot-1',
  seconds: 3600,
  tags: [],
  policyArns: [],
}
const tag = (key: string, more: Partial<Session['tags'][number]> = {}) => ({
  key,
  value: 'v',
  optional: false,
  transitive: false,
  ...more,
})
/** STS as far as these tests look at it. */
function sts(answers: readonly (Error | 'whole')[], lastsSeconds = 3600) {
  const requests: AssumeRole[] = []
  const send: SendAssumeRole = async (request) => {
    requests.push(request)
    const answer = answers[Math.min(requests.length, answers.length) - 1]
    if (answer instanceof Error) throw answer
    return {
      Credentials: {
        AccessKeyId: `ASIA${String(requests.length).padStart(16, '0')}`,
        SecretAccessKey: 'secret',
        SessionToken: 'token',
        Expiration: new Date(lastsSeconds * 1000),
      },
      AssumedRoleUser: {
        AssumedRoleId: `AROA:${request.RoleSessionName}`,
        Arn: `arn:aws:sts::123456789012:assumed-role/exporter/${request.RoleSessionName}`,
      },
      $metadata: {},
    }
  }
  return { send, requests }
}
const fault = (name: string, httpStatusCode?: number, message = 'x') =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } })
const nowMs = () => 0
const tooLarge = fault('PackedPolicyTooLargeException', 400)

describe('a session that STS finds too large', () => {
  const tags = [tag('team'), tag('branch', { optional: true, transitive: true })]

  test('is asked for once more without its optional tags, and the lease says which', async () => {
    const { send, requests } = sts([tooLarge, 'whole'])
    const lease = await mint({ ...session, tags }, { send, nowMs })
    expect(lease.droppedTags).toEqual(['branch'])
    expect(requests.map(({ Tags }) => Tags?.map(({ Key }) => Key))).toEqual([['team', 'branch'], ['team']])
    expect(requests[1]).not.toHaveProperty('TransitiveTagKeys')
  })

  test('is refused where it still is, and where there is nothing to leave out', async () => {
    for (const [all, times] of [
      [tags, 2],
      [[tag('team')], 1],
    ] as const) {
      const { send, requests } = sts([tooLarge])
      const asked = mint({ ...session, tags: all }, { send, nowMs })
      await expect(asked).rejects.toMatchObject({ reason: 'session_too_large' })
      expect(requests).toHaveLength(times)
    }
  })

  test('drops no tag of one that STS takes, or refuses for another reason', async () => {
    const whole = sts(['whole'])
    expect((await mint({ ...session, tags }, { send: whole.send, nowMs })).droppedTags).toEqual([])
    const refusing = sts([fault('AccessDenied', 403)])
    const asked = mint({ ...session, tags }, { send: refusing.send, nowMs })
    await expect(asked).rejects.toMatchObject({ reason: 'sts_refused' })
    expect(refusing.requests).toHaveLength(1)
  })
})

describe('an answer', () => {
  type Answer = Awaited<ReturnType<SendAssumeRole>>
  const changed = (change: (answer: Answer) => Partial<Answer>): SendAssumeRole => {
    const { send } = sts(['whole'])
    return async (request, signal) => {
      const answer = await send(request, signal)
      return { ...answer, ...change(answer) }
    }
  }
  const credentials = (more: object) => (answer: Answer) =>
    ({ Credentials: { ...answer.Credentials, ...more } }) as Partial<Answer>
  const user = (more: object) => (answer: Answer) =>
    ({ AssumedRoleUser: { ...answer.AssumedRoleUser, ...more } }) as Partial<Answer>

  test.each<[string, (answer: Answer) => Partial<Answer>]>([
    ['AccessKeyId', credentials({ AccessKeyId: 'short' })],
    ['AccessKeyId', credentials({ AccessKeyId: undefined })],
    ['AccessKeyId', () => ({ Credentials: undefined })],
    ['SecretAccessKey', credentials({ SecretAccessKey: 'two words' })],
    ['SecretAccessKey', credentials({ SecretAccessKey: undefined })],
    ['SessionToken', credentials({ SessionToken: undefined })],
    ['Expiration', credentials({ Expiration: new Date(0) })],
    ['Expiration', credentials({ Expiration: new Date(Number.NaN) })],
    ['Expiration', credentials({ Expiration: '2099-01-01T00:00:00Z' })],
    ['AssumedRoleUser', user({ Arn: 'arn:aws:sts::123456789012:assumed-role/exporter/somebody-else' })],
    ['AssumedRoleUser', user({ Arn: 'somebody/partner-bot-1' })],
    ['AssumedRoleUser', () => ({ AssumedRoleUser: undefined })],
  ])('with no sound %s is none: nobody gets it', async (member, change) => {
    const asked = mint(session, { send: changed(change), nowMs })
    await expect(asked).rejects.toMatchObject({
      reason: 'sts_unavailable',
      message: `STS answered with no sound "${member}"`,
    })
  })
})

describe('an error of the SDK', () => {
  test.each([
    [
      fault('AccessDenied', 403, "User: arn:x is not authorized: 'claim' and 'other'\nno"),
      'sts_refused',
      "AccessDenied: User: arn:x is not authorized: '…' no",
    ],
    [
      fault('ValidationErrorException', 400, 'm'.repeat(300)),
      'sts_refused',
      `ValidationError: ${'m'.repeat(256)}`,
    ],
    [fault('SomethingNew', 400, 'hm'), 'sts_refused', 'SomethingNew: hm'],
    [fault('SomethingNew', 500, 'secret'), 'sts_unavailable', 'SomethingNew'],
    [fault('SomethingNew', 302, 'secret'), 'sts_unavailable', 'SomethingNew'],
    [fault('TimeoutError', undefined, 'secret'), 'sts_unavailable', 'TimeoutError'],
    [fault('Throttling', 400, 'secret'), 'sts_throttled', 'Throttling'],
    [fault('ExpiredTokenException', 400, 'secret'), 'sts_unavailable', 'ExpiredToken'],
    [fault('A name\nwith a line', 500), 'sts_unavailable', 'UnknownError'],
    [fault(`${'n'.repeat(65)}`, 500), 'sts_unavailable', 'UnknownError'],
    [
      Object.assign(fault('Error', 400), { Code: 'MalformedPolicyDocument' }),
      'sts_refused',
      'MalformedPolicyDocument: x',
    ],
    ['a text', 'sts_unavailable', 'UnknownError'],
    [null, 'sts_unavailable', 'UnknownError'],
    [{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }, 'sts_refused', 'AccessDenied: '],
  ])('%s', (error, reason, said) => {
    expect(stsError(error)).toMatchObject({ reason, message: `STS: ${said}` })
  })
})

describe('leases', () => {
  const named = (at: number): Session => ({ ...session, name: `bot-${at}` })

  test('are held while at least 20 minutes, or half of a short session, are left', async () => {
    for (const [seconds, last] of [
      [3600, 3600 - 1200],
      [900, 450],
    ] as const) {
      let now = 0
      const { send, requests } = sts(['whole'], seconds)
      const { borrow } = createLeases({ send, nowMs: () => now })
      await borrow({ ...session, seconds })
      now = last * 1000
      expect((await borrow({ ...session, seconds })).held).toBe(true)
      now += 1
      expect(requests).toHaveLength(1)
      await borrow({ ...session, seconds })
      expect(requests).toHaveLength(2)
    }
  })

  test('are no more than there is room for: the oldest goes, and is asked for again', async () => {
    const { send, requests } = sts(['whole'])
    const { borrow } = createLeases({ send, nowMs })
    for (let at = 0; at <= maxLeases; at++) await borrow(named(at))
    expect(requests).toHaveLength(maxLeases + 1)
    expect((await borrow(named(1))).held).toBe(true)
    expect((await borrow(named(maxLeases))).held).toBe(true)
    expect((await borrow(named(0))).held).toBe(false)
  })
})
