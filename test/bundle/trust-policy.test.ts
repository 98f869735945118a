import { describe, expect, test } from 'vitest'
import { trustPolicyOf } from '../../bundle/trust-policy.ts'
import { sessionName } from '../../shared/sts/session-name.ts'
import { accessOf } from '../support/access.ts'

const broker = 'arn:aws:iam::999999999999:role/broker'
const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const lent = (name: string, more: object = {}) => ({ roleArn: arn(name), scopes: null, ...more })
const longName = 'an-issuer-whose-name-is-long'
const issuers = Object.fromEntries(
  ['github', 'staff', longName, 'other'].map((name) => [
    name,
    { type: 'oidc', issuer: `https://${name}.example`, audience: ['api'] },
  ]),
)
const trust = (...names: string[]) => ({
  trust: names.map((issuer) => ({ issuer, claims: { sub: 'x' } })),
})
const policyOf = (roles: object, lender: string) =>
  trustPolicyOf(accessOf({ version: 1, issuers, roles }), lender, broker)
const statementsOf = (roles: object, lender: string) => policyOf(roles, lender)?.Statement
const conditionsOf = (roles: object, lender: string, action: string) =>
  statementsOf(roles, lender)
    ?.filter(({ Action }) => Action === `sts:${action}`)
    .map(({ Condition }) => Condition)

test('the whole of it: one statement an action, for the broker alone', () => {
  const tags = { team: 'orders', repository: { value: '{claims.repository_id}', transitive: true } }
  const roles = { exporter: { ...trust('github'), credentials: lent('a', { tags, externalId: 'orders/1' }) } }
  const common = { Effect: 'Allow', Principal: { AWS: broker } }
  expect(policyOf(roles, 'exporter')).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        ...common,
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'sts:ExternalId': 'orders/1' },
          StringLike: { 'sts:SourceIdentity': ['github-*'] },
        },
      },
      {
        ...common,
        Action: 'sts:TagSession',
        Condition: {
          'ForAllValues:StringEquals': {
            'aws:TagKeys': ['repository', 'team'],
            'sts:TransitiveTagKeys': ['repository'],
          },
        },
      },
      {
        ...common,
        Action: 'sts:SetSourceIdentity',
        Condition: { StringLike: { 'sts:SourceIdentity': ['github-*'] } },
      },
    ],
  })
})

test('no condition of an external id without one, no TagSession without tags', () => {
  const roles = { plain: { ...trust('github'), credentials: lent('a') } }
  expect(statementsOf(roles, 'plain')?.map(({ Action, Condition }) => [Action, Condition])).toEqual([
    ['sts:AssumeRole', { StringLike: { 'sts:SourceIdentity': ['github-*'] } }],
    ['sts:SetSourceIdentity', { StringLike: { 'sts:SourceIdentity': ['github-*'] } }],
  ])
})

describe('whose name a session may have', () => {
  test('callers of the issuers of the role and of roles that include it, at any remove, and of no others', () => {
    const roles = {
      top: { includes: ['middle'], ...trust('staff') },
      middle: { includes: ['lender'] },
      lender: { credentials: lent('a'), ...trust('github') },
      aside: trust('other'),
    }
    expect(conditionsOf(roles, 'lender', 'SetSourceIdentity')).toEqual([
      { StringLike: { 'sts:SourceIdentity': ['github-*', 'staff-*'] } },
    ])
  })

  test("the broker's own names are among them, a long issuer's too", () => {
    const roles = { lender: { credentials: lent('a'), ...trust(longName) } }
    const [condition] = conditionsOf(roles, 'lender', 'SetSourceIdentity') ?? []
    const pattern = condition?.StringLike?.['sts:SourceIdentity']?.[0] ?? ''
    expect(pattern.at(-1)).toBe('*')
    expect(sessionName(longName, 'repo:acme/orders')).toMatch(new RegExp(`^${pattern.slice(0, -1)}.`))
  })

  test('a role that nobody has lets nobody in', () => {
    expect(statementsOf({ lender: { credentials: lent('a') } }, 'lender')?.map((one) => one.Action)).toEqual([
      'sts:AssumeRole',
    ])
  })
})

describe('an AWS role that several roles lend', () => {
  const noneTransitive = { Null: { 'sts:TransitiveTagKeys': 'true' } }
  const named = { StringLike: { 'sts:SourceIdentity': ['github-*'] } }
  const tagged = (keys: readonly string[]) => ({ tags: Object.fromEntries(keys.map((key) => [key, 'x'])) })

  test('is let to all of them, whichever is named, or its ARN', () => {
    const roles = {
      one: { ...trust('github'), credentials: lent('a', tagged(['b', 'a'])) },
      two: { ...trust('staff'), credentials: lent('a', tagged(['a', 'b'])) },
      three: { ...trust('staff'), credentials: lent('a', tagged(['c'])) },
      apart: { ...trust('other'), credentials: lent('z', tagged(['z'])) },
    }
    expect(conditionsOf(roles, 'one', 'TagSession')).toEqual([
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] }, ...noneTransitive },
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['c'] }, ...noneTransitive },
    ])
    expect(conditionsOf(roles, 'one', 'SetSourceIdentity')).toEqual([
      { StringLike: { 'sts:SourceIdentity': ['github-*', 'staff-*'] } },
    ])
    for (const lender of ['two', 'three', arn('a')])
      expect(policyOf(roles, lender)).toEqual(policyOf(roles, 'one'))
  })

  test('with several external ids takes each', () => {
    const roles = {
      one: { ...trust('github'), credentials: lent('a', { externalId: 'x2' }) },
      two: { ...trust('github'), credentials: lent('a', { externalId: 'x1' }) },
    }
    expect(conditionsOf(roles, 'one', 'AssumeRole')).toEqual([
      { StringEquals: { 'sts:ExternalId': ['x1', 'x2'] }, ...named },
    ])
  })

  test('with an external id and without one takes no third', () => {
    const roles = {
      one: { ...trust('github'), credentials: lent('a', { externalId: 'x1' }) },
      two: { ...trust('github'), credentials: lent('a') },
    }
    expect(conditionsOf(roles, 'two', 'AssumeRole')).toEqual([
      { StringEquals: { 'sts:ExternalId': 'x1' }, ...named },
      { Null: { 'sts:ExternalId': 'true' }, ...named },
    ])
  })
})

