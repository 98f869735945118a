import { describe, expect, test } from 'vitest'
import { serviceOf } from '../../bundle/service.ts'
import { teamsManifest } from '../../local/world.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { accessOf } from '../support/access.ts'

const issuers = { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } }
const role = { trust: [{ issuer: 'idp', claims: { sub: 'x' } }], routes: ['GET /a'] }
const lending = { ...role, credentials: { roleArn: 'arn:aws:iam::123456789012:role/a', scopes: null } }

type Resource = { readonly Type: string; readonly Properties: Record<string, unknown> }
const resourcesOf = (service: ReturnType<typeof serviceOf>) =>
  service.resources.Resources as Record<string, Resource>
const ofType = (service: ReturnType<typeof serviceOf>, type: string) =>
  Object.entries(resourcesOf(service)).filter(([, { Type }]) => Type === type)

describe('the broker', () => {
  test('is there where a role lends an AWS role, and nothing of it where none does', () => {
    const without = serviceOf(accessOf({ version: 1, issuers, roles: { r: role } }))
    expect(Object.keys(without.functions)).toEqual(['authorizer'])
    expect(JSON.stringify(without)).not.toMatch(/broker\.zip|BrokerRole|dynamodb/)
    const withIt = serviceOf(accessOf({ version: 1, issuers, roles: { r: lending } }))
    expect(Object.keys(withIt.functions)).toEqual(['authorizer', 'broker'])
  })

  test('may assume exactly what is lent, and tags no session where none has tags', () => {
    const { Properties } = resourcesOf(serviceOf(accessOf({ version: 1, issuers, roles: { r: lending } })))
      .BrokerRole as Resource
    const policies = Properties.Policies as { PolicyName: string; PolicyDocument: { Statement: object[] } }[]
    expect(policies.find(({ PolicyName }) => PolicyName === 'lend')?.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
        Resource: ['arn:aws:iam::123456789012:role/a'],
      },
    ])
  })
})

describe('several apps', () => {
  const access = compileManifest(loadManifest(teamsManifest))
  const service = serviceOf(access)
  const names = Object.keys(access.appOf?.alias ?? {})

  test('have an alias each, by its name, exported by it', () => {
    const aliases = ofType(service, 'AWS::Lambda::Alias').map(([, { Properties }]) => Properties.Name)
    expect(aliases).toEqual(names)
    expect(names.length).toBeGreaterThan(2)
    const exported = Object.values(service.resources.Outputs).map((one) => JSON.stringify(one))
    for (const name of names)
      expect(exported.filter((text) => text.includes(`-authorizer-${name}"`))).toHaveLength(1)
  })

  test('may be asked by their own APIs alone; by one that several share, the function itself', () => {
    const permissions = ofType(service, 'AWS::Lambda::Permission').filter(([id]) => id !== 'BrokerPermission')
    const found = permissions.map(([, { Properties }]) => {
      expect(Properties).toMatchObject({
        Principal: 'apigateway.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
      })
      const [, apiId] =
        /:(\w+)\/authorizers\/\*$/.exec((Properties.SourceArn as { 'Fn::Sub': string })['Fn::Sub']) ?? []
      return [apiId, Properties.FunctionName]
    })
    const expected = Object.entries(access.appOf?.apiId ?? {}).map(([apiId, at]) => {
      const { name = '', of = [] } = access.apps[at] ?? {}
      const spelled = name.charAt(0).toUpperCase() + name.slice(1)
      const whole = { 'Fn::GetAtt': ['AuthorizerLambdaFunction', 'Arn'] }
      return [apiId, of.length > 1 ? whole : { Ref: `Authorizer${spelled}Alias` }]
    })
    const byApi = (one: unknown[][]) => one.toSorted(([a], [b]) => String(a).localeCompare(String(b)))
    expect(byApi(found)).toEqual(byApi(expected))
    expect(found).toHaveLength(2)
  })
})

test('names are told apart as logical ids and in exports', () => {
  const manifestOf = (name: string) => ({
    ...accessOf({ version: 1, issuers, roles: { r: role } }),
    apps: [{ name }],
  })
  const idsOf = (name: string) => {
    const { Resources, Outputs } = serviceOf(manifestOf(name) as never).resources
    return JSON.stringify([Object.keys(Resources).at(-1), Object.values(Outputs).at(-1)])
  }
  const all = ['order-desk', 'order_desk', 'orderdesk', 'orderDesk'].map(idsOf)
  expect(new Set(all).size).toBe(4)
  for (const text of all) expect(JSON.parse(text)[0]).toMatch(/^[A-Za-z0-9]+$/)
  // Digits alone would be a version of the function.
  expect(idsOf('42')).not.toContain('42Alias')
})

test('the same manifest makes the same service', () => {
  const once = () => JSON.stringify(serviceOf(compileManifest(loadManifest(teamsManifest))))
  expect(once()).toBe(once())
})
