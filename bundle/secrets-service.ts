import type { Access } from '../shared/access/access.ts'
import { logicalId } from './logical-id.ts'

/** The secrets of a manifest in CloudFormation: those the stack makes, when each is rotated, and who may do what. */
export type SecretsService = {
  readonly Resources: Readonly<Record<string, unknown>>
  /** The ARN of each client's secret, for the stack of the service that is the client. */
  readonly Outputs: Readonly<Record<string, unknown>>
  /** Statements of the broker's role. */
  readonly read: readonly object[]
  /** Statements of the rotation function's role. */
  readonly rotated: readonly object[]
}

/** A secret by what refers to it in the template, and in which parts it is rotated. */
type Part = {
  readonly id: string
  readonly arn: unknown
  readonly resources: Readonly<Record<string, unknown>>
}

/** Pure; the same manifest gives the same. */
export function secretsService({ tokens, clients = [], secrets = [] }: Access): SecretsService {
  const ofClients = clients.flatMap(({ name, secret }) =>
    secret === undefined
      ? []
      : { name, ...kept(`Client${logicalId(name)}`, secret.id, secret.rotateDays, false) },
  )
  const cognito = secrets.flatMap((one) => (one.kind === 'cognito' ? one : []))
  // A secret that the stack makes is none of the pool's, until the first rotation has added one.
  const ofPools = cognito.map(({ name, id, rotateDays }) =>
    kept(`Secret${logicalId(name)}`, id, rotateDays, !id.startsWith('arn:')),
  )
  const watched = secrets.flatMap((one) =>
    one.kind === 'manual'
      ? { id: '', arn: one.id.startsWith('arn:') ? one.id : arnOfName(one.id), resources: {} }
      : [],
  )
  const keys = tokens ? [{ Ref: 'SigningSecret' }, { Ref: 'PublicKeysSecret' }] : []
  const rotated = [...keys, ...[...ofClients, ...ofPools].map(({ arn }) => arn)]
  return {
    Resources: Object.assign(
      tokens ? { SigningRotation: schedule({ Ref: 'SigningSecret' }, tokens.rotateDays, true) } : {},
      ...[...ofClients, ...ofPools].map(({ resources }) => resources),
    ),
    Outputs: Object.fromEntries(
      ofClients.map(({ name, id, arn }) => [`${id}SecretArn`, exported(name, arn)]),
    ),
    read: allowed(reading, [...keys, ...ofClients.map(({ arn }) => arn)]),
    rotated: [
      ...allowed(
        [...reading, 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        rotated,
      ),
      ...allowed(
        watching,
        watched.map(({ arn }) => arn),
      ),
      ...allowed(
        [
          'cognito-idp:AddUserPoolClientSecret',
          'cognito-idp:DeleteUserPoolClientSecret',
          'cognito-idp:ListUserPoolClientSecrets',
        ],
        [...new Set(cognito.map(({ userPoolId }) => userPoolId))].map(poolArn),
      ),
    ],
  }
}

/** The name of an export has no underscore. */
function exported(name: string, Value: unknown): object {
  const Name = { 'Fn::Sub': `\${AWS::StackName}-client-${name.replaceAll('_', ':')}` }
  return { Description: `Where the secret of the client ${name} is`, Value, Export: { Name } }
}

const reading = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue']
/** How old its versions are; what a secret's value is, is nothing to who watches it. */
const watching = ['secretsmanager:ListSecretVersionIds']

/** By a name the stack makes it, with a value that nobody has seen; by an ARN it is there already. */
function kept(id: string, nameOrArn: string, rotateDays: number, atOnce: boolean): Part {
  const isThere = nameOrArn.startsWith('arn:')
  const arn = isThere ? nameOrArn : { Ref: `${id}Secret` }
  const secret = {
    Type: 'AWS::SecretsManager::Secret',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Name: nameOrArn,
      GenerateSecretString: {
        SecretStringTemplate: '{}',
        GenerateStringKey: 'clientSecret',
        PasswordLength: 43,
        ExcludePunctuation: true,
      },
    },
  }
  return {
    id,
    arn,
    resources: {
      ...(!isThere && { [`${id}Secret`]: secret }),
      [`${id}Rotation`]: schedule(arn, rotateDays, atOnce),
    },
  }
}

/** `atOnce`: also when the schedule is made or changed. */
function schedule(SecretId: unknown, AutomaticallyAfterDays: number, atOnce: boolean): object {
  return {
    Type: 'AWS::SecretsManager::RotationSchedule',
    DependsOn: ['RotationPermission'],
    Properties: {
      SecretId,
      RotationLambdaARN: { 'Fn::GetAtt': ['RotationLambdaFunction', 'Arn'] },
      RotationRules: { AutomaticallyAfterDays },
      RotateImmediatelyOnUpdate: atOnce,
    },
  }
}

/** Six characters that nobody knows beforehand end the ARN of a secret that is known by its name (AWS's own pattern). */
function arnOfName(name: string): object {
  return {
    'Fn::Sub': `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}-??????`,
  }
}

function poolArn(userPoolId: string): object {
  const region = userPoolId.slice(0, userPoolId.indexOf('_'))
  return {
    'Fn::Sub': `arn:\${AWS::Partition}:cognito-idp:${region}:\${AWS::AccountId}:userpool/${userPoolId}`,
  }
}

function allowed(Action: readonly string[], Resource: readonly unknown[]): readonly object[] {
  return Resource.length === 0 ? [] : [{ Effect: 'Allow', Action, Resource }]
}
