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

describe('tokens, clients and secrets', () => {
  const tokens = { issuer: 'https://broker.example', audiences: ['a'], rotateDays: 7 }
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:there-AbCdEf'
  const client = { allowedAudiences: ['a'] }
  const whole = serviceOf(
    accessOf({
      version: 1,
      issuers: { bots: { type: 'postern' } },
      tokens,
      clients: {
        nightly: { ...client, secret: 'clients/nightly' },
        old: { ...client, secret: arn, rotateDays: 90 },
      },
      secrets: {
        pool: { kind: 'cognito', secret: 'pool', userPoolId: 'eu-west-1_A', clientId: 'a' },
        partner: { kind: 'manual', secret: 'partner/key' },
      },
      roles: { r: { ...role, trust: [{ issuer: 'bots', claims: { sub: 'client:old' } }] } },
    }),
  )
  const policiesOf = (id: string) => {
    const { Policies } = (resourcesOf(whole)[id] as Resource).Properties as {
      Policies: {
        PolicyName: string
        PolicyDocument: { Statement: { Action: string[]; Resource: unknown }[] }
      }[]
    }
    return Policies
  }

  test('without any there is nothing of them', () => {
    const service = serviceOf(accessOf({ version: 1, issuers, roles: { r: lending } }))
    expect(JSON.stringify(service)).not.toMatch(/secretsmanager|SigningSecret|Jwks|Rotation/)
  })

  test('have a function that shows keys and may read no private ones, and one that rotates', () => {
    expect(Object.keys(whole.functions)).toEqual(['authorizer', 'broker', 'jwks', 'rotation'])
    const statements = policiesOf('JwksRole').flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    expect(statements.at(-1)).toMatchObject({ Resource: { Ref: 'PublicKeysSecret' } })
    expect(JSON.stringify(policiesOf('JwksRole'))).not.toContain('SigningSecret')
  })

  test('the broker reads what it signs by and its clients’ secrets, writes none, and needs nothing of STS', () => {
    const secrets = policiesOf('BrokerRole').find(({ PolicyName }) => PolicyName === 'secrets')
    expect(secrets?.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: [
          { Ref: 'SigningSecret' },
          { Ref: 'PublicKeysSecret' },
          { Ref: 'ClientNightlySecret' },
          arn,
        ],
      },
    ])
    expect(policiesOf('BrokerRole').map(({ PolicyName }) => PolicyName)).toEqual(['log', 'state', 'secrets'])
  })

  test('the rotation function writes what it rotates, learns the age of what it watches, and has the one pool', () => {
    const [written, watched, pool] = policiesOf('RotationRole').at(-1)?.PolicyDocument.Statement ?? []
    expect(written?.Action).toContain('secretsmanager:PutSecretValue')
    expect(written?.Resource).toEqual([{ Ref: 'SigningSecret' }, { Ref: 'PublicKeysSecret' }, { Ref: 'ClientNightlySecret' }, arn, { Ref: 'SecretPoolSecret' }]) // biome-ignore format: a list
    expect([watched?.Action, JSON.stringify(watched?.Resource)]).toEqual([
      ['secretsmanager:ListSecretVersionIds'],
      expect.stringContaining(':secret:partner/key-??????'),
    ])
    expect(JSON.stringify(pool?.Resource)).toContain(
      `cognito-idp:eu-west-1:\${AWS::AccountId}:userpool/eu-west-1_A`,
    )
    expect(JSON.stringify(policiesOf('RotationRole'))).not.toContain('*')
  })

  test('are rotated on a schedule, the keys at once too, and a secret by its name is made by the stack', () => {
    const schedules = ofType(whole, 'AWS::SecretsManager::RotationSchedule').map(([id, { Properties }]) => [id, Properties.RotationRules, Properties.RotateImmediatelyOnUpdate]) // biome-ignore format: a list
    expect(schedules).toEqual([
      ['SigningRotation', { AutomaticallyAfterDays: 7 }, true],
      ['ClientNightlyRotation', { AutomaticallyAfterDays: 30 }, false],
      ['ClientOldRotation', { AutomaticallyAfterDays: 90 }, false],
      ['SecretPoolRotation', { AutomaticallyAfterDays: 30 }, true],
    ])
    const made = ofType(whole, 'AWS::SecretsManager::Secret').map(([, { Properties }]) => Properties.Name)
    expect(made.slice(-2)).toEqual(['clients/nightly', 'pool'])
    // Nobody has seen what is made.
    expect(JSON.stringify(whole)).not.toMatch(/SecretString":"(?!\{\\"keys)/)
  })

  test('every placeholder of the fragments is filled', () => {
    expect(JSON.stringify(whole).match(/:"(?!AWS_PROXY|PAY_PER)[A-Z]+(_[A-Z]+)+"/g)).toBeNull()
    // CloudWatch Logs takes 1024 characters.
    for (const [, { Properties }] of ofType(whole, 'AWS::Logs::MetricFilter'))
      expect(String(Properties.FilterPattern).length).toBeLessThan(1024)
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
