import { join } from 'node:path'
import type { Access } from '../shared/access/access.ts'
import { reasons } from '../shared/reason.ts'
import { readTemplateSource } from '../shared/template/read.ts'
import { functionsOf } from './build.ts'
import { brokerStatements } from './iam-statements.ts'
import { logicalId } from './logical-id.ts'
import { packageRoot } from './package-root.ts'
import { secretsService } from './secrets-service.ts'

/** What serverless.yml includes from the build of a stage: its `functions` and its `resources`, as osls takes them. */
export type Service = {
  readonly functions: Readonly<Record<string, unknown>>
  readonly resources: Readonly<Record<Section, Readonly<Record<string, unknown>>>>
}

const sections = ['Resources', 'Outputs', 'extensions'] as const
type Section = (typeof sections)[number]

/**
 * The service that deploys what a manifest makes: the fragments of infra/, the exact AWS roles that its broker may
 * assume, and an alias of the authorizer for each of its apps. Texts keep their `${param:…}`, which osls replaces
 * for the stage. The same manifest gives the same service.
 */
export function serviceOf(access: Access): Service {
  const secrets = secretsService(access)
  const values = {
    FAULTS_OF_OURS: faultsPattern(),
    LENT_ROLES: brokerStatements(access),
    READ_SECRETS: secrets.read,
    ROTATED_SECRETS: secrets.rotated,
    SIGNING_SECRET: access.tokens && { Ref: 'SigningSecret' },
    PUBLIC_KEYS_SECRET: access.tokens && { Ref: 'PublicKeysSecret' },
  }
  const filled = functionsOf(access).map((name) => replace(readFragment(name), values)) as Fragment[]
  const parts = [
    ...filled.map(({ resources }) => resources),
    { Resources: secrets.Resources, Outputs: secrets.Outputs },
    entrances(access),
  ]
  const joined = sections.map((section) => [
    section,
    Object.assign({}, ...parts.map((part) => part[section] ?? {})),
  ])
  return {
    functions: Object.assign({}, ...filled.map(({ functions }) => functions)),
    resources: Object.fromEntries(joined),
  }
}

type Resources = Partial<Service['resources']>
type Fragment = { readonly functions: Service['functions']; readonly resources: Resources }

function readFragment(name: string): unknown {
  return readTemplateSource(join(packageRoot(), 'infra', `${name}.yml`)).value
}

/** Puts a value where a text stands alone for it. `!GetAtt A.B` is two texts in JSON. */
function replace(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string') return Object.hasOwn(values, value) ? values[value] : value
  if (Array.isArray(value))
    return value.map((one) => replace(one, values)).filter((one) => !isEmptyPolicy(one))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, one]) => {
    const isShort = key === 'Fn::GetAtt' && typeof one === 'string'
    return [key, isShort ? one.split('.') : replace(one, values)]
  })
  return Object.fromEntries(members.filter(([, one]) => one !== undefined))
}

/** IAM takes no policy that says nothing. */
function isEmptyPolicy(value: unknown): boolean {
  const { PolicyDocument: policy } = (value ?? {}) as { PolicyDocument?: { Statement?: unknown } }
  return Array.isArray(policy?.Statement) && policy.Statement.length === 0
}

/** A pattern of CloudWatch Logs that finds the records of what was ours to decide, and was not. */
function faultsPattern(): string {
  const ours = Object.entries(reasons).filter(([, { fault }]) => fault === 'ours')
  const any = ours.map(([reason]) => `$.reason = "${reason}"`).join(' || ')
  return `{ $.kind = "decision" && $.effect = "deny" && (${any}) }`
}

/**
 * By an alias of an app's name the authorizer answers for that app alone (docs/apps.md); for an API that apps share it
 * is the function itself that is invoked. Whoever has an API declares the permission for its authorizer beside it; of
 * the APIs that the manifest names it stands here.
 */
function entrances({ apps, appOf }: Access): Resources {
  const names = appOf ? Object.keys(appOf.alias) : apps.map(({ name }) => name)
  // Digits alone would be a version of the function.
  const aliases = names.filter((name) => !/^\d+$/.test(name))
  const ofAliases = aliases.map((name) => {
    const id = `Authorizer${logicalId(name)}`
    const apiIds = apiIdsWhere((app) => app === appOf?.alias[name])
    return entrance(id, { Ref: `${id}Alias` }, `authorizer-${name}`, apiIds, {
      [`${id}Alias`]: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionName: { Ref: 'AuthorizerLambdaFunction' },
          FunctionVersion: '$LATEST',
          Name: name,
        },
      },
    })
  })
  const shared = apiIdsWhere((app) => (apps[app]?.of?.length ?? 0) > 1)
  const whole = { 'Fn::GetAtt': ['AuthorizerLambdaFunction', 'Arn'] }
  const all =
    shared.length === 0 ? ofAliases : [...ofAliases, entrance('Authorizer', whole, 'authorizer', shared)]
  return {
    Resources: Object.assign({}, ...all.map((one) => one.Resources)),
    Outputs: Object.assign({}, ...all.map((one) => one.Outputs)),
  }

  function apiIdsWhere(isTheirs: (app: number) => boolean): readonly string[] {
    return Object.entries(appOf?.apiId ?? {}).flatMap(([apiId, app]) => (isTheirs(app) ? [apiId] : []))
  }
}

/** What APIs name as their authorizer, exported, and which of them may invoke it. */
function entrance(
  id: string,
  arn: object,
  name: string,
  apiIds: readonly string[],
  resources: Readonly<Record<string, unknown>> = {},
): Required<Pick<Resources, 'Resources' | 'Outputs'>> {
  const permissions = apiIds.map((apiId) => [`${id}Permission${logicalId(apiId)}`, permission(arn, apiId)])
  // The name of an export has no underscore.
  const Export = { Name: { 'Fn::Sub': `\${AWS::StackName}-${name.replaceAll('_', ':')}` } }
  return {
    Resources: { ...resources, ...Object.fromEntries(permissions) },
    Outputs: { [id]: { Description: 'What an API names as its authorizer', Value: arn, Export } },
  }
}

/** For any authorizer of one API: which ids they get is not known beforehand. */
function permission(arn: object, apiId: string): object {
  const source = `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:${apiId}/authorizers/*`
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: arn,
      Principal: 'apigateway.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
      SourceArn: { 'Fn::Sub': source },
    },
  }
}