test.each(['nobody', 'reader', arn('b')])('%s lends nothing', (lender) => {
  const roles = { lender: { credentials: lent('a') }, reader: { routes: ['GET /a'], ...trust('github') } }
  expect(policyOf(roles, lender)).toBeUndefined()
})

describe('by web identity', () => {
  const byToken = (name: string, more: object = {}) => lent(name, { via: 'web-identity', ...more })
  const host = 'tokens.acme.example/v1'
  const withTokens = (roles: object, lender: string) =>
    trustPolicyOf(
      accessOf({ version: 1, issuers, tokens: { issuer: `https://${host}` }, roles }),
      lender,
      broker,
    )?.Statement
  const federated = { Federated: `arn:aws:iam::123456789012:oidc-provider/${host}` }
  const pinned = (sub: string | readonly string[]) => ({
    [`${host}:aud`]: 'sts.amazonaws.com',
    [`${host}:sub`]: sub,
  })
  const named = { StringLike: { 'sts:SourceIdentity': ['github-*'] } }

  test('audience and subject are pinned for every action, and no TagSession without tags', () => {
    const roles = { exporter: { ...trust('github'), credentials: byToken('a') } }
    expect(withTokens(roles, 'exporter')).toEqual(
      ['AssumeRoleWithWebIdentity', 'SetSourceIdentity'].map((action) => ({
        Effect: 'Allow',
        Principal: federated,
        Action: `sts:${action}`,
        Condition: { StringEquals: pinned('exporter'), ...named },
      })),
    )
  })

  test('each role that lends it is a subject', () => {
    const roles = {
      two: { ...trust('github'), credentials: byToken('a') },
      one: { ...trust('github'), credentials: byToken('a') },
      apart: { ...trust('github'), credentials: byToken('z') },
    }
    for (const { Condition } of withTokens(roles, 'two') ?? [])
      expect(Condition?.StringEquals).toEqual(pinned(['one', 'two']))
  })

  test('lent both ways it has the statements of both, each with the names, tags and external ids of its own', () => {
    const roles = {
      short: { ...trust('staff'), credentials: lent('a', { externalId: 'x1', tags: { team: 'a' } }) },
      long: { ...trust('github'), credentials: byToken('a', { tags: { tenant: 'b' } }) },
    }
    const statements = withTokens(roles, 'long')
    expect(statements).toEqual(withTokens(roles, 'short'))
    expect(statements?.map(({ Principal, Action }) => [Principal, Action])).toEqual([
      [{ AWS: broker }, 'sts:AssumeRole'],
      [{ AWS: broker }, 'sts:TagSession'],
      [{ AWS: broker }, 'sts:SetSourceIdentity'],
      [federated, 'sts:AssumeRoleWithWebIdentity'],
      [federated, 'sts:TagSession'],
      [federated, 'sts:SetSourceIdentity'],
    ])
    const [chained, byTokens] = [
      JSON.stringify(statements?.slice(0, 3)),
      JSON.stringify(statements?.slice(3)),
    ]
    for (const own of ['"team"', 'staff-*', 'sts:ExternalId']) {
      expect(chained).toContain(own)
      expect(byTokens).not.toContain(own)
    }
    for (const own of ['"tenant"', 'github-*', `${host}:sub`]) {
      expect(byTokens).toContain(own)
      expect(chained).not.toContain(own)
    }
  })

  test.each([
    ['aws-cn', 'sts.amazonaws.com.cn'],
    ['aws-us-gov', 'sts.amazonaws.com'],
  ])('in the partition %s the audience is %s', (partition, audience) => {
    const roleArn = `arn:${partition}:iam::123456789012:role/a`
    const roles = { a: { ...trust('github'), credentials: byToken('a', { roleArn }) } }
    expect(withTokens(roles, 'a')?.[0]).toMatchObject({
      Principal: { Federated: `arn:${partition}:iam::123456789012:oidc-provider/${host}` },
      Condition: { StringEquals: { [`${host}:aud`]: audience } },
    })
  })

  test('a role that nobody has lets nobody in', () => {
    const actions = withTokens({ lender: { credentials: byToken('a') } }, 'lender')?.map((one) => one.Action)
    expect(actions).toEqual(['sts:AssumeRoleWithWebIdentity'])
  })
})
