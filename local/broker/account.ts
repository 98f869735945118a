import { brokerStatements } from '../../bundle/iam-statements.ts'
import { oidcProvider, trustPolicyOf } from '../../bundle/trust-policy.ts'
import type { Access, RoleCredentials } from '../../shared/access/access.ts'
import type { AwsPrincipal, AwsRole } from '../aws/account.ts'
import type { PolicyText } from '../aws/iam/policy.ts'
import type { OidcProvider } from '../aws/sts/web-identity-token.ts'

/** The AWS account that a manifest's loans are set up in: what its owner would make of what Postern prints. */
export type StandInAccount = {
  readonly roles: readonly AwsRole[]
  readonly broker: AwsPrincipal & { readonly sessionToken: string }
  readonly managedPolicies: Readonly<Record<string, PolicyText>>
  /** Of the accounts in which something is lent by web identity. */
  readonly oidcProviders: readonly OidcProvider[]
}

/** Every key of an AWS account that does not exist. */
const brokerKeys = {
  accessKeyId: 'ASIALOCALBROKER00000',
  secretAccessKey: 'local-broker-secret',
  sessionToken: 'local-broker-session',
}

/**
 * The lent AWS roles with the trust policies of `postern trust-policy`, and the broker with the statements of `postern
 * build`. Each of the roles may do everything: what a session is denied, its own policy denies. The texts of managed
 * policies are not in a manifest, so that here they allow nothing.
 */
export function standInAccount(access: Access): StandInAccount {
  const lent = access.roles.flatMap(({ credentials }) => credentials ?? [])
  const brokerArn = brokerRoleArn(lent)
  const roleArns = new Set(lent.map(({ roleArn }) => roleArn))
  const policyArns = new Set(lent.flatMap(({ policyArns }) => policyArns))
  return {
    roles: [...roleArns].map((arn) => ({
      arn,
      trustPolicy: trustPolicyOf(access, arn, brokerArn) as PolicyText,
      policies: [policyOf({ Effect: 'Allow', Action: '*', Resource: '*' })],
      maxSessionDurationSeconds: Math.max(
        3600,
        ...lent.filter(({ roleArn }) => roleArn === arn).map(({ maxDurationSeconds }) => maxDurationSeconds),
      ),
    })),
    broker: {
      ...brokerKeys,
      arn: `${brokerArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/local`,
      policies: [
        policyOf(...brokerStatements(access), {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: '*',
        }),
      ],
    },
    managedPolicies: Object.fromEntries([...policyArns].map((arn) => [arn, nothing])),
    oidcProviders: providersOf(access, lent),
  }
}

function providersOf(access: Access, lent: readonly RoleCredentials[]): readonly OidcProvider[] {
  const all = lent
    .filter(({ via }) => via === 'web-identity')
    .map(({ roleArn }) => oidcProvider(access, roleArn))
  return [...new Map(all.map((one) => [one.arn, { arn: one.arn, clientIds: [one.audience] }])).values()]
}

/** In the partition and account of the first of the lent roles. */
function brokerRoleArn(lent: readonly RoleCredentials[]): string {
  const [, partition = 'aws', , , account = '123456789012'] = lent[0]?.roleArn.split(':') ?? []
  return `arn:${partition}:iam::${account}:role/postern-broker`
}

const nothing = policyOf({ Effect: 'Deny', Action: 'postern:nothing', Resource: '*' })

function policyOf(...statements: readonly object[]): PolicyText {
  return { Version: '2012-10-17', Statement: statements }
}
