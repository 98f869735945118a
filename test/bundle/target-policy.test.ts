import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { upperBound } from '../../bundle/target-policy.ts'
import { evaluate } from '../../local/aws/iam/evaluate.ts'
import { conditionKeys } from '../../local/aws/iam/keys.ts'
import { readPolicy } from '../../local/aws/iam/policy.ts'
import type { RoleCredentials } from '../../shared/access/access.ts'
import { sessionOf } from '../../shared/sts/session.ts'
import { accessOf, claimsOf } from '../support/access.ts'

const roleArn = 'arn:aws:iam::123456789012:role/exporter'
const lent = (...credentials: readonly object[]): readonly RoleCredentials[] => {
  const roles = credentials.map((one, at) => [`role-${at}`, { credentials: { roleArn, ...one } }])
  const idp = { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] }
  const access = accessOf({ version: 1, issuers: { idp }, roles: Object.fromEntries(roles) })
  return access.roles.flatMap((role) => role.credentials ?? [])
}
const get = (resource: string, conditions?: object) => ({
  scopes: { a: [{ actions: ['s3:GetObject'], resources: [resource], ...(conditions && { conditions }) }] },
})
const resourceOf = (...credentials: readonly object[]) =>
  upperBound(lent(...credentials)).statements.map(({ Resource }) => Resource)

describe('resources', () => {
  const own = 'arn:aws:s3:::acme/{claims.sub}/*'
  test.each<[string, object, string]>([
    [
      'a tag that is the claim',
      { tags: { who: '{claims.sub}' } },
      `arn:aws:s3:::acme/\${aws:PrincipalTag/who}/*`,
    ],
    ['no tag', {}, 'arn:aws:s3:::acme/*/*'],
    ['a tag of another claim', { tags: { who: '{claims.mail}' } }, 'arn:aws:s3:::acme/*/*'],
    ['a tag with more than the claim', { tags: { who: 'bot:{claims.sub}' } }, 'arn:aws:s3:::acme/*/*'],
    ['a tag that may be dropped', { tags: { who: { value: '{claims.sub}', optional: true } } }, 'arn:aws:s3:::acme/*/*'], // biome-ignore format: a row
    ['a tag whose key IAM might not find', { tags: { 'the bot': '{claims.sub}' } }, 'arn:aws:s3:::acme/*/*'],
  ])('%s', (_, more, resource) => {
    expect(resourceOf({ ...get(own), ...more })).toEqual([[resource]])
  })
  test('before the fifth colon IAM replaces no variables', () => {
    const queue = {
      ...get('arn:aws:sqs:eu-west-1:{claims.acct}:{claims.acct}'),
      tags: { acct: '{claims.acct}' },
    }
    expect(resourceOf(queue)).toEqual([[`arn:aws:sqs:eu-west-1:*:\${aws:PrincipalTag/acct}`]])
    expect(upperBound(lent(queue)).open).toEqual(['acct'])
  })
  test("IAM's own variables stay, and the tag of one role is not put into another's", () => {
    const team = get(`arn:aws:s3:::acme/$\${aws:PrincipalTag/team}/{claims.sub}`)
    const tagged = { ...get(own), tags: { who: '{claims.sub}' } }
    expect(resourceOf(team, tagged)).toEqual([
      [`arn:aws:s3:::acme/\${aws:PrincipalTag/team}/*`, `arn:aws:s3:::acme/\${aws:PrincipalTag/who}/*`],
    ])
  })
  test('what CloudFormation could not hand on to IAM is a star too', () => {
    expect(resourceOf(get('arn:aws:s3:::acme/日本/x'))).toEqual([['arn:aws:s3:::acme/*/x']])
  })
})

test('a managed policy narrows, and scopes: null says nothing: neither allows', () => {
  const policyArns = ['arn:aws:iam::aws:policy/AdministratorAccess']
  expect(upperBound(lent({ scopes: null, policyArns })).statements).toEqual([])
  expect(resourceOf({ ...get('arn:aws:s3:::acme/x'), policyArns }, { scopes: null })).toEqual([
    ['arn:aws:s3:::acme/x'],
  ])
})

