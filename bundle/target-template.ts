import { createHash } from 'node:crypto'
import type { Access } from '../shared/access/access.ts'
import { type TargetStatement, type UpperBound, upperBound } from './target-policy.ts'
import { oidcProvider, type TrustPolicy, trustPolicyOf } from './trust-policy.ts'

/** What the manifest says of a role besides what `Access` holds. */
export type AboutRole = { readonly owner?: string | undefined; readonly description?: string | undefined }

/** An AWS role that is lent, as its account is to make it. */
export type TargetRole = {
  readonly arn: string
  readonly name: string
  readonly path: string
  /** Of its resource in the template. */
  readonly logicalId: string
  /** The roles of the manifest that lend it. */
  readonly lenders: readonly string[]
  readonly trust: TrustPolicy
  readonly bound: UpperBound
  /** Whether a role of the manifest lends it unnarrowed, so that its permissions are not in the manifest. */
  readonly isLentWhole: boolean
  readonly hasPolicyArns: boolean
  readonly maxSessionSeconds: number
  /** IAM's OIDC provider that its trust policy names; absent where nobody lends it by web identity. */
  readonly provider?: { readonly url: string; readonly audience: string }
}

/** IAM's least for MaxSessionDuration. */
const leastMaxSessionSeconds = 3600

/** The AWS roles of an account that the manifest's roles lend, in the order of their ARNs. Pure. */
export function targetRoles(access: Access, account: string, brokerArn: string): readonly TargetRole[] {
  const lent = access.roles.flatMap(({ credentials }) => credentials?.roleArn ?? [])
  const arns = [...new Set(lent)].filter((arn) => arn.split(':')[4] === account).sort()
  return arns.map((arn) => {
    const lenders = access.roles.filter(({ credentials }) => credentials?.roleArn === arn)
    const credentials = lenders.flatMap((role) => role.credentials ?? [])
    const [, path = '/', name = ''] = /:role(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? []
    return {
      arn,
      name,
      path,
      logicalId: `${logicalName(name)}Role`,
      lenders: lenders.map((role) => role.name),
      trust: trustPolicyOf(access, arn, brokerArn) as TrustPolicy,
      bound: upperBound(credentials),
      isLentWhole: credentials.some(({ scopes }) => scopes === null),
      hasPolicyArns: credentials.some(({ policyArns }) => policyArns.length > 0),
      maxSessionSeconds: Math.max(
        leastMaxSessionSeconds,
        ...credentials.map((one) => one.maxDurationSeconds),
      ),
      ...(credentials.some(({ via }) => via === 'web-identity') && { provider: oidcProvider(access, arn) }),
    }
  })
}

/** By the name alone, so that another role in the template never renames this one, which would replace it. */
function logicalName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
  if (/^[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*$/.test(name)) return words.join('')
  // `a.b`, `aB` and `a-b` would be one.
  return `${words.join('')}H${createHash('sha256').update(name).digest('hex').slice(0, 8).toUpperCase()}`
}

/** The permissions as IAM counts them against its quota; `undefined` where the manifest has none. */
export function inlinePolicyOf({
  bound,
}: Pick<TargetRole, 'bound'>):
  | { readonly Version: '2012-10-17'; readonly Statement: readonly TargetStatement[] }
  | undefined {
  if (bound.statements.length === 0) return undefined
  return { Version: '2012-10-17', Statement: bound.statements }
}

export function managedPoliciesParameter({ logicalId }: Pick<TargetRole, 'logicalId'>): string {
  return `${logicalId.slice(0, -'Role'.length)}ManagedPolicies`
}

/** The template as CloudFormation takes it, with no function but `Ref` and `Fn::If`. Pure. */
export function targetTemplate(
  roles: readonly TargetRole[],
  about: ReadonlyMap<string, AboutRole>,
  account: string,
): object {
  const whole = roles.filter(({ isLentWhole }) => isLentWhole)
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `AWS roles of the account ${account} that Postern's broker lends`,
    Parameters: {
      PermissionsBoundary: {
        Type: 'String',
        Default: '',
        Description: 'ARN of a managed policy that bounds every role of this stack; empty for none.',
      },
      ...Object.fromEntries(whole.map((role) => [managedPoliciesParameter(role), managedPolicies(role)])),
    },
    Conditions: {
      HasPermissionsBoundary: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'PermissionsBoundary' }, ''] }] },
    },
    Resources: {
      ...provider(roles),
      ...Object.fromEntries(roles.map((role) => [role.logicalId, resource(role, about)])),
    },
  }
}

/** An account has one of an address; whoever has it already takes it out of the template. */
function provider(roles: readonly TargetRole[]): object {
  const found = roles.flatMap(({ provider }) => provider ?? [])[0]
  if (found === undefined) return {}
  const Properties = { Url: found.url, ClientIdList: [found.audience] }
  return { PosternOidcProvider: { Type: 'AWS::IAM::OIDCProvider', DeletionPolicy: 'Retain', Properties } }
}

function managedPolicies({ name, lenders }: TargetRole): object {
  return {
    Type: 'CommaDelimitedList',
    Description: `ARNs of the managed policies that ${name} has: ${lenders.join(', ')} lends it unnarrowed, so that the manifest does not say what it may do.`,
  }
}

function resource(role: TargetRole, about: ReadonlyMap<string, AboutRole>): object {
  const policy = inlinePolicyOf(role)
  const owners = role.lenders.flatMap((lender) => about.get(lender)?.owner ?? [])
  const [lender = '', ...others] = role.lenders
  const purpose = others.length === 0 ? about.get(lender)?.description : undefined
  const description = `Lent by Postern as ${role.lenders.join(', ')}${purpose === undefined ? '' : `: ${purpose}`}`
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: role.name,
      Path: role.path,
      Description: shortened(description.replace(beyondDescription, ' '), 1000),
      MaxSessionDuration: role.maxSessionSeconds,
      AssumeRolePolicyDocument: role.trust,
      ...(role.isLentWhole && { ManagedPolicyArns: { Ref: managedPoliciesParameter(role) } }),
      ...(policy && { Policies: [{ PolicyName: 'postern-scopes', PolicyDocument: policy }] }),
      PermissionsBoundary: {
        'Fn::If': ['HasPermissionsBoundary', { Ref: 'PermissionsBoundary' }, { Ref: 'AWS::NoValue' }],
      },
      Tags: [...tag('postern:owner', owners), ...tag('postern:role', role.lenders)],
    },
  }
}

/** Of a name of our own: an AWS role's tags are its sessions' too, unless these have one of the same key. */
function tag(Key: string, values: readonly string[]): readonly object[] {
  const text = [...new Set(values)].map((one) => one.replace(beyondTag, ' ').trim()).join(' ')
  return text === '' ? [] : [{ Key, Value: shortened(text, 256) }]
}

/** IAM's own patterns: what a tag's value, and what a role's description, cannot hold; white space goes along. */
const beyondTag = /[^\p{L}\p{N}_.:/=+\-@]+/gu
const beyondDescription = /[^\u0021-\u007e\u00a1-\u00ff]+/g

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 4).trimEnd()} ...`
}
