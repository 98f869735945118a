import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalAws } from '../../../local/aws/aws.ts'
import { type ApiModel, stsModel } from '../../support/api-model.ts'
import { answerProblems, errorProblems, requestProblems } from '../../support/api-wire.ts'
import { type Answer, formRequest, requestOf, type Signing, send, sign } from './signed.ts'
import { account, allow, broker, exporterArn, operator, startStand, trusting } from './stand.ts'

const model = stsModel as ApiModel
const reader = `arn:aws:iam::${account}:policy/reader`
const locked = `arn:aws:iam::${account}:role/locked`
const over = { ...operator, accessKeyId: 'ASIAOVER', sessionToken: 'over', expiresAtMs: 0 }
let aws: LocalAws
beforeAll(async () => {
  aws = await startStand({
    roles: [
      {
        arn: exporterArn,
        trustPolicy: trusting({ AWS: '*' }),
        policies: [allow('s3:GetObject')],
        maxSessionDurationSeconds: 43_200,
      },
      { arn: locked, trustPolicy: trusting({ AWS: `arn:aws:iam::${account}:user/nobody` }), policies: [] },
    ],
    principals: [broker, operator, over],
    managedPolicies: { [reader]: allow('s3:GetObject') },
    packedBudgetBytes: 400,
  })
})
afterAll(() => aws.close())

type Fields = Readonly<Record<string, string>>
/** Signs and sends a form; asserts that the model takes it, unless it is meant to be wrong. */
async function ask(fields: Fields, signing: Partial<Signing> = {}, isSound = true): Promise<Answer> {
  const request = formRequest(aws, fields)
  if (isSound) expect(requestProblems(model, new URLSearchParams(request.body))).toEqual([])
  return send(await sign(request, { credentials: operator, ...signing }))
}

const minimal = { Action: 'AssumeRole', RoleArn: exporterArn, RoleSessionName: 'bot-1' }
const whole = {
  ...minimal,
  DurationSeconds: '900',
  Policy: JSON.stringify(allow('s3:GetObject', 'arn:aws:s3:::acme-orders/<&>é')),
  'PolicyArns.member.1.arn': reader,
  'Tags.member.1.Key': 'team',
  'Tags.member.1.Value': 'Ø é',
  'Tags.member.2.Key': 'empty',
  'Tags.member.2.Value': '',
  'TransitiveTagKeys.member.1': 'team',
  SourceIdentity: 'bot-1',
  ExternalId: 'orders/1',
}

describe.skipIf(stsModel === undefined)('the stand-in of STS answers in the model’s shapes', () => {
  test.each<[string, Fields]>([
    ['as little as can be', minimal],
    ['all that there is', whole],
    [
      'the longest',
      {
        ...minimal,
        RoleSessionName: 'a'.repeat(64),
        SourceIdentity: 'b'.repeat(64),
        DurationSeconds: '43200',
      },
    ],
  ])('AssumeRole with %s', async (_, fields) => {
    const { status, text } = await ask(fields)
    expect([status, answerProblems(model, 'AssumeRole', text)]).toEqual([200, []])
    for (const name of ['Credentials', 'AssumedRoleUser']) expect(text).toContain(`<${name}>`)
    expect(text.includes('<SourceIdentity>')).toBe('SourceIdentity' in fields)
    expect(text.includes('<PackedPolicySize>')).toBe('Policy' in fields)
  })

  test.each([
    ['a user', operator],
    ['a session', broker],
  ])('GetCallerIdentity of %s', async (_, credentials) => {
    const { status, text } = await ask({ Action: 'GetCallerIdentity' }, { credentials })
    expect([status, answerProblems(model, 'GetCallerIdentity', text)]).toEqual([200, []])
    for (const name of ['UserId', 'Account', 'Arn']) expect(text).toContain(`<${name}>`)
  })

  test('GetCallerIdentity as JSON has the same members, which some clients ask for', async () => {
    const form = formRequest(aws, { Action: 'GetCallerIdentity' })
    const asJson = { ...form, headers: { ...form.headers, accept: 'application/json' } }
    const { text } = await send(await sign(asJson, { credentials: operator }))
    expect(JSON.parse(text)).toEqual({
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: { UserId: expect.any(String), Account: account, Arn: operator.arn },
        ResponseMetadata: { RequestId: expect.any(String) },
      },
    })
  })
})

