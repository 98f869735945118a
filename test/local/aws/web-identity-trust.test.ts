import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Mode } from '../../../local/aws/sts/modes.ts'
import { account, brokerArn, outcome, policyOf } from './stand.ts'
import {
  federated,
  host,
  providerArn,
  refusal,
  startWebIdentity,
  type TokenOptions,
  tagged,
  unsigned,
  type WebIdentityStand,
} from './web-identity-stand.ts'

const source = { 'https://aws.amazon.com/source_identity': 'github-orders' }
const allowing = (actions: string | string[], principal: unknown = { Federated: providerArn }) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: actions,
})
const only = allowing('sts:AssumeRoleWithWebIdentity')
const equals = (key: string, value: unknown) => federated({ StringLike: { [key]: value } })
const all = (key: string, value: unknown) => federated({ 'ForAllValues:StringEquals': { [key]: value } })
const team = tagged({ team: ['orders'] }, ['team'])

type Case = [
  name: string,
  trust: object,
  claims: TokenOptions['claims'],
  expected: 'allowed' | 'AccessDenied',
]

describe('a trust policy decides', () => {
  test.each<Case>([
    ['one that pins the subject', federated(), {}, 'allowed'],
    ['of another role', federated({}, 'orders-importer'), {}, 'AccessDenied'],
    ['of several', federated({}, ['orders-importer', 'orders-exporter']), {}, 'allowed'],
    ['another audience', equals(`${host}:aud`, 'other'), {}, 'AccessDenied'],
    ['amr, which no token has', equals(`${host}:amr`, '*'), {}, 'AccessDenied'],
    ['no tag without TagSession', policyOf(only), team, 'AccessDenied'],
    ['tags with it', policyOf(only, allowing('sts:TagSession')), team, 'allowed'],
    ['no source identity without SetSourceIdentity', policyOf(only), source, 'AccessDenied'],
    ['a source identity with it', policyOf(only, allowing('sts:SetSourceIdentity')), source, 'allowed'],
    ['TagSession alone', policyOf(allowing('sts:TagSession')), team, 'AccessDenied'],
    ['sts:AssumeRole is another action', policyOf(allowing('sts:AssumeRole')), {}, 'AccessDenied'],
    ['the name of the session', equals('sts:RoleSessionName', 'bot-*'), {}, 'allowed'],
    ['another name', equals('sts:RoleSessionName', 'cat-*'), {}, 'AccessDenied'],
    ['its length', federated({ NumericLessThanEquals: { 'sts:DurationSeconds': 3600 } }), {}, 'allowed'],
    ['a shorter one', federated({ NumericLessThan: { 'sts:DurationSeconds': 3600 } }), {}, 'AccessDenied'],
    ['a tag', equals('aws:RequestTag/team', 'orders'), team, 'allowed'],
    ['another value of it', equals('aws:RequestTag/team', 'billing'), team, 'AccessDenied'],
    ['keys of tags', all('aws:TagKeys', ['team', 'more']), team, 'allowed'],
    ['others', all('aws:TagKeys', ['more']), team, 'AccessDenied'],
    ['transitive keys', all('sts:TransitiveTagKeys', ['team']), team, 'allowed'],
    ['none of them', federated({ Null: { 'sts:TransitiveTagKeys': 'true' } }), team, 'AccessDenied'],
    ['the source identity', equals('sts:SourceIdentity', 'github-*'), source, 'allowed'],
    ['another', equals('sts:SourceIdentity', 'staff-*'), source, 'AccessDenied'],
    ['one where there is none', equals('sts:SourceIdentity', 'github-*'), {}, 'AccessDenied'],
    ['another provider', policyOf(allowing('sts:*', { Federated: `${providerArn}2` })), {}, 'AccessDenied'],
    [
      'an AWS principal alone',
      policyOf(allowing('sts:*', { AWS: [brokerArn, account] })),
      {},
      'AccessDenied',
    ],
    ['a Deny of it', policyOf(only, { ...only, Effect: 'Deny' }), {}, 'AccessDenied'],
    ['a Deny to everyone', policyOf(only, { ...only, Effect: 'Deny', Principal: '*' }), {}, 'AccessDenied'],
  ])('%s', async (_, trust, claims = {}, expected) => {
    const stand = await startWebIdentity(trust as Record<string, unknown>)
    const found = await refusal(stand.assume({}, { claims }))
    await stand.close()
    const denied = [403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity']
    expect(found).toEqual(expected === 'allowed' ? 'allowed' : denied)
  })
})

describe('in the modes of STS', () => {
  let stand: WebIdentityStand
  beforeAll(async () => {
    stand = await startWebIdentity()
  })
  beforeEach(() => stand.aws.setMode('up'))
  afterAll(() => stand.close())

  test('a role that is not there is refused in the same words', async () => {
    const RoleArn = `arn:aws:iam::${account}:role/none`
    const denied = [403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity']
    expect(await refusal(stand.assume({ RoleArn }))).toEqual(denied)
    const elsewhere = 'arn:aws:iam::999999999999:role/orders-exporter'
    expect(await refusal(stand.assume({ RoleArn: elsewhere }))).toEqual([
      400,
      'InvalidIdentityToken',
      expect.stringContaining('No OpenIDConnect provider found in your account'),
    ])
  })

  test.each<[mode: Mode, status: number, code: string]>([
    ['throttle', 400, 'Throttling'],
    ['error', 500, 'InternalFailure'],
    ['unavailable', 503, 'ServiceUnavailable'],
  ])('%s', async (mode, status, code) => {
    stand.aws.setMode(mode)
    expect((await refusal(stand.assume())).slice(0, 2)).toEqual([status, code])
    expect(stand.aws.requests.at(-1)).toMatchObject({ action: 'AssumeRoleWithWebIdentity', mode, code })
    expect(JSON.stringify(stand.aws.requests.at(-1))).not.toContain('eyJ')
  })

  test('hang and down: nothing, and what was asked is remembered without its token', async () => {
    const { AssumeRoleWithWebIdentityCommand } = await import('@aws-sdk/client-sts')
    const requestHandler = { requestTimeout: 200, throwOnRequestTimeout: true }
    for (const mode of ['hang', 'down'] as const) {
      stand.aws.setMode(mode)
      const command = new AssumeRoleWithWebIdentityCommand({
        RoleArn: `arn:aws:iam::${account}:role/orders-exporter`,
        RoleSessionName: 'bot-1',
        WebIdentityToken: await stand.token(),
      })
      expect(await outcome(unsigned(stand.aws, { requestHandler }).send(command))).toBe('TimeoutError')
      expect(stand.aws.requests.at(-1)).toMatchObject({ mode, answered: false })
    }
    expect(JSON.stringify(stand.aws.requests)).not.toContain('eyJ')
  })

  test('partial: credentials without a token and an end', async () => {
    stand.aws.setMode('partial')
    const { Credentials, AssumedRoleUser } = await stand.assume()
    expect([Object.keys(Credentials ?? {}), AssumedRoleUser]).toEqual([
      ['AccessKeyId', 'SecretAccessKey'],
      undefined,
    ])
  })

  test('brief: over in seconds, whatever was asked for', async () => {
    stand.aws.setMode('brief', { lastsSeconds: 4 })
    const { Credentials } = await stand.assume({ DurationSeconds: 43_200 })
    expect((Credentials?.Expiration?.getTime() ?? 0) - Date.now()).toBeLessThan(5000)
  })
})
