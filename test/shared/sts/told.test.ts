import { describe, expect, test } from 'vitest'
import type { RoleCredentials, TemplateClaim } from '../../../shared/access/access.ts'
import type { Json } from '../../../shared/json.ts'
import { assumeRoleOf } from '../../../shared/sts/assume-role.ts'
import { type Session, sessionOf } from '../../../shared/sts/session.ts'
import { sessionPolicy } from '../../../shared/sts/session-policy.ts'
import { claimsOf } from '../../support/access.ts'

// What STS is told of a session, member by member.

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
const thrown = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
const claim = (as: TemplateClaim['as']): TemplateClaim => ({ claim: { name: 'x', path: ['x'] }, as })

describe('the request', () => {
  test('of a session with nothing but a name', () => {
    expect(assumeRoleOf(session)).toStrictEqual({
      RoleArn: 'arn:aws:iam::123456789012:role/exporter',
      RoleSessionName: 'partner-bot-1',
      SourceIdentity: 'partner-bot-1',
      DurationSeconds: 3600,
    })
  })

  test('of a session with all there is', () => {
    const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']
    const tags = [tag('team'), tag('tenant', { transitive: true })]
    const request = assumeRoleOf({ ...session, policy: '{}', policyArns, tags, externalId: 'x-1' })
    expect(request).toStrictEqual({
      ...assumeRoleOf(session),
      Policy: '{}',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
      Tags: [
        { Key: 'team', Value: 'v' },
        { Key: 'tenant', Value: 'v' },
      ],
      TransitiveTagKeys: ['tenant'],
      ExternalId: 'x-1',
    })
  })
})

describe('the policy', () => {
  const statement = (more: object = {}) => ({
    actions: ['s3:GetObject'],
    resources: [['arn:aws:s3:::a/*']],
    ...more,
  })

  test('has conditions with claims in them, and none where there are none', () => {
    const conditions = { StringLike: { 's3:prefix': [[claim('segment'), '/*']] } }
    const text = sessionPolicy([[statement()], [statement({ conditions })]], claimsOf({ x: 'w1' }))
    expect(JSON.parse(text).Statement).toStrictEqual([
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: ['arn:aws:s3:::a/*'],
        Condition: { StringLike: { 's3:prefix': ['w1/*'] } },
      },
    ])
  })

  test('is escaped to what STS takes, and means the same', () => {
    const text = sessionPolicy(
      [[statement({ resources: [['arn:aws:s3:::a/Łódź/\u{1F600}']] })]],
      claimsOf({}),
    )
    expect(text).toContain(String.raw`\u0141ód\u017a/\ud83d\ude00`)
    expect(JSON.parse(text).Statement[0].Resource).toEqual(['arn:aws:s3:::a/Łódź/\u{1F600}'])
  })

  test('has 2048 characters, and no more', () => {
    const ofLength = (length: number) => [[statement({ resources: [['a'.repeat(length)]] })]]
    const around = sessionPolicy(ofLength(0), claimsOf({})).length
    expect(sessionPolicy(ofLength(2048 - around), claimsOf({}))).toHaveLength(2048)
    expect(thrown(() => sessionPolicy(ofLength(2049 - around), claimsOf({})))).toMatchObject({
      reason: 'session_too_large',
      message: 'the session policy has 2049 characters, and STS takes 2048',
    })
  })
})

describe('a tag', () => {
  const lent: RoleCredentials = {
    roleArn: session.roleArn,
    via: 'assume-role',
    durationSeconds: 3600,
    maxDurationSeconds: 3600,
    endsWithToken: false,
    tags: [{ key: 'team', value: [claim('text')], optional: true, transitive: false }],
    policyArns: [],
    scopes: null,
  }
  const tagsOf = (x: Json, scopes?: readonly string[]) =>
    sessionOf(lent, {
      role: 'lender',
      issuer: 'partner',
      claims: claimsOf({ x, sub: 'bot' }),
      scopes,
      asked: undefined,
      nowSeconds: 0,
      tokenEnds: 600,
      trustEnds: undefined,
    }).tags[0]?.value

  test('has 256 characters, and no more; nor does a claim of more than 1024 go anywhere', () => {
    expect(tagsOf('x'.repeat(256))).toHaveLength(256)
    for (const length of [257, 1024])
      expect(thrown(() => tagsOf('x'.repeat(length)))).toMatchObject({
        reason: 'session_too_large',
        message: `the tag "team" would have ${length} characters, and STS takes 256`,
      })
    expect(thrown(() => tagsOf('x'.repeat(1025)))).toMatchObject({ reason: 'claim_unsafe' })
  })

  test.each([['a*b'], [{ a: 'b' }], [['a']], [true], [null], [1.5], ['']])('takes no %j', (x) => {
    expect(thrown(() => tagsOf(x))).toMatchObject({ reason: 'claim_unsafe' })
  })

  test('takes a number that is safe', () => {
    expect(tagsOf(7)).toBe('7')
  })

  test('of a role that is lent whole: there is no scope to ask for, and it says so', () => {
    expect(thrown(() => tagsOf('x', ['read']))).toMatchObject({
      reason: 'scope_unknown',
      message: 'the role has no such scope; it has none: it lends its AWS role whole',
    })
  })
})

test.each([['a/../b'], ['a//b'], ['/a'], ['a/'], ['a/*'], [['a']], [undefined]])(
  'a path is no path where one of its words is none: %j',
  (x) => {
    const statement = { actions: ['s3:GetObject'], resources: [['arn:aws:s3:::a/', claim('path'), '/*']] }
    const act = () => sessionPolicy([[statement]], claimsOf(x === undefined ? {} : { x }))
    expect(thrown(act)).toMatchObject({ reason: 'claim_unsafe' })
  },
)
