import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { account, allow, command, operator, outcome, startStand, stsClient } from './stand.ts'

const reader = `arn:aws:iam::${account}:policy/reader`
let aws: LocalAws
beforeAll(async () => {
  aws = await startStand({ managedPolicies: { [reader]: allow('s3:GetObject') }, packedBudgetBytes: 100_000 })
})
afterAll(() => aws.close())

const attempt = (input: Partial<AssumeRoleCommandInput>) => stsClient(aws, operator).send(command(input))

/** A policy of so many characters. */
function policyOfLength(length: number): string {
  const empty = JSON.stringify(allow('s3:GetObject', 'arn:aws:s3:::'))
  return JSON.stringify(allow('s3:GetObject', `arn:aws:s3:::${'x'.repeat(length - empty.length)}`))
}

const tags = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }))
const tag = (Key: string, Value: string) => ({ Tags: [{ Key, Value }] })

describe('at a bound, and past it', () => {
  test.each<
    [name: string, good: Partial<AssumeRoleCommandInput>, bad: Partial<AssumeRoleCommandInput>, code?: string]
  >([
    ['session name, short', { RoleSessionName: 'ab' }, { RoleSessionName: 'a' }],
    ['session name, long', { RoleSessionName: 'a'.repeat(64) }, { RoleSessionName: 'a'.repeat(65) }],
    ['session name, characters', { RoleSessionName: 'a_+=,.@-' }, { RoleSessionName: 'a/b' }],
    ['session name, ASCII alone', { RoleSessionName: 'ae' }, { RoleSessionName: 'aé' }],
    ['session name, one line', { RoleSessionName: 'ab' }, { RoleSessionName: 'ab\n' }],
    ['duration, short', { DurationSeconds: 900 }, { DurationSeconds: 899 }],
    ['duration, of the role', { DurationSeconds: 3600 }, { DurationSeconds: 3601 }],
    ['duration, of STS', { DurationSeconds: 3600 }, { DurationSeconds: 43_201 }],
    ['policy, long', { Policy: policyOfLength(2048) }, { Policy: policyOfLength(2049) }],
    [
      'policy, characters',
      { Policy: JSON.stringify(allow('*', 'arn:aws:s3:::ÿ')) },
      { Policy: JSON.stringify(allow('*', 'arn:aws:s3:::Ā')) },
    ],
    ['policy, JSON', { Policy: JSON.stringify(allow('*')) }, { Policy: '{' }, 'MalformedPolicyDocument'],
    [
      'policy, IAM',
      { Policy: JSON.stringify(allow('*')) },
      { Policy: '{"Statement":[]}' },
      'MalformedPolicyDocument',
    ],
    [
      'policy, a principal',
      { Policy: JSON.stringify(allow('*')) },
      { Policy: JSON.stringify(allow('*', '*', { Principal: '*' })) },
      'MalformedPolicyDocument',
    ],
    [
      'managed policies, ten',
      { PolicyArns: Array(10).fill({ arn: reader }) },
      { PolicyArns: Array(11).fill({ arn: reader }) },
    ],
    ['managed policies, known', { PolicyArns: [{ arn: reader }] }, { PolicyArns: [{ arn: `${reader}2` }] }],
    ['tags, fifty', { Tags: tags(50) }, { Tags: tags(51) }],
    ['tag key, long', tag('k'.repeat(128), ''), tag('k'.repeat(129), '')],
    ['tag key, empty', tag('k', ''), tag('', '')],
    ['tag value, long', tag('k', 'v'.repeat(256)), tag('k', 'v'.repeat(257))],
    ['tag value, characters', tag('k', 'é _.:/=+-@1'), tag('k', 'a;b')],
    ['tag key, ours', tag('law', 'v'), tag('aWs:x', 'v')],
    [
      'tag keys that differ',
      { Tags: [...tags(1), { Key: 'k1', Value: '' }] },
      { Tags: [...tags(1), { Key: 'K0', Value: '' }] },
      'InvalidParameterValue',
    ],
    [
      'transitive keys, passed',
      { Tags: tags(1), TransitiveTagKeys: ['K0'] },
      { Tags: tags(1), TransitiveTagKeys: ['k1'] },
      'InvalidParameterValue',
    ],
    ['source identity, short', { SourceIdentity: 'ab' }, { SourceIdentity: 'a' }],
    ['source identity, long', { SourceIdentity: 'a'.repeat(64) }, { SourceIdentity: 'a'.repeat(65) }],
    ['source identity, characters', { SourceIdentity: 'a@b' }, { SourceIdentity: 'a:b' }],
    ['external id, short', { ExternalId: 'ab' }, { ExternalId: 'a' }],
    ['external id, long', { ExternalId: 'a'.repeat(1224) }, { ExternalId: 'a'.repeat(1225) }],
    ['external id, characters', { ExternalId: 'a:/b' }, { ExternalId: 'a b' }],
    ['MFA is not built', {}, { SerialNumber: 'arn:aws:iam::1:mfa/x', TokenCode: '123456' }],
  ])('%s', async (_, good, bad, code = 'ValidationError') => {
    expect(await outcome(attempt(good))).toBe('allowed')
    expect(await outcome(attempt(bad))).toBe(code)
  })
})

test.each([
  'arn:aws:iam::123456789012:user/someone',
  'not-an-arn-of-any-kind',
  'arn:aws:iam::12345678901:role/short',
])('a role ARN that is none is no AccessDenied: %s', async (RoleArn) => {
  expect(await outcome(attempt({ RoleArn }))).toBe('ValidationError')
})

test('everything that is wrong is said at once', async () => {
  await expect(attempt({ RoleSessionName: 'a', DurationSeconds: 1 })).rejects.toThrow(
    /^2 validation errors detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2; Value '1' at 'durationSeconds'/,
  )
})

describe('the packed size', () => {
  test('is a percentage that grows with what is passed, and none where nothing is', async () => {
    const stand = await startStand({ packedBudgetBytes: 400 })
    const send = (input: Partial<AssumeRoleCommandInput>) => stsClient(stand, operator).send(command(input))
    expect((await send({})).PackedPolicySize).toBeUndefined()
    const one = (await send({ Tags: tags(1) })).PackedPolicySize ?? 0
    const five = (await send({ Tags: tags(5) })).PackedPolicySize ?? 0
    expect(one).toBeGreaterThan(0)
    expect(five).toBeGreaterThan(one)
    expect(five).toBeLessThanOrEqual(100)
    await stand.close()
  })

  test('is refused over 100 % and taken at it', async () => {
    const sized = { Tags: [{ Key: 'abcdefghij', Value: 'klmnopqrs' }] }
    const size = async (packedBudgetBytes: number) => {
      const stand = await startStand({ packedBudgetBytes })
      const sending = stsClient(stand, operator).send(command(sized))
      const percent = outcome(sending).then(async (code) =>
        code === 'allowed' ? (await sending).PackedPolicySize : code,
      )
      return percent.finally(() => stand.close())
    }
    // Of a hundred bytes, the percentage is their number.
    const bytes = Number(await size(100))
    expect(await size(bytes)).toBe(100)
    expect(await size(bytes - 1)).toBe('PackedPolicyTooLarge')
  })
})
