import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exampleInputs, exampleTemplate } from '../../bundle/package.ts'
import routes from '../../examples/orders/routes.json' with { type: 'json' }
import { textsWithStar } from '../support/stars.ts'

type Resource = { Type: string; DependsOn?: string | string[]; Properties: Record<string, unknown> }
type Statement = { Effect: string; Action: string | string[]; Resource: unknown; Principal?: unknown }

const root = join(import.meta.dirname, '../..')
let resources: Record<string, Resource>

beforeAll(async () => {
  const template = (await exampleTemplate()) as { Resources: Record<string, Resource> }
  // osls names each deployment by the time of day.
  const named = Object.entries(template.Resources).map(([id, each]) => [
    id.replace(/(Deployment)\d+$/, '$1'),
    each,
  ])
  resources = Object.fromEntries(named)
})

const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type)

describe('the packaged service of examples/orders', () => {
  it('has these resources and no others', () => {
    const byType: Record<string, string[]> = {}
    for (const [id, { Type }] of Object.entries(resources))
      byType[Type] = [...(byType[Type] ?? []), id].sort()
    expect(byType).toEqual({
      'AWS::S3::Bucket': ['ServerlessDeploymentBucket'],
      'AWS::S3::BucketPolicy': ['ServerlessDeploymentBucketPolicy'],
      'AWS::Logs::LogGroup': ['ApiGatewayLogGroup', 'HttpApiLogGroup', 'OrdersLogGroup'],
      'AWS::IAM::Role': ['OrdersRole'],
      'AWS::Lambda::Function': ['OrdersLambdaFunction'],
      'AWS::Lambda::Permission': [
        'HttpAuthorizerPermission',
        'OrdersLambdaPermissionApiGateway',
        'OrdersLambdaPermissionHttpApi',
        'RequestAuthorizerPermission',
        'TokenAuthorizerPermission',
      ],
      'AWS::ApiGateway::RestApi': ['ApiGatewayRestApi'],
      'AWS::ApiGateway::Deployment': ['ApiGatewayDeployment'],
      'AWS::ApiGateway::Authorizer': ['RequestAuthorizer', 'TokenAuthorizer'],
      'AWS::ApiGateway::GatewayResponse': [
        'AccessDeniedResponse',
        'DefaultServerErrorResponse',
        'UnauthorizedResponse',
      ],
      'AWS::ApiGateway::Resource': [
        'ApiGatewayResourceAdmin',
        'ApiGatewayResourceExports',
        'ApiGatewayResourceExportsProxyVar',
        'ApiGatewayResourceHealth',
        'ApiGatewayResourceOrders',
        'ApiGatewayResourceOrdersIdVar',
        'ApiGatewayResourceOrdersIdVarRefunds',
      ],
      'AWS::ApiGateway::Method': [
        'ApiGatewayMethodAdminGet',
        'ApiGatewayMethodExportsProxyVarGet',
        'ApiGatewayMethodHealthGet',
        'ApiGatewayMethodOrdersGet',
        'ApiGatewayMethodOrdersIdVarDelete',
        'ApiGatewayMethodOrdersIdVarGet',
        'ApiGatewayMethodOrdersIdVarPut',
        'ApiGatewayMethodOrdersIdVarRefundsGet',
        'ApiGatewayMethodOrdersPost',
      ],
      'AWS::ApiGatewayV2::Api': ['HttpApi'],
      'AWS::ApiGatewayV2::Stage': ['HttpApiStage'],
      'AWS::ApiGatewayV2::Authorizer': ['HttpApiAuthorizerPostern'],
      'AWS::ApiGatewayV2::Integration': ['HttpApiIntegrationOrders'],
      'AWS::ApiGatewayV2::Route': [
        'HttpApiRouteDeleteOrdersIdVar',
        'HttpApiRouteGetAdmin',
        'HttpApiRouteGetExportsProxyVar',
        'HttpApiRouteGetHealth',
        'HttpApiRouteGetOrders',
        'HttpApiRouteGetOrdersIdVar',
        'HttpApiRouteGetOrdersIdVarRefunds',
        'HttpApiRoutePostOrders',
        'HttpApiRoutePutOrdersIdVar',
      ],
    })
  })

  it('gives its functions these IAM permissions and no others', () => {
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents']
    const granted = ofType('AWS::IAM::Role').map(([id, { Properties }]) => {
      // Managed policies and a permissions boundary would be grants out of this test's sight.
      expect(Object.keys(Properties).sort()).toEqual(['AssumeRolePolicyDocument', 'Policies'])
      const policies = Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]
      return [id, policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)]
    })
    const grant = (group: string) => [
      { Effect: 'Allow', Action: logs, Resource: { 'Fn::GetAtt': [group, 'Arn'] } },
    ]
    expect(Object.fromEntries(granted)).toEqual({
      OrdersRole: grant('OrdersLogGroup'),
    })
  })

  it('lets only Lambda assume those roles', () => {
    const trusted = ofType('AWS::IAM::Role').map(([, { Properties }]) => Properties.AssumeRolePolicyDocument)
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }
    for (const document of trusted)
      expect(document).toEqual({ Version: '2012-10-17', Statement: [statement] })
  })

  it('gives each function its own role', () => {
    const roles = ofType('AWS::Lambda::Function').map(([id, { Properties }]) => [id, Properties.Role])
    expect(Object.fromEntries(roles)).toEqual({
      OrdersLambdaFunction: { 'Fn::GetAtt': ['OrdersRole', 'Arn'] },
    })
  })

  it('names what Postern’s stack of its stage exports, and lets each authorizer, and nothing else, call it', () => {
    const exported = { 'Fn::ImportValue': 'postern-dev-authorizer-api' }
    for (const id of ['RequestAuthorizer', 'TokenAuthorizer', 'HttpApiAuthorizerPostern'])
      expect(JSON.stringify(resources[id]?.Properties.AuthorizerUri)).toContain(JSON.stringify(exported))
    const ours = ofType('AWS::Lambda::Permission').filter(
      ([, { Properties }]) => JSON.stringify(Properties.FunctionName) === JSON.stringify(exported),
    )
    for (const [, { Properties }] of ours) expect(Properties.SourceAccount).toEqual({ Ref: 'AWS::AccountId' })
    const sources = ours.map(
      ([, { Properties }]) =>
        JSON.stringify(Properties.SourceArn).match(/\$\{(ApiGatewayRestApi|HttpApi)\}.*(?=")/)?.[0],
    )
    expect(sources.sort()).toEqual([
      `\${ApiGatewayRestApi}/authorizers/\${RequestAuthorizer}`,
      `\${ApiGatewayRestApi}/authorizers/\${TokenAuthorizer}`,
      `\${HttpApi}/authorizers/\${HttpApiAuthorizerPostern}`,
    ])
  })

  it('has no wildcard but those that osls writes', () => {
    const wild = Object.entries(resources).flatMap(([id, resource]) => textsWithStar(resource.Properties, id))
    expect(wild.sort()).toEqual([
      // Which method of its own API may call the backend.
      'OrdersLambdaPermissionApiGateway.SourceArn.Fn::Join.1.8: /*/*',
      'OrdersLambdaPermissionHttpApi.SourceArn.Fn::Join.1.8: /*',
      // A Deny of everything that does not come over TLS.
      'ServerlessDeploymentBucketPolicy.PolicyDocument.Statement.0.Action: s3:*',
      'ServerlessDeploymentBucketPolicy.PolicyDocument.Statement.0.Principal: *',
      'ServerlessDeploymentBucketPolicy.PolicyDocument.Statement.0.Resource.0.Fn::Join.1.4: /*',
    ])
    const bucketPolicies = ofType('AWS::S3::BucketPolicy').map(
      ([, { Properties }]) => Properties.PolicyDocument as { Statement: Statement[] },
    )
    expect(bucketPolicies.flatMap((policy) => policy.Statement.map(({ Effect }) => Effect))).toEqual(['Deny'])
  })

  it('has every route of the example on both APIs, all but /health behind an authorizer', () => {
    const http = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties)
    expect(http.map(({ RouteKey }) => RouteKey).sort()).toEqual(routes.http.toSorted())
    const open = http.filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM')
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['GET /health'])

    const methods = ofType('AWS::ApiGateway::Method')
    expect(methods).toHaveLength(routes.rest.length)
    const openMethods = methods.filter(([, { Properties }]) => Properties.AuthorizationType !== 'CUSTOM')
    expect(openMethods.map(([id]) => id)).toEqual(['ApiGatewayMethodHealthGet'])
    const token = methods.filter(([, { Properties }]) =>
      JSON.stringify(Properties.AuthorizerId)?.includes('TokenAuthorizer'),
    )
    expect(token.map(([id]) => id)).toEqual(['ApiGatewayMethodExportsProxyVarGet'])
  })

  it('caches policies, not booleans, by the Authorization header', () => {
    for (const [, { Properties }] of ofType('AWS::ApiGateway::Authorizer'))
      expect(Properties).toMatchObject({
        IdentitySource: 'method.request.header.Authorization',
        AuthorizerResultTtlInSeconds: 300,
      })
    expect(resources.HttpApiAuthorizerPostern?.Properties).toMatchObject({
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: false,
      AuthorizerResultTtlInSeconds: 300,
      IdentitySource: ['$request.header.Authorization'],
    })
  })

  it('runs on the Lambda runtime that the bundles are built for, with no secret in the environment', () => {
    for (const [, { Properties }] of ofType('AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      })
      expect(Properties).not.toHaveProperty('Environment')
    }
  })

  it('deploys its gateway responses before the snapshot that has to hold them', () => {
    const awaited = (id: string): string[] => [resources[id]?.DependsOn ?? []].flat()
    const direct = awaited('ApiGatewayDeployment')
    const all = [...direct, ...direct.flatMap(awaited)]
    expect(all).toEqual(expect.arrayContaining(ofType('AWS::ApiGateway::GatewayResponse').map(([id]) => id)))
  })
})

describe('the kept template', () => {
  it('is keyed by every file that its serverless.yml includes', () => {
    const text = readFileSync(join(root, 'examples/orders/serverless.yml'), 'utf8')
    const included = Array.from(text.matchAll(/\$\{file\(([^)]+)\)/g), ([, file]) => file)
    expect(included).not.toEqual([])
    expect(exampleInputs.toSorted()).toEqual(included.sort())
  })
})
