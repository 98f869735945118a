import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { posternTemplate, type Stage, stages } from '../../bundle/package.ts'
import { reasons } from '../../shared/reason.ts'
import { textsWithStar } from '../support/stars.ts'

type Resource = { Type: string; Properties: Record<string, unknown> }
type Statement = { Effect: string; Action: string[]; Resource: unknown }
type Template = {
  Resources: Record<string, Resource>
  Outputs: Record<string, { Export?: { Name: unknown } }>
}

const accounts: Record<Stage, string> = { dev: '123456789012', staging: '210987654321', prod: '345678901234' }

describe.each(stages)('Postern’s stack of the stage %s, as osls packages it', (stage) => {
  let template: Template
  let resources: Template['Resources']
  beforeAll(async () => {
    template = (await posternTemplate(stage)) as Template
    resources = template.Resources
  })
  const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type)

  it('has these resources and no others', () => {
    const byType: Record<string, string[]> = {}
    for (const [id, { Type }] of Object.entries(resources))
      byType[Type] = [...(byType[Type] ?? []), id].sort()
    expect(byType).toEqual({
      'AWS::S3::Bucket': ['ServerlessDeploymentBucket'],
      'AWS::S3::BucketPolicy': ['ServerlessDeploymentBucketPolicy'],
      'AWS::Logs::LogGroup': ['AuthorizerLogGroup', 'BrokerAccessLogGroup', 'BrokerLogGroup'],
      'AWS::IAM::Role': ['AuthorizerRole', 'BrokerRole'],
      'AWS::Lambda::Function': ['AuthorizerLambdaFunction', 'BrokerLambdaFunction'],
      'AWS::Lambda::Alias': ['AuthorizerApiAlias'],
      'AWS::Lambda::Permission': ['BrokerPermission'],
      'AWS::DynamoDB::Table': ['StateTable'],
      'AWS::ApiGatewayV2::Api': ['BrokerApi'],
      'AWS::ApiGatewayV2::Stage': ['BrokerStage'],
      'AWS::ApiGatewayV2::Integration': ['BrokerIntegration'],
      'AWS::ApiGatewayV2::Route': [
        'BrokerCredentialsRoute',
        'BrokerHealthRoute',
        'BrokerRolesRoute',
        'BrokerStsRoute',
      ],
      'AWS::Logs::MetricFilter': ['Authorizer', 'Broker'].flatMap((each) => [
        `${each}CrashesFilter`,
        `${each}DenialsFilter`,
        `${each}FaultsFilter`,
        `${each}KeyAgeFilter`,
      ]),
      'AWS::CloudWatch::Alarm': [
        'AuthorizerDenialsAlarm',
        'AuthorizerFaultsAlarm',
        'AuthorizerKeyAgeAlarm',
        'AuthorizerThrottlesAlarm',
        'BrokerDenialsAlarm',
        'BrokerErrorsAlarm',
        'BrokerFaultsAlarm',
        'BrokerKeyAgeAlarm',
        'BrokerThrottlesAlarm',
      ],
    })
  })

  it('gives its functions these IAM permissions and no others', () => {
    const granted = ofType('AWS::IAM::Role').map(([id, { Properties }]) => {
      // Managed policies would be grants out of this test's sight.
      expect(Object.keys(Properties).sort()).toEqual([
        'AssumeRolePolicyDocument',
        'Description',
        'PermissionsBoundary',
        'Policies',
        'RoleName',
      ])
      const policies = Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]
      return [id, policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)]
    })
    const log = (group: string) => ({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [group, 'Arn'] },
    })
    const lent = (name: string) => `arn:aws:iam::${accounts[stage]}:role/${name}`
    expect(Object.fromEntries(granted)).toEqual({
      AuthorizerRole: [log('AuthorizerLogGroup')],
      BrokerRole: [
        log('BrokerLogGroup'),
        {
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
          Resource: { 'Fn::GetAtt': ['StateTable', 'Arn'] },
        },
        {
          Effect: 'Allow',
          Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
          Resource: [lent('orders-exporter'), lent('partner-pickup'), lent('reports')],
        },
        { Effect: 'Allow', Action: ['sts:TagSession'], Resource: [lent('orders-exporter')] },
      ],
    })
  })

  it('lets only Lambda assume those roles, each function its own', () => {
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }
    for (const [, { Properties }] of ofType('AWS::IAM::Role'))
      expect(Properties.AssumeRolePolicyDocument).toEqual({ Version: '2012-10-17', Statement: [statement] })
    const roles = ofType('AWS::Lambda::Function').map(([id, { Properties }]) => [id, Properties.Role])
    expect(Object.fromEntries(roles)).toEqual({
      AuthorizerLambdaFunction: { 'Fn::GetAtt': ['AuthorizerRole', 'Arn'] },
      BrokerLambdaFunction: { 'Fn::GetAtt': ['BrokerRole', 'Arn'] },
    })
  })

  it('has no wildcard but these', () => {
    const wild = Object.entries(resources).flatMap(([id, resource]) => textsWithStar(resource.Properties, id))
    expect(wild.sort()).toEqual([
      // Which stage, method and path of its own API may call the broker.
      `BrokerPermission.SourceArn.Fn::Sub: arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${BrokerApi}/*`,
      // A Deny of everything that does not come over TLS.
      'ServerlessDeploymentBucketPolicy.PolicyDocument.Statement.0.Action: s3:*',
      'ServerlessDeploymentBucketPolicy.PolicyDocument.Statement.0.Principal: *',
      'ServerlessDeploymentBucketPolicy.PolicyDocument.Statement.0.Resource.0.Fn::Join.1.4: /*',
    ])
  })

  it('keeps the broker’s state encrypted, recoverable and no longer than it is of use', () => {
    expect(resources.StateTable?.Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
    })
  })

  it('serves the broker’s endpoints and no others', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey)
    expect(routes.sort()).toEqual(['GET /credentials/{role}', 'GET /health', 'GET /roles', 'POST /'])
  })

  it('logs for as long as the stage says, and never a header or a body', () => {
    for (const [, { Properties }] of ofType('AWS::Logs::LogGroup'))
      expect(Properties.RetentionInDays).toBe(stage === 'prod' ? 365 : 30)
    expect(JSON.stringify(resources.BrokerStage)).not.toMatch(/header|body|authorization/i)
  })

  it('shares no name with another stage', () => {
    const names = ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties.FunctionName)
    expect(names).toEqual([`postern-${stage}-authorizer`, `postern-${stage}-broker`])
    const own = JSON.stringify(template).replaceAll(`postern-${stage}`, '')
    for (const other of stages.filter((one) => one !== stage)) {
      expect(own).not.toContain(`postern-${other}`)
      expect(own).not.toContain(accounts[other])
    }
  })

  it('exports what others attach to, by names that hold the stack’s', () => {
    const exported = Object.values(template.Outputs).flatMap(({ Export }) => Export?.Name ?? [])
    const ours = exported.filter((name) => typeof name !== 'string')
    expect(ours).toEqual(
      ['broker', 'broker-role', 'authorizer-api'].map((name) => ({
        'Fn::Sub': `\${AWS::StackName}-${name}`,
      })),
    )
  })

  it('counts exactly the reasons whose fault is ours as faults', () => {
    for (const id of ['AuthorizerFaultsFilter', 'BrokerFaultsFilter']) {
      const pattern = String(resources[id]?.Properties.FilterPattern)
      // CloudWatch Logs takes no longer one.
      expect(pattern.length).toBeLessThanOrEqual(1024)
      const named = Array.from(pattern.matchAll(/\$\.reason = "(\w+)"/g), ([, reason]) => reason)
      const ours = Object.entries(reasons).flatMap(([reason, { fault }]) =>
        fault === 'ours' ? [reason] : [],
      )
      expect(named).toEqual(ours)
    }
  })

  it('runs on arm64 and the runtime that bundles are built for, with no secret in the environment', () => {
    const environments = ofType('AWS::Lambda::Function').map(([, { Properties }]) => {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      })
      return Properties.Environment
    })
    expect(environments).toEqual([undefined, { Variables: { POSTERN_STATE_TABLE: { Ref: 'StateTable' } } }])
    expect(template).not.toHaveProperty('Parameters')
  })

  it('has only references that lead somewhere, in the form that JSON takes', () => {
    const known = new Set([...Object.keys(resources), 'AWS::NoValue', 'AWS::AccountId', 'AWS::Partition'])
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      const { Ref, 'Fn::GetAtt': attribute } = value as Record<string, unknown>
      if (Ref !== undefined) expect(known).toContain(Ref)
      if (attribute !== undefined) expect(known).toContain((attribute as string[])[0])
      if (attribute !== undefined) expect(attribute).toHaveLength(2)
      for (const one of Object.values(value)) walk(one)
    }
    walk(template)
  })
})

it('docs/deploying.md lists every parameter with its default', () => {
  const root = join(import.meta.dirname, '../..')
  const fragments = ['authorizer', 'broker'].map((name) =>
    readFileSync(join(root, `infra/${name}.yml`), 'utf8'),
  )
  const page = readFileSync(join(root, 'docs/deploying.md'), 'utf8')
  const parameters = fragments.flatMap((text) =>
    Array.from(text.matchAll(/\$\{param:(\w+), (\d+|self:custom\.none)\}/g)),
  )
  expect(parameters.length).toBeGreaterThan(10)
  for (const [, name, fallback = ''] of parameters)
    expect(page).toContain(`| \`${name}\` | ${fallback.startsWith('self') ? 'none' : fallback} |`)
})
