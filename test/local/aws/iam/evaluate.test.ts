// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM writes its variables so
import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../../local/aws/iam/evaluate.ts'
import { conditionKeys } from '../../../../local/aws/iam/keys.ts'
import { readPolicy } from '../../../../local/aws/iam/policy.ts'

const keys = {
  'aws:PrincipalTag/team': 'orders',
  'aws:SourceIdentity': 'bot-1',
  'aws:userid': 'AROAX:bot-1',
  'aws:TagKeys': ['a', 'b'],
}
const request = {
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::acme/orders/a:b.csv',
  keys: conditionKeys(keys),
}
const get = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::acme/*' }

function verdict(statements: readonly object[], version?: string): string {
  const text = { ...(version === undefined ? {} : { Version: version }), Statement: statements }
  return evaluate([readPolicy('identity', text)], request)
}

describe('which statements speak of GetObject on acme/orders/a:b.csv', () => {
  test.each<[name: string, statements: object[], expected: string]>([
    ['action and resource', [get], 'allow'],
    ['an action in other case', [{ ...get, Action: 'S3:getobject' }], 'allow'],
    ['an action with a star', [{ ...get, Action: 's3:Get*' }], 'allow'],
    ['another action', [{ ...get, Action: 's3:PutObject' }], 'implicit_deny'],
    ['an action that only begins alike', [{ ...get, Action: 's3:GetObjectTagging' }], 'implicit_deny'],
    ['NotAction of another', [{ ...get, Action: undefined, NotAction: 's3:PutObject' }], 'allow'],
    ['NotAction of this', [{ ...get, Action: undefined, NotAction: 's3:Get*' }], 'implicit_deny'],
    ['the bucket, not its objects', [{ ...get, Resource: 'arn:aws:s3:::acme' }], 'implicit_deny'],
    ['a longer name of a bucket', [{ ...get, Resource: 'arn:aws:s3:::acm/*' }], 'implicit_deny'],
    ['a star over slashes and colons', [{ ...get, Resource: 'arn:aws:s3:::acme/o*csv' }], 'allow'],
    ['? for one character', [{ ...get, Resource: 'arn:aws:s3:::acme/orders/a?b.csv' }], 'allow'],
    ['? for two', [{ ...get, Resource: 'arn:aws:s3:::acme/orders/a?.csv' }], 'implicit_deny'],
    ['a resource in other case', [{ ...get, Resource: 'arn:aws:s3:::ACME/*' }], 'implicit_deny'],
    ['a star that would have to cross parts', [{ ...get, Resource: 'arn:*:::::' }], 'implicit_deny'],
    ['everything', [{ ...get, Resource: '*' }], 'allow'],
    ['NotResource of another', [{ ...get, Resource: undefined, NotResource: 'arn:aws:s3:::b/*' }], 'allow'],
    [
      'NotResource of this',
      [{ ...get, Resource: undefined, NotResource: 'arn:aws:s3:::acme/*' }],
      'implicit_deny',
    ],
    ['a deny after an allow', [get, { ...get, Effect: 'Deny' }], 'explicit_deny'],
    ['a deny before an allow', [{ ...get, Effect: 'Deny' }, get], 'explicit_deny'],
    [
      'a deny of another object',
      [get, { ...get, Effect: 'Deny', Resource: 'arn:aws:s3:::acme/x/*' }],
      'allow',
    ],
    [
      'two conditions of which one holds',
      [{ ...get, Condition: { StringEquals: { 'aws:SourceIdentity': 'bot-1', 'aws:userid': 'x' } } }],
      'implicit_deny',
    ],
    [
      'two operators that hold',
      [
        {
          ...get,
          Condition: {
            StringEquals: { 'aws:SourceIdentity': 'bot-1' },
            StringLike: { 'aws:userid': '*:bot-1' },
          },
        },
      ],
      'allow',
    ],
  ])('%s: %s', (_, statements, expected) => {
    expect(verdict(statements, '2012-10-17')).toBe(expected)
  })
})

describe('policy variables in resources', () => {
  const withResource = (Resource: string, effect = 'Allow') => [{ ...get, Effect: effect, Resource }]
  test.each([
    ["the session's tag", 'arn:aws:s3:::acme/${aws:PrincipalTag/team}/*', 'allow'],
    ['the key in other case', 'arn:aws:s3:::acme/${AWS:principaltag/TEAM}/*', 'allow'],
    ['a part of a segment', 'arn:aws:s3:::acme/or${aws:PrincipalTag/team}/*', 'implicit_deny'],
    ['a tag that the session does not have', 'arn:aws:s3:::acme/${aws:PrincipalTag/none}*', 'implicit_deny'],
    ['a default for one that is missing', "arn:aws:s3:::acme/${aws:PrincipalTag/none, 'orders'}/*", 'allow'],
    ['a default for one that is there', "arn:aws:s3:::acme/${aws:PrincipalTag/team, 'x'}/*", 'allow'],
    ['a key of several values', 'arn:aws:s3:::acme/${aws:TagKeys}*', 'implicit_deny'],
    ['before the fifth colon', 'arn:aws:${aws:PrincipalTag/team}:::acme/*', 'implicit_deny'],
    ['${*} is a star and no wildcard', 'arn:aws:s3:::acme/${*}', 'implicit_deny'],
    ['${?} is a question mark', 'arn:aws:s3:::acme/orders/a${?}b.csv', 'implicit_deny'],
  ])('%s', (_, resource, expected) => {
    expect(verdict(withResource(resource), '2012-10-17')).toBe(expected)
  })

  test('without a version, or in the old one, they are text', () => {
    const statements = withResource('arn:aws:s3:::acme/${aws:PrincipalTag/team}/*')
    expect(verdict(statements)).toBe('implicit_deny')
    expect(verdict(statements, '2008-10-17')).toBe('implicit_deny')
  })

  test('a NotResource whose variable has no value never allows, and always denies', () => {
    const statement = { ...get, Resource: undefined, NotResource: 'arn:aws:s3:::${aws:PrincipalTag/none}/*' }
    expect(verdict([statement], '2012-10-17')).toBe('implicit_deny')
    expect(verdict([get, { ...statement, Effect: 'Deny' }], '2012-10-17')).toBe('explicit_deny')
  })
})
