import { expect, test } from 'vitest'
import { brokerStatements } from '../../bundle/iam-statements.ts'
import { accessOf } from '../support/access.ts'

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const lending = (name: string, more: object = {}) => ({
  credentials: { roleArn: arn(name), scopes: null, ...more },
})
const issuers = { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } }
const statementsOf = (roles: object) => brokerStatements(accessOf({ version: 1, issuers, roles }))

test('the exact AWS roles, and TagSession only where a role passes tags', () => {
  const roles = {
    tagged: lending('b', { tags: { team: 'orders' } }),
    plain: lending('a'),
    reader: { routes: ['GET /orders'] },
  }
  expect(statementsOf(roles)).toEqual([
    { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'], Resource: [arn('a'), arn('b')] },
    { Effect: 'Allow', Action: ['sts:TagSession'], Resource: [arn('b')] },
  ])
})

test('an AWS role that several roles lend stands there once, and is tagged if one of them tags', () => {
  const roles = { one: lending('a'), two: lending('a', { tags: { team: 'orders' } }) }
  expect(statementsOf(roles).map(({ Resource }) => Resource)).toEqual([[arn('a')], [arn('a')]])
})

test('the order of the roles does not count', () => {
  const [a, b] = [lending('a', { tags: { t: 'x' } }), lending('b', { tags: { t: 'x' } })]
  expect(statementsOf({ a, b })).toEqual(statementsOf({ b, a }))
})

test('where no role passes tags there is no TagSession, and where none lends there is nothing', () => {
  expect(statementsOf({ a: lending('a') })).toHaveLength(1)
  expect(statementsOf({ reader: { routes: ['GET /orders'] } })).toEqual([])
})

test('no resource is a pattern', () => {
  const resources = statementsOf({ a: lending('path/a', { tags: { t: 'x' } }) }).flatMap(
    (one) => one.Resource,
  )
  for (const resource of resources) expect(resource).not.toMatch(/[*?$]/)
})
