import { describe, expect, test } from 'vitest'
import { startAws } from '../../../../local/aws/aws.ts'
import { MalformedPolicy } from '../../../../local/aws/iam/malformed.ts'
import { type PolicyKind, readPolicy } from '../../../../local/aws/iam/policy.ts'
import { broker, exporterArn, trusting } from '../stand.ts'

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::acme/*' }
const policy = (change: object) => ({ Version: '2012-10-17', Statement: [{ ...statement, ...change }] })
const trust = (change: object) => policy({ Action: 'sts:AssumeRole', Resource: undefined, ...change })

test('one statement need not stand in a list', () => {
  expect(readPolicy('identity', { Statement: statement })).toHaveLength(1)
})

describe('a policy that AWS would not take is refused whole', () => {
  test.each<[name: string, kind: PolicyKind, text: unknown]>([
    ['no object', 'identity', 'Allow'],
    ['a list', 'identity', [statement]],
    ['an unknown version', 'identity', { Version: '2020-01-01', Statement: [statement] }],
    ['an unknown key', 'identity', { Statement: [statement], Extra: 1 }],
    ['no statement', 'identity', { Version: '2012-10-17' }],
    ['an empty list of statements', 'identity', { Statement: [] }],
    ['one of two statements', 'identity', { Statement: [statement, { ...statement, Effect: 'allow' }] }],
    ['an unknown key of a statement', 'identity', policy({ Actions: 's3:*' })],
    ['an effect in other case', 'identity', policy({ Effect: 'allow' })],
    ['no effect', 'identity', policy({ Effect: undefined })],
    ['no action', 'identity', policy({ Action: undefined })],
    ['an empty list of actions', 'identity', policy({ Action: [] })],
    ['an action without a service', 'identity', policy({ Action: 'GetObject' })],
    ['Action beside NotAction', 'identity', policy({ NotAction: 's3:*' })],
    ['no resource', 'identity', policy({ Resource: undefined })],
    ['an empty list of resources', 'identity', policy({ Resource: [] })],
    ['a resource that is no ARN', 'identity', policy({ Resource: 'acme/*' })],
    ['a resource that is a number', 'identity', policy({ Resource: 1 })],
    ['an unclosed variable', 'identity', policy({ Resource: 'arn:aws:s3:::acme/${aws:userid/*' })],
    ['an unknown operator', 'identity', policy({ Condition: { StringMatches: { 'aws:userid': 'x' } } })],
    ['a condition without values', 'identity', policy({ Condition: { StringEquals: { 'aws:userid': [] } } })],
    ['a condition that is a list', 'identity', policy({ Condition: [] })],
    ['a condition of an object', 'identity', policy({ Condition: { StringEquals: { 'aws:userid': {} } } })],
    [
      'two statements of one name',
      'identity',
      {
        Statement: [
          { ...statement, Sid: 'A' },
          { ...statement, Sid: 'A' },
        ],
      },
    ],
    ['a principal', 'identity', policy({ Principal: '*' })],
    ['trust without a principal', 'trust', trust({})],
    ['trust with a resource', 'trust', policy({ Action: 'sts:AssumeRole', Principal: '*' })],
    ['trust by NotPrincipal', 'trust', trust({ NotPrincipal: { AWS: '*' } })],
    [
      'trust in a role with a wildcard',
      'trust',
      trust({ Principal: { AWS: 'arn:aws:iam::123456789012:role/*' } }),
    ],
    ['trust in an unknown kind', 'trust', trust({ Principal: { Google: 'x' } })],
    ['trust in a short account', 'trust', trust({ Principal: { AWS: '12345' } })],
  ])('%s', (_, kind, text) => {
    expect(() => readPolicy(kind, text)).toThrow(MalformedPolicy)
  })
})

test('a role with such a policy does not start, and is named', async () => {
  const roles = [{ arn: exporterArn, trustPolicy: trusting(), policies: [policy({ Action: 'GetObject' })] }]
  await expect(startAws({ port: 0, roles, principals: [broker] })).rejects.toThrow(
    `the identity policy of ${exporterArn} is malformed`,
  )
})
