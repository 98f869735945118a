import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type AssumeRoleCommandInput, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import {
  account,
  allow,
  assume,
  broker,
  command,
  exporterArn,
  operator,
  outcome,
  policyOf,
  s3Client,
  startStand,
  stsClient,
  trusting,
} from './stand.ts'

const second = `arn:aws:iam::${account}:role/second`
const strict = `arn:aws:iam::${account}:role/strict`
const long = `arn:aws:iam::${account}:role/long`
let aws: LocalAws

beforeAll(async () => {
  const all = { AWS: '*' }
  const tagged = policyOf({
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::acme-orders/$\{aws:PrincipalTag/repo}/*`,
  })
  aws = await startStand({
    roles: [
      {
        arn: exporterArn,
        trustPolicy: trusting(all),
        policies: [allow('*')],
        tags: { TEAM: 'role', heart: '1' },
      },
      { arn: second, trustPolicy: trusting(all), policies: [tagged] },
      {
        arn: strict,
        trustPolicy: policyOf({ Effect: 'Allow', Principal: all, Action: 'sts:AssumeRole' }),
        policies: [],
      },
      { arn: long, trustPolicy: trusting(all), policies: [], maxSessionDurationSeconds: 43_200 },
    ],
  })
})
afterAll(() => aws.close())

const tags = {
  Tags: [
    { Key: 'repo', Value: '7123' },
    { Key: 'team', Value: 'orders' },
  ],
  TransitiveTagKeys: ['repo'],
}
const chain = async (first: Partial<AssumeRoleCommandInput>, next: Partial<AssumeRoleCommandInput>) =>
  stsClient(aws, await assume(aws, first)).send(command({ RoleArn: second, ...next }))

describe('what a chain hands on', () => {
  test('a transitive tag decides what the second session reads', async () => {
    const keys = await assume(aws, tags)
    const s3 = s3Client(aws, await assume(aws, { RoleArn: second }, keys))
    const get = (Key: string) => outcome(s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key })))
    expect(await get('7123/a.csv')).toBe('allowed')
    expect(await get('7124/b.csv')).toBe('AccessDenied')
  })

  test('a tag that is not transitive stays behind', async () => {
    const keys = await assume(aws, { ...tags, TransitiveTagKeys: [] })
    const s3 = s3Client(aws, await assume(aws, { RoleArn: second }, keys))
    const get = s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key: '7123/a.csv' }))
    expect(await outcome(get)).toBe('AccessDenied')
  })

  test('a transitive tag cannot be passed again, whatever its case; another tag can', async () => {
    const again = { Tags: [{ Key: 'REPO', Value: '7124' }] }
    expect(await outcome(chain(tags, again))).toBe('InvalidParameterValue')
    expect(await outcome(chain(tags, { Tags: [{ Key: 'team', Value: 'other' }] }))).toBe('allowed')
  })

  test('the source identity stays, and cannot be changed', async () => {
    expect((await chain({ SourceIdentity: 'bot-1' }, {})).SourceIdentity).toBe('bot-1')
    expect(await outcome(chain({ SourceIdentity: 'bot-1' }, { SourceIdentity: 'bot-1' }))).toBe('allowed')
    await expect(chain({ SourceIdentity: 'bot-1' }, { SourceIdentity: 'bot-2' })).rejects.toThrow(
      'The source identity is already set',
    )
  })

  test('a role that allows neither tags nor source identities takes no session that inherits one', async () => {
    expect(await outcome(chain({}, { RoleArn: strict }))).toBe('allowed')
    expect(await outcome(chain(tags, { RoleArn: strict }))).toBe('AccessDenied')
    expect(await outcome(chain({ SourceIdentity: 'bot-1' }, { RoleArn: strict }))).toBe('AccessDenied')
  })

  test('a session policy that does not allow sts:AssumeRole ends the chain, though the role is trusted', async () => {
    const Policy = JSON.stringify(allow('s3:*'))
    expect(await outcome(chain({ Policy }, {}))).toBe('AccessDenied')
    expect(await outcome(chain({ Policy: JSON.stringify(allow('sts:*')) }, {}))).toBe('allowed')
  })
})

describe('how long a session may be', () => {
  const asking = (DurationSeconds: number, keys = operator as Parameters<typeof assume>[2]) =>
    stsClient(aws, keys).send(command({ RoleArn: long, DurationSeconds }))

  test('a user gets what the role allows, a session an hour', async () => {
    expect(await outcome(asking(43_200))).toBe('allowed')
    expect(await outcome(asking(3600, broker))).toBe('allowed')
    await expect(asking(3601, broker)).rejects.toThrow(
      'exceeds the 1 hour session limit for roles assumed by role chaining',
    )
  })

  test('a role that says nothing allows an hour', async () => {
    const send = (DurationSeconds: number) => stsClient(aws, operator).send(command({ DurationSeconds }))
    expect(await outcome(send(3600))).toBe('allowed')
    await expect(send(3601)).rejects.toThrow('exceeds the MaxSessionDuration set for this role')
  })
})

test("a session's tag replaces the role's, whatever its case", async () => {
  const only = (condition: object) =>
    JSON.stringify(allow('s3:GetObject', '*', { Condition: { StringEquals: condition } }))
  const reads = async (condition: object) => {
    const s3 = s3Client(aws, await assume(aws, { ...tags, Policy: only(condition) }))
    return outcome(s3.send(new GetObjectCommand({ Bucket: 'acme-orders', Key: '7123/a.csv' })))
  }
  expect(await reads({ 'aws:PrincipalTag/team': 'orders' })).toBe('allowed')
  expect(await reads({ 'aws:PrincipalTag/team': 'role' })).toBe('AccessDenied')
  expect(await reads({ 'aws:PrincipalTag/heart': '1' })).toBe('allowed')
})

describe('GetCallerIdentity', () => {
  test('says who a session is: its ARN without the path, its id with its name', async () => {
    const keys = await assume(aws, { RoleSessionName: 'bot-7' })
    const who = await stsClient(aws, keys).send(new GetCallerIdentityCommand())
    expect(who).toMatchObject({
      Account: account,
      Arn: `arn:aws:sts::${account}:assumed-role/orders-exporter/bot-7`,
      UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:bot-7$/),
    })
  })

  test('needs no permission, and cannot be denied', async () => {
    const keys = await assume(aws, {
      Policy: JSON.stringify(policyOf({ Effect: 'Deny', Action: '*', Resource: '*' })),
    })
    expect(await outcome(stsClient(aws, keys).send(new GetCallerIdentityCommand()))).toBe('allowed')
  })
})
