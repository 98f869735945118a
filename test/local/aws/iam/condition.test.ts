// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM writes its variables so
import { describe, expect, test } from 'vitest'
import { conditionHolds } from '../../../../local/aws/iam/condition.ts'
import { conditionKeys } from '../../../../local/aws/iam/keys.ts'
import { operatorNamed } from '../../../../local/aws/iam/operators.ts'
import { readConditions } from '../../../../local/aws/iam/read.ts'
import { conditionOperator } from '../../../../shared/manifest/iam-condition.ts'

const keys = conditionKeys({
  'aws:PrincipalTag/team': 'orders',
  'aws:SourceIp': '203.0.113.9',
  'aws:CurrentTime': '2026-11-26T03:00:00Z',
  'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/a/b',
  'x:count': '10',
  'x:flag': 'true',
  'x:bytes': 'aGk=',
  'x:v6': '2001:db8::1',
  'x:star': 'a*c',
  'x:empty': '',
  'aws:TagKeys': ['team', 'repo'],
})

function holds(operator: string, key: string, value: unknown): boolean | undefined {
  const [condition] = readConditions({ [operator]: { [key]: value } }, true)
  return condition && conditionHolds(condition, keys)
}

const unsure = undefined

describe('every operator, with a value that fits and one that does not', () => {
  test.each<[operator: string, key: string, value: unknown, expected: boolean | undefined]>([
    ['StringEquals', 'aws:PrincipalTag/team', 'orders', true],
    ['StringEquals', 'AWS:PrincipalTag/TEAM', 'orders', true],
    ['StringEquals', 'aws:PrincipalTag/team', 'Orders', false],
    ['StringEquals', 'aws:PrincipalTag/team', ['x', 'orders'], true],
    ['StringEquals', 'aws:PrincipalTag/team', 'ord*', false],
    ['StringEquals', 'x:star', 'a${*}c', true],
    ['StringEquals', 'aws:PrincipalTag/team', '${aws:PrincipalTag/team}', true],
    ['StringEquals', 'aws:PrincipalTag/team', '${aws:PrincipalTag/none}', false],
    ['StringNotEquals', 'aws:PrincipalTag/team', 'orders', false],
    ['StringNotEquals', 'aws:PrincipalTag/team', ['x', 'orders'], false],
    ['StringNotEquals', 'aws:PrincipalTag/team', ['x', 'y'], true],
    ['StringEqualsIgnoreCase', 'aws:PrincipalTag/team', 'ORDERS', true],
    ['StringNotEqualsIgnoreCase', 'aws:PrincipalTag/team', 'ORDERS', false],
    ['StringLike', 'aws:PrincipalTag/team', 'ord*', true],
    ['StringLike', 'aws:PrincipalTag/team', 'ord?', false],
    ['StringNotLike', 'aws:PrincipalTag/team', 'ord*', false],
    ['StringNotLike', 'aws:PrincipalTag/team', 'ord?', true],
    ['NumericEquals', 'x:count', 10, true],
    ['NumericEquals', 'x:count', '10.0', true],
    ['NumericNotEquals', 'x:count', '10', false],
    ['NumericNotEquals', 'x:count', '11', true],
    ['NumericNotEquals', 'x:count', 'ten', unsure],
    ['NumericLessThan', 'x:count', '10', false],
    ['NumericLessThan', 'x:count', '10.1', true],
    ['NumericLessThanEquals', 'x:count', '10', true],
    ['NumericLessThanEquals', 'x:count', '9', false],
    ['NumericGreaterThan', 'x:count', '10', false],
    ['NumericGreaterThan', 'x:count', '9', true],
    ['NumericGreaterThanEquals', 'x:count', '10', true],
    ['NumericGreaterThanEquals', 'x:count', '11', false],
    ['DateEquals', 'aws:CurrentTime', '2026-11-26T04:00:00+01:00', true],
    ['DateNotEquals', 'aws:CurrentTime', '2026-11-26T03:00:00Z', false],
    ['DateLessThan', 'aws:CurrentTime', '2026-11-26T03:00:00Z', false],
    ['DateLessThan', 'aws:CurrentTime', '2026-11-26T03:00:01Z', true],
    ['DateLessThanEquals', 'aws:CurrentTime', '1795662000', true],
    ['DateLessThanEquals', 'aws:CurrentTime', '1795661999', false],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-11-26', true],
    ['DateGreaterThan', 'aws:CurrentTime', 'yesterday', unsure],
    ['DateGreaterThanEquals', 'aws:CurrentTime', '2026-11-26T03:00:01Z', false],
    ['Bool', 'x:flag', true, true],
    ['Bool', 'x:flag', 'False', false],
    ['Bool', 'x:flag', 'yes', unsure],
    ['BinaryEquals', 'x:bytes', 'aGk=', true],
    ['BinaryEquals', 'x:bytes', 'aGo=', false],
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', true],
    ['IpAddress', 'aws:SourceIp', '203.0.113.9', true],
    ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32'], false],
    ['IpAddress', 'x:v6', '2001:DB8::/32', true],
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/33', unsure],
    ['NotIpAddress', 'aws:SourceIp', '203.0.113.0/24', false],
    ['NotIpAddress', 'aws:SourceIp', '10.0.0.0/8', true],
    ['ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/a/*', true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::123456789012:role/a/?', true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:*:role/a/b', unsure],
    ['StringLike', 'aws:PrincipalArn', 'arn:*:role/a/b', true],
    ['ArnNotEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/a/*', false],
    ['ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/b/*', true],
    ['Null', 'aws:PrincipalTag/none', 'true', true],
    ['Null', 'aws:PrincipalTag/team', 'true', false],
    ['Null', 'aws:PrincipalTag/team', 'false', true],
    ['Null', 'x:empty', 'false', true],
  ])('%s %s %j: %s', (operator, key, value, expected) => {
    expect(holds(operator, key, value)).toBe(expected)
  })
})