describe('conditions', () => {
  const conditionOf = (conditions: object, more: object = {}) => {
    const { statements, dropped } = upperBound(lent({ ...get('arn:aws:s3:::acme', conditions), ...more }))
    return [statements[0]?.Condition, ...dropped]
  }
  test.each<[object, object | undefined, ...string[]]>([
    [{ StringLike: { 's3:prefix': '{claims.sub}/*' } }, { StringLike: { 's3:prefix': ['*/*'] } }],
    [
      { StringEquals: { 's3:prefix': ['{claims.sub}/', 'a*b?'] } },
      { StringLike: { 's3:prefix': ['*/', `a\${*}b\${?}`] } },
    ],
    [{ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': '{claims.sub}' } }, { 'ForAnyValue:StringLikeIfExists': { 'aws:TagKeys': ['*'] } }], // biome-ignore format: a row
    [{ StringEqualsIgnoreCase: { 's3:prefix': 'a/{claims.sub}' } }, { StringLike: { 's3:prefix': ['*'] } }],
    [{ ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:*:*:{claims.sub}' } }, { ArnEquals: { 'aws:SourceArn': ['arn:aws:sns:*:*:*'] } }], // biome-ignore format: a row
    [
      { StringNotEquals: { 's3:prefix': ['{claims.sub}', 'b'] } },
      { StringNotEquals: { 's3:prefix': ['b'] } },
    ],
    [{ StringNotLike: { 's3:prefix': '{claims.sub}' } }, undefined, 'StringNotLike s3:prefix'],
    [{ NumericLessThan: { 's3:max-keys': '{claims.most}' } }, undefined, 'NumericLessThan s3:max-keys'],
    [{ IpAddress: { 'aws:SourceIp': '{claims.ip}' } }, undefined, 'IpAddress aws:SourceIp'],
    [{ Bool: { 'aws:SecureTransport': '{claims.tls}' } }, undefined, 'Bool aws:SecureTransport'],
    [{ Null: { 's3:prefix': '{claims.no}' } }, undefined, 'Null s3:prefix'],
    // Two tests of one key cannot both be StringLike.
    [
      { StringEquals: { 'S3:prefix': '{claims.sub}' }, StringLike: { 's3:prefix': 'a*' } },
      { StringLike: { 's3:prefix': ['a*'] } },
      'StringEquals S3:prefix',
    ],
    [{ StringEquals: { 's3:prefix': 'a*' } }, { StringEquals: { 's3:prefix': ['a*'] } }],
  ])('%j', (given, condition, ...dropped) => {
    expect(conditionOf(given)).toEqual([condition, ...dropped])
  })
  test('a tag that is the claim leaves the operator as it is, where it takes text', () => {
    const tags = { who: '{claims.sub}' }
    const variable = `\${aws:PrincipalTag/who}`
    expect(conditionOf({ StringEquals: { 's3:prefix': '{claims.sub}' } }, { tags })).toEqual([
      { StringEquals: { 's3:prefix': [variable] } },
    ])
    expect(conditionOf({ NumericEquals: { 's3:max-keys': '{claims.sub}' } }, { tags })).toEqual([
      undefined,
      'NumericEquals s3:max-keys',
    ])
  })
})

test('whatever a session policy allows, the AWS role allows its session', () => {
  const word = fc.constantFrom('a', 'A', 'b', '7', 'a.b')
  const value = fc.constantFrom(
    '{claims.x}',
    '{claims.x}/a',
    'a/{path(claims.y)}',
    'a',
    'a*',
    '?',
    'b/{path(claims.y)}/*',
  )
  const operator = fc.constantFrom(
    ...['StringEquals', 'StringLike', 'StringEqualsIgnoreCase', 'StringNotEquals', 'StringNotLike'].flatMap(
      (base) =>
        ['', 'ForAllValues:', 'ForAnyValue:'].flatMap((set) => [`${set}${base}`, `${set}${base}IfExists`]),
    ),
  )
  const conditions = fc.dictionary(operator, fc.dictionary(fc.constantFrom('s3:prefix', 's3:delimiter'), fc.uniqueArray(value, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 2 }), { maxKeys: 3 }) // biome-ignore format: an arbitrary
  const resource = fc.constantFrom('arn:aws:s3:::m/{claims.x}/*', 'arn:aws:s3:::m/{path(claims.y)}', 'arn:aws:s3:{claims.x}::m/a', 'arn:aws:s3:::m/*') // biome-ignore format: an arbitrary
  const tags = fc.constantFrom(
    undefined,
    { x: '{claims.x}' },
    { y: '{path(claims.y)}', x: '{text(claims.x)}' },
  )
  const values = fc.option(fc.constantFrom('a', 'A', 'b', '7', 'a/a', '7/a', 'a*', 'b/a/c', '*'), {
    nil: undefined,
  })
  let allowed = 0
  fc.assert(
    fc.property(
      conditions,
      resource,
      tags,
      word,
      fc.array(word, { minLength: 1, maxLength: 2 }),
      values,
      values,
      fc.constantFrom('a/a', '7/k', 'a', 'b/b'),
      (conditions, resource, tags, x, ys, prefix, delimiter, key) => {
        // biome-ignore format: a property
        const credentials = lent({
        ...(tags && { tags }),
        scopes: { s: [{ actions: ['s3:GetObject'], resources: [resource], ...(Object.keys(conditions).length > 0 && { conditions }) }] }, // biome-ignore format: a scope
      })
        const claims = claimsOf({ sub: 'bot', x, y: ys.join('/'), exp: 4000 })
        const session = sessionOf(credentials[0] as RoleCredentials, { issuer: 'idp', claims, scopes: undefined, nowSeconds: 0 } as never) // biome-ignore format: a call
        const request = {
          action: 's3:GetObject',
          resource: `arn:aws:s3:::m/${key}`,
          keys: conditionKeys(
            { 's3:prefix': prefix, 's3:delimiter': delimiter },
            Object.fromEntries(session.tags.map((tag) => [`aws:PrincipalTag/${tag.key}`, tag.value])),
          ),
        }
        if (evaluate([readPolicy('identity', JSON.parse(session.policy as string))], request) !== 'allow')
          return
        allowed++
        const role = { Version: '2012-10-17', Statement: upperBound(credentials).statements }
        expect(evaluate([readPolicy('identity', role)], request)).toBe('allow')
      },
    ),
    { numRuns: 600 },
  )
  expect(allowed).toBeGreaterThan(20)
})