describe.skipIf(stsModel === undefined)(
  'the stand-in of STS refuses in the model’s shape, with STS’s status',
  () => {
    // Digests, which nothing packs.
    const tags = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [
        [`Tags.member.${index + 1}.Key`, `key-${index}`],
        [`Tags.member.${index + 1}.Value`, hash('sha256', String(index))],
      ]).flat(),
    )
    test.each<[code: string, fields: Fields, signing?: Partial<Signing>]>([
      ['AccessDenied', { ...minimal, RoleArn: locked }],
      ['AccessDenied', { ...minimal, RoleArn: `${locked}-not-there` }],
      ['PackedPolicyTooLarge', { ...minimal, ...tags }],
      ['MalformedPolicyDocument', { ...minimal, Policy: '{"Statement":<&>}' }],
      ['InvalidParameterValue', { ...minimal, 'TransitiveTagKeys.member.1': 'team' }],
      ['ValidationError', { ...minimal, RoleArn: 'arn:aws:iam::123456789012:user/not-a-role' }],
      ['ValidationError', { ...minimal, DurationSeconds: '3601' }, { credentials: broker }],
      ['ExpiredToken', minimal, { credentials: over }],
      ['InvalidClientTokenId', minimal, { credentials: { ...operator, accessKeyId: 'AKIANOBODY' } }],
      ['SignatureDoesNotMatch', minimal, { credentials: { ...operator, secretAccessKey: 'wrong' } }],
      ['SignatureDoesNotMatch', minimal, { atMs: Date.now() - 901_000 }],
      ['SignatureDoesNotMatch', minimal, { unsigned: ['x-amz-date'] }],
    ])('%s (%#)', async (code, fields, signing) => {
      const answer = await ask(fields, signing)
      expect([answer.code, errorProblems(model, 'AssumeRole', answer.status, answer.text)]).toEqual([
        code,
        [],
      ])
    })

    test.each<[code: string, fields: Fields]>([
      ['ValidationError', { ...minimal, RoleSessionName: 'a/<&>"b' }],
      ['ValidationError', { ...minimal, Policy: 'Ā' }],
      ['MalformedInput', { ...minimal, DurationSeconds: 'an hour' }],
      ['InvalidAction', { Action: 'AssumeRoles<&>' }],
      ['InvalidAction', { ...minimal, Version: '2012-06-15' }],
    ])('%s to what the model does not take either (%#)', async (code, fields) => {
      const answer = await ask(fields, {}, false)
      expect(requestProblems(model, new URLSearchParams({ Version: '2011-06-15', ...fields }))).not.toEqual(
        [],
      )
      expect([answer.code, errorProblems(model, 'AssumeRole', answer.status, answer.text)]).toEqual([
        code,
        [],
      ])
    })

    test('what is no signed form at all', async () => {
      const problems = ({ status, text }: Answer) => errorProblems(model, 'AssumeRole', status, text)
      const unsigned = await send(formRequest(aws, minimal))
      expect([unsigned.code, problems(unsigned)]).toEqual(['MissingAuthenticationToken', []])
      const empty = await send(await sign(requestOf(aws, 'POST', '/'), { credentials: operator }))
      expect([empty.code, problems(empty)]).toEqual(['MissingAction', []])
      const form = formRequest(aws, minimal)
      const malformed = await send({
        ...form,
        headers: { ...form.headers, authorization: 'AWS4-HMAC-SHA256 x' },
      })
      expect([malformed.code, problems(malformed)]).toEqual(['IncompleteSignature', []])
    })

    test.each([
      ['throttle', 'Throttling'],
      ['error', 'InternalFailure'],
      ['unavailable', 'ServiceUnavailable'],
      ['expired', 'ExpiredToken'],
    ] as const)('in mode %s', async (mode, code) => {
      aws.setMode(mode, { times: 1 })
      const answer = await ask(minimal)
      expect([answer.code, errorProblems(model, 'AssumeRole', answer.status, answer.text)]).toEqual([
        code,
        [],
      ])
    })
  },
)

test.skipIf(stsModel === undefined)(
  'the answers of modes that are to be wrong are wrong by the model too',
  async () => {
    aws.setMode('partial', { times: 1 })
    expect(answerProblems(model, 'AssumeRole', (await ask(minimal)).text)).toEqual([
      'AssumeRoleResponse.Credentials.SessionToken is missing',
      'AssumeRoleResponse.Credentials.Expiration is missing',
    ])
    aws.setMode('garbage', { times: 1 })
    expect(answerProblems(model, 'AssumeRole', (await ask(minimal)).text)).toEqual([
      expect.stringContaining('no XML'),
    ])
  },
)
