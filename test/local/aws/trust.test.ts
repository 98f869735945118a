import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import {
  account,
  allow,
  broker,
  brokerArn,
  command,
  exporterArn,
  outcome,
  policyOf,
  startStand,
  stsClient,
  trusting,
} from './stand.ts'

type Case = {
  /** The trust policy of the role that is to be assumed. */
  readonly trust: object
  /** The caller's own policies; none by default. */
  readonly own?: readonly object[]
  readonly role?: string
  readonly input?: Partial<AssumeRoleCommandInput>
}

/** What comes of it when the broker assumes a role of its account with this trust policy. */
async function assuming({ trust, own = [], role = exporterArn, input = {} }: Case): Promise<string> {
  const aws = await startStand({
    roles: [
      { arn: brokerArn, trustPolicy: trusting({ Service: 'lambda.amazonaws.com' }), policies: [] },
      { arn: role, trustPolicy: trust as Record<string, unknown>, policies: [] },
    ],
    principals: [{ ...broker, policies: own as Record<string, unknown>[] }],
  })
  const result = await outcome(stsClient(aws).send(command({ RoleArn: role, ...input })))
  await aws.close()
  return result
}

const may = allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
const foreign = 'arn:aws:iam::999999999999:role/orders-exporter'

describe('whom a trust policy names', () => {
  test.each<[name: string, given: Case, expected: string]>([
    ["the caller's role suffices in one account", { trust: trusting() }, 'allowed'],
    [
      'the role without its path, which names the same',
      { trust: trusting({ AWS: `arn:aws:iam::${account}:role/postern-broker` }) },
      'allowed',
    ],
    ["the caller's session", { trust: trusting({ AWS: broker.arn }) }, 'allowed'],
    ['another session of the role', { trust: trusting({ AWS: `${broker.arn}2` }) }, 'AccessDenied'],
    ['another role', { trust: trusting({ AWS: `${brokerArn}2` }), own: [may] }, 'AccessDenied'],
    [
      'the role of that name elsewhere',
      { trust: trusting({ AWS: brokerArn.replace(account, '999999999999') }), own: [may] },
      'AccessDenied',
    ],
    ['one of several', { trust: trusting({ AWS: [`${brokerArn}2`, brokerArn] }) }, 'allowed'],
    ['everyone', { trust: trusting('*') }, 'allowed'],
    ['every AWS principal', { trust: trusting({ AWS: '*' }) }, 'allowed'],
    ['a service alone', { trust: trusting({ Service: 'lambda.amazonaws.com' }), own: [may] }, 'AccessDenied'],
    [
      "the account leaves it to the caller's policies, which do not allow",
      { trust: trusting({ AWS: account }) },
      'AccessDenied',
    ],
    [
      'the account and the policies of the caller',
      { trust: trusting({ AWS: account }), own: [may] },
      'allowed',
    ],
    [
      'the root of the account, likewise',
      { trust: trusting({ AWS: `arn:aws:iam::${account}:root` }), own: [may] },
      'allowed',
    ],
    ['another account', { trust: trusting({ AWS: '999999999999' }), own: [may] }, 'AccessDenied'],
    [
      "no trust, whatever the caller's policies",
      { trust: trusting({ AWS: `${brokerArn}2` }), own: [allow('*')] },
      'AccessDenied',
    ],
    [
      "a deny in the caller's policies",
      { trust: trusting(), own: [policyOf({ Effect: 'Deny', Action: 'sts:*', Resource: exporterArn })] },
      'AccessDenied',
    ],
    [
      "a deny in the caller's policies of another role",
      {
        trust: trusting(),
        own: [policyOf({ Effect: 'Deny', Action: 'sts:*', Resource: `${exporterArn}2` })],
      },
      'allowed',
    ],
    [
      'a deny in the trust policy',
      {
        trust: {
          ...trusting(),
          Statement: [
            ...(trusting().Statement as object[]),
            { Effect: 'Deny', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
          ],
        },
        own: [may],
      },
      'AccessDenied',
    ],
    ['across accounts, trust alone', { trust: trusting(), role: foreign }, 'AccessDenied'],
    ['across accounts, both', { trust: trusting(), role: foreign, own: [may] }, 'allowed'],
    [
      "across accounts, both, by the caller's account",
      { trust: trusting({ AWS: account }), role: foreign, own: [may] },
      'allowed',
    ],
  ])('%s: %s', async (_, given, expected) => {
    expect(await assuming(given)).toBe(expected)
  })
})

describe('each thing that is passed needs its action', () => {
  const only = (...actions: string[]) =>
    policyOf({ Effect: 'Allow', Principal: { AWS: brokerArn }, Action: actions })
  const tagged = { Tags: [{ Key: 'team', Value: 'orders' }] }
  const named = { SourceIdentity: 'bot-1' }
  test.each<[name: string, given: Case, expected: string]>([
    ['nothing passed', { trust: only('sts:AssumeRole') }, 'allowed'],
    [
      'tags without sts:TagSession',
      { trust: only('sts:AssumeRole', 'sts:SetSourceIdentity'), input: tagged },
      'AccessDenied',
    ],
    ['tags with it', { trust: only('sts:AssumeRole', 'sts:TagSession'), input: tagged }, 'allowed'],
    [
      'a source identity without sts:SetSourceIdentity',
      { trust: only('sts:AssumeRole', 'sts:TagSession'), input: named },
      'AccessDenied',
    ],
    [
      'a source identity with it',
      { trust: only('sts:AssumeRole', 'sts:SetSourceIdentity'), input: named },
      'allowed',
    ],
    ['all but sts:AssumeRole', { trust: only('sts:TagSession', 'sts:SetSourceIdentity') }, 'AccessDenied'],
    ['web identity alone', { trust: only('sts:AssumeRoleWithWebIdentity') }, 'AccessDenied'],
    [
      'across accounts the caller needs it too',
      { trust: trusting(), role: foreign, own: [allow('sts:AssumeRole')], input: tagged },
      'AccessDenied',
    ],
  ])('%s: %s', async (_, given, expected) => {
    expect(await assuming(given)).toBe(expected)
  })
})

describe('conditions of a trust policy', () => {
  const when = (Condition: object) => trusting({ AWS: brokerArn }, { Condition })
  const tags = {
    Tags: [
      { Key: 'team', Value: 'orders' },
      { Key: 'repo', Value: '7123' },
    ],
  }
  const onlyKeys = when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'repo'] } })
  const onlyTransitive = when({ 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': ['team'] } })
  test.each<[name: string, trust: object, input: Partial<AssumeRoleCommandInput>, expected: string]>([
    [
      'the external id',
      when({ StringEquals: { 'sts:ExternalId': 'x-1' } }),
      { ExternalId: 'x-1' },
      'allowed',
    ],
    [
      'another external id',
      when({ StringEquals: { 'sts:ExternalId': 'x-1' } }),
      { ExternalId: 'x-2' },
      'AccessDenied',
    ],
    ['no external id', when({ StringEquals: { 'sts:ExternalId': 'x-1' } }), {}, 'AccessDenied'],
    [
      'the session name',
      when({ StringLike: { 'sts:RoleSessionName': 'bot-*' } }),
      { RoleSessionName: 'bot-1' },
      'allowed',
    ],
    [
      'another session name',
      when({ StringLike: { 'sts:RoleSessionName': 'bot-*' } }),
      { RoleSessionName: 'man-1' },
      'AccessDenied',
    ],
    [
      'the source identity',
      when({ StringEquals: { 'sts:SourceIdentity': 'bot-1' } }),
      { SourceIdentity: 'bot-1' },
      'allowed',
    ],
    ['no source identity', when({ Null: { 'sts:SourceIdentity': 'false' } }), {}, 'AccessDenied'],
    ['a tag of that value', when({ StringEquals: { 'aws:RequestTag/team': 'orders' } }), tags, 'allowed'],
    [
      'a tag of another value',
      when({ StringEquals: { 'aws:RequestTag/team': 'billing' } }),
      tags,
      'AccessDenied',
    ],
    ['a tag that is not passed', when({ StringLike: { 'aws:RequestTag/owner': '*' } }), tags, 'AccessDenied'],
    ['no keys but these', onlyKeys, tags, 'allowed'],
    [
      'no keys but these, and another',
      onlyKeys,
      { Tags: [...tags.Tags, { Key: 'admin', Value: '1' }] },
      'AccessDenied',
    ],
    ['transitive keys at most', onlyTransitive, { ...tags, TransitiveTagKeys: ['team'] }, 'allowed'],
    ['transitive keys beyond', onlyTransitive, { ...tags, TransitiveTagKeys: ['repo'] }, 'AccessDenied'],
    [
      "the caller's role, by ARN",
      when({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/postern/*' } }),
      {},
      'allowed',
    ],
    [
      "the caller's account",
      when({ StringEquals: { 'aws:PrincipalAccount': '999999999999' } }),
      {},
      'AccessDenied',
    ],
    // AssumeRole does not have it (IAM User Guide, condition keys of STS): it is for bearer tokens alone.
    [
      'sts:DurationSeconds',
      when({ NumericLessThanEquals: { 'sts:DurationSeconds': '3600' } }),
      { DurationSeconds: 900 },
      'AccessDenied',
    ],
  ])('%s: %4$s', async (_, trust, input, expected) => {
    expect(await assuming({ trust, input })).toBe(expected)
  })
})

test('a role that does not exist and one that is not lent look the same', async () => {
  const aws = await startStand()
  const denied = (RoleArn: string) =>
    stsClient(aws)
      .send(command({ RoleArn }))
      .catch((error) => [
        error.Code ?? error.name,
        error.message.replaceAll(RoleArn, 'ROLE'),
        error.$metadata.httpStatusCode,
      ])
  const [lent, none] = [brokerArn, `${exporterArn}-none`]
  expect(await denied(lent)).toEqual(await denied(none))
  expect(await denied(none)).toEqual([
    'AccessDenied',
    `User: ${broker.arn} is not authorized to perform: sts:AssumeRole on resource: ROLE`,
    403,
  ])
  await aws.close()
})