describe('a key that the request does not have', () => {
  test.each([
    ['StringEquals', false],
    ['StringLike', false],
    ['Bool', false],
    ['StringNotEquals', true],
    ['ArnNotLike', true],
    ['StringEqualsIfExists', true],
    ['StringNotLikeIfExists', true],
    ['ForAllValues:StringEquals', true],
    ['ForAnyValue:StringEquals', false],
    ['ForAnyValue:StringNotEquals', false],
  ])('%s: %s', (operator, expected) => {
    expect(holds(operator, 'aws:PrincipalTag/none', 'arn:aws:s3:::x')).toBe(expected)
  })
})

describe('a key of several values: team and repo', () => {
  test.each([
    ['ForAllValues:StringEquals', ['team', 'repo', 'more'], true],
    ['ForAllValues:StringEquals', ['team'], false],
    ['ForAnyValue:StringEquals', ['team'], true],
    ['ForAnyValue:StringLike', ['x*'], false],
    ['ForAllValues:StringNotEquals', ['x'], true],
    ['ForAllValues:StringNotEquals', ['team'], false],
    ['ForAnyValue:StringNotEquals', ['team'], true],
    ['ForAnyValue:StringNotEquals', ['team', 'repo'], false],
    ['StringEquals', ['team'], undefined],
  ])('%s %j: %s', (operator, value, expected) => {
    expect(holds(operator, 'aws:TagKeys', value)).toBe(expected)
  })
})

test('the operators known here are those that a manifest may have', () => {
  const bases = [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals',
    'DateEquals',
    'DateNotEquals',
    'DateLessThan',
    'DateLessThanEquals',
    'DateGreaterThan',
    'DateGreaterThanEquals',
    'Bool',
    'BinaryEquals',
    'IpAddress',
    'NotIpAddress',
    'ArnEquals',
    'ArnNotEquals',
    'ArnLike',
    'ArnNotLike',
    'Null',
    'StringMatches',
    'StringLikes',
    'NotString',
    'BoolNot',
    'constructor',
    '',
  ]
  for (const base of bases)
    for (const set of ['', 'ForAllValues:', 'ForAnyValue:', 'ForSome:'])
      for (const end of ['', 'IfExists', 'IfExist']) {
        const name = `${set}${base}${end}`
        expect(operatorNamed(name) !== undefined, name).toBe(conditionOperator.test(name))
      }
})
