import { describe, expect, test } from 'vitest'
import { checkText, head, warnings, write } from './checked.ts'

const trust = 'trust: [{ issuer: idp, claims: { sub: x } }]'
const narrow = "scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/*'] }] }"
const lender = (credentials: string, name = 'r', arn = 'x') =>
  `  ${name}: { owner: o@example.com, ${trust}, credentials: { roleArn: 'arn:aws:iam::123456789012:role/${arn}', ${credentials} } }\n`
const role = (credentials: string) => `${head}roles:\n${lender(credentials)}`
const scope = (statement: string) => role(`scopes: { read: [{ ${statement} }] }`)
const codes = (manifest: string) => warnings(manifest).map((one) => one.split(' ')[0])

describe('warnings of credentials, each beside a control without', () => {
  test('a role that lends and has no routes is no slip, nor is a missing routes file', () => {
    expect(warnings(role(narrow))).toEqual([])
    expect(codes(`${head}roles: { r: { owner: o@example.com, ${trust} } }`)).toEqual([
      'routes_unproven',
      'role_without_routes',
    ])
    expect(
      codes(`${head}roles:\n${lender(narrow)}  s: { owner: o@example.com, ${trust}, routes: [GET /a] }\n`),
    ).toEqual(['routes_unproven'])
  })

  test('a session that SDKs refresh most of the time', () => {
    expect(warnings(role(`${narrow}, durationSeconds: 1799`))).toEqual(['session_short 4:240'])
    expect(warnings(role(`${narrow}, durationSeconds: 1800`))).toEqual([])
  })

  test('an AWS role lent whole', () => {
    expect(warnings(role('scopes: null'))).toEqual(['scopes_null 4:144'])
    expect(warnings(role("scopes: null, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']"))).toEqual([])
  })

  test.each([
    ["actions: ['*'], resources: ['arn:aws:s3:::acme/*']", true],
    ["actions: ['s3:*'], resources: ['arn:aws:s3:::acme/*']", true],
    ["actions: ['s3:Get*'], resources: ['arn:aws:s3:::acme/*']", false],
    ["actions: ['s3:GetObject'], resources: ['*']", true],
    ["actions: ['s3:ListBucket'], resources: ['*'], conditions: { StringLike: { 's3:prefix': x } }", false],
  ])('a scope of everything: %s (%s)', (statement, isWide) => {
    expect(codes(scope(statement))).toEqual(isWide ? ['scope_wide'] : [])
  })

  test.each([
    ["ForAllValues:StringEquals: { 'aws:TagKeys': [a] }", true],
    ["ForAllValues:StringEquals: { 'aws:TagKeys': [a] }, 'Null': { 'aws:tagkeys': 'false' }", false],
    ["ForAllValues:StringEquals: { 'aws:TagKeys': [a] }, 'Null': { 'aws:tagkeys': 'true' }", true],
    ["ForAnyValue:StringEquals: { 'aws:TagKeys': [a] }", false],
  ])('a condition that a request meets by not having the key: %s (%s)', (conditions, isMet) => {
    const statement = `actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/*'], conditions: { ${conditions} }`
    expect(codes(scope(statement))).toEqual(isMet ? ['condition_met_by_absence'] : [])
  })

  test('scopes that together are more than STS takes', () => {
    const scopes = (length: number) =>
      role(`scopes: { ${['a', 'b'].map((name) => `${name}: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::${name}/${'x'.repeat(length)}'] }]`).join(', ')} }`) // biome-ignore format: one text
    expect(codes(scopes(800))).toEqual([])
    expect(codes(scopes(1000))).toEqual(['session_policy_too_large'])
  })
})

describe('an AWS role that callers may borrow by two roles', () => {
  const both = (second: string, arn = 'x') => `${head}roles:\n${lender(narrow)}${second.replace('ARN', arn)}`

  test('by the same rule', () => {
    expect(warnings(both(lender(narrow, 's', 'x')))).toEqual(['aws_role_ambiguous 5:100'])
    expect(warnings(both(lender(narrow, 's', 'y')))).toEqual([])
    expect(checkText(both(lender(narrow, 's', 'x'))).text).toContain(
      'callers who have "s" have "r" too, which lends the same AWS role',
    )
  })

  test('by rules that differ, nobody can say', () => {
    expect(warnings(both(lender(narrow, 's', 'x').replace('sub: x', 'sub: y')))).toEqual([])
  })

  test('by a role that includes both', () => {
    const others = lender(narrow, 's', 'x').replace('sub: x', 'sub: y')
    const above = `  t: { owner: o@example.com, includes: [r, s], trust: [{ issuer: idp, claims: { sub: z } }] }\n`
    expect(warnings(both(others) + above)).toEqual(['aws_role_ambiguous 5:100'])
    expect(warnings(both(others) + above.replace('[r, s]', '[r]'))).toEqual([])
  })

  test('in an included manifest it is told where it stands, by its whole name', () => {
    write('lending.yml', `version: 1\nroles:\n${lender(narrow, 'one')}${lender(narrow, 'two')}`)
    const apps = `apps: { billing: { manifest: lending.yml, allow: { issuers: [idp], awsRoles: ['arn:aws:iam::123456789012:role/*'] } } }`
    expect(warnings(head + apps)).toEqual(['aws_role_ambiguous 4:102'])
    expect(checkText(head + apps).text).toContain('ask for arn:postern:iam:::role/billing.two')
  })
})
