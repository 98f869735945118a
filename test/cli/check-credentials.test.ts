import { describe, expect, test } from 'vitest'
import { brokerStatements } from '../../bundle/iam-statements.ts'
import { accessOf } from '../support/access.ts'
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

describe("the broker's own statements, which name every AWS role that is lent", () => {
  /** That many AWS roles, of which the last has so long a name that the policy has exactly `length` characters. */
  const lending = (roles: number, length: number): string => {
    const text = (pad: number) =>
      `${head}roles:\n${Array.from({ length: roles }, (_, at) => lender(narrow, `r${at}`, `x${at}${at === 0 ? 'y'.repeat(pad) : ''}`)).join('')}`
    const shortest = policyLength(text(0))
    const manifest = text(length - shortest)
    expect(policyLength(manifest)).toBe(length)
    return manifest
  }
  const policyLength = (manifest: string): number =>
    JSON.stringify({ Version: '2012-10-17', Statement: brokerStatements(accessOf(manifest)) }).length
  test('what a managed policy takes', () => {
    expect(warnings(lending(140, 6144))).toEqual([])
    expect(warnings(lending(140, 6145))).toEqual(['broker_policy_too_large 3:1'])
    expect(checkText(lending(140, 6145)).text).toMatch(
      /have 6145 characters: IAM takes 6144 in a managed policy\n {2}mend: put them into an inline policy of the broker's AWS role, where IAM takes 10240, or into two managed ones\n/,
    )
  })

  test('what all inline policies of a role take', () => {
    expect(checkText(lending(235, 10_240)).text).toContain('IAM takes 6144 in a managed policy')
    expect(checkText(lending(235, 10_241)).text).toMatch(
      /have 10241 characters: IAM takes 10240 in all inline policies of a role\n {2}mend: split iam-statements\.json into managed policies of up to 6144, or build a broker for each app \(--app\)/,
    )
  })

  test('in an included manifest it is told there', () => {
    const [, roles = ''] = lending(140, 6145).split('roles:\n')
    write('many.yml', `version: 1\nroles:\n${roles}`)
    const apps = `apps: { billing: { manifest: many.yml, allow: { issuers: [idp], awsRoles: ['arn:aws:iam::123456789012:role/*'] } } }`
    expect(checkText(head + apps).text).toMatch(/many\.yml:2:1: warning: the broker's own IAM statements/)
  })
})
