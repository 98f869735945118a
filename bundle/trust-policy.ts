import type { Access, IssuerName, RoleCredentials, RuleIndex } from '../shared/access/access.ts'
import { positionsIn } from '../shared/access/roles-of.ts'
import { namePrefix } from '../shared/sts/session-name.ts'
import { stsAudience } from '../shared/sts/web-identity.ts'

/** A trust policy in IAM's own shape. */
export type TrustPolicy = {
  readonly Version: '2012-10-17'
  readonly Statement: readonly TrustStatement[]
}

export type TrustStatement = {
  readonly Effect: 'Allow'
  readonly Principal: { readonly AWS: string } | { readonly Federated: string }
  readonly Action: string
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** How long a trust policy may be, white space apart, where an account has not asked for more (IAM's quotas). */
export const maxTrustPolicyLength = 2048

/**
 * The trust policy by which an AWS role lets the broker lend it, as the manifest's roles do: `lender` is the name of
 * one of them, or the AWS role's ARN, and every role that lends the same AWS role is covered. `undefined` where none does.
 * One statement an action, since a condition of one would refuse another (facts B4). What is lent by web identity asks
 * for a token of Postern's OIDC provider, for STS, whose subject is a role that lends. Pure.
 *
 * An action that no statement allows makes STS refuse the whole session. It does not check that the AWS role exists,
 * nor what it may do.
 */
export function trustPolicyOf(access: Lending, lender: string, brokerArn: string): TrustPolicy | undefined {
  const roleArn = awsRoleOf(access, lender)
  const positions = [...access.roles.keys()].filter(
    (at) => access.roles[at]?.credentials?.roleArn === roleArn && roleArn !== undefined,
  )
  if (roleArn === undefined || positions.length === 0) return undefined
  const by = (via: RoleCredentials['via']) =>
    positions.filter((at) => access.roles[at]?.credentials?.via === via)
  return {
    Version: '2012-10-17',
    Statement: [
      ...chained(access, by('assume-role'), { AWS: brokerArn }),
      ...federated(access, by('web-identity'), roleArn),
    ],
  }
}

type Lending = Pick<Access, 'roles' | 'index' | 'rules' | 'tokens'>

/** The broker assumes the AWS role by its own. */
function chained(
  access: Lending,
  positions: readonly number[],
  principal: TrustStatement['Principal'],
): readonly TrustStatement[] {
  const lent = credentialsAt(access, positions)
  if (lent.length === 0) return []
  const named = namedBy(access, positions)
  return [
    // A session that says no source identity is nobody's, so it is asked for here too.
    ...externalIds(lent).map((condition) =>
      statement(principal, 'sts:AssumeRole', { ...condition, ...named }),
    ),
    ...tagKeys(lent).map((condition) => statement(principal, 'sts:TagSession', condition)),
    ...(Object.keys(named).length === 0 ? [] : [statement(principal, 'sts:SetSourceIdentity', named)]),
  ]
}

/** STS is shown a token: the audience and the subject are pinned for every action that it lets in. */
function federated(
  access: Lending,
  positions: readonly number[],
  roleArn: string,
): readonly TrustStatement[] {
  const lent = credentialsAt(access, positions)
  if (lent.length === 0) return []
  const provider = oidcProvider(access, roleArn)
  const subjects = distinct(positions.flatMap((at) => access.roles[at]?.name ?? []))
  const pinned = {
    StringEquals: {
      [`${provider.host}:aud`]: stsAudience(roleArn),
      [`${provider.host}:sub`]: subjects.length === 1 ? (subjects[0] as string) : subjects,
    },
  }
  const principal = { Federated: provider.arn }
  const named = namedBy(access, positions)
  return [
    statement(principal, 'sts:AssumeRoleWithWebIdentity', { ...pinned, ...named }),
    ...tagKeys(lent).map((condition) => statement(principal, 'sts:TagSession', { ...pinned, ...condition })),
    ...(Object.keys(named).length === 0
      ? []
      : [statement(principal, 'sts:SetSourceIdentity', { ...pinned, ...named })]),
  ]
}

/** IAM's OIDC provider of Postern's tokens in the account of an AWS role, as `AWS::IAM::OIDCProvider` makes it. */
export function oidcProvider(
  { tokens }: Pick<Access, 'tokens'>,
  roleArn: string,
): { readonly arn: string; readonly host: string; readonly url: string; readonly audience: string } {
  const url = tokens?.issuer ?? ''
  const host = url.replace(/^https?:\/\//, '')
  const [, partition = 'aws', , , account = ''] = roleArn.split(':')
  const arn = `arn:${partition}:iam::${account}:oidc-provider/${host}`
  return { arn, host, url, audience: stsAudience(roleArn) }
}

function credentialsAt({ roles }: Lending, positions: readonly number[]): readonly RoleCredentials[] {
  return positions.flatMap((at) => roles[at]?.credentials ?? [])
}

function statement(
  Principal: TrustStatement['Principal'],
  Action: string,
  condition: Condition,
): TrustStatement {
  const allowed = { Effect: 'Allow', Principal, Action } as const
  return Object.keys(condition).length === 0 ? allowed : { ...allowed, Condition: condition }
}

/** With no issuer, nobody has the role, and nobody borrows it. */
function namedBy(access: Lending, positions: readonly number[]): Condition {
  const names = distinct(issuersOf(access, positions).map((issuer) => `${namePrefix(issuer)}*`))
  return names.length === 0 ? {} : { StringLike: { 'sts:SourceIdentity': names } }
}

function awsRoleOf({ roles }: Pick<Access, 'roles'>, lender: string): string | undefined {
  if (lender.startsWith('arn:')) return lender
  return roles.find(({ name }) => name === lender)?.credentials?.roleArn
}

type Condition = NonNullable<TrustStatement['Condition']>

/** Beside roles with an external id, one without must bring none: its statement would let any pass. */
function externalIds(lent: readonly RoleCredentials[]): readonly Condition[] {
  const ids = distinct(lent.flatMap(({ externalId }) => externalId ?? []))
  const asked = { StringEquals: { 'sts:ExternalId': ids.length === 1 ? (ids[0] as string) : ids } }
  if (ids.length === 0) return [{}]
  if (lent.every(({ externalId }) => externalId !== undefined)) return [asked]
  return [asked, { Null: { 'sts:ExternalId': 'true' } }]
}

/** One for each set of keys that some role passes; an optional tag may be left out, so these are the most there are. */
function tagKeys(lent: readonly RoleCredentials[]): readonly Condition[] {
  const conditions = new Map<string, Condition>()
  for (const { tags } of lent) {
    if (tags.length === 0) continue
    const transitive = distinct(tags.filter((tag) => tag.transitive).map(({ key }) => key))
    const keys = { 'aws:TagKeys': distinct(tags.map(({ key }) => key)) }
    const condition: Condition =
      transitive.length > 0
        ? { 'ForAllValues:StringEquals': { ...keys, 'sts:TransitiveTagKeys': transitive } }
        : { 'ForAllValues:StringEquals': keys, Null: { 'sts:TransitiveTagKeys': 'true' } }
    conditions.set(JSON.stringify(condition), condition)
  }
  return [...conditions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, condition]) => condition)
}

/** The issuers by whose rules somebody may borrow from one of these roles. */
function issuersOf(
  { roles, rules, index }: Pick<Access, 'roles' | 'index' | 'rules'>,
  lenders: readonly number[],
): readonly IssuerName[] {
  const borrowers = new Set(
    [...roles.keys()].filter((at) => roles[at]?.lends?.some((lender) => lenders.includes(lender))),
  )
  return Object.keys(index).filter((issuer) =>
    rulesOf(index[issuer] as RuleIndex).some((at) => borrowers.has(rules[at]?.role ?? -1)),
  )
}

function rulesOf({ claims, scanned }: RuleIndex): readonly number[] {
  const lists = claims.flatMap(({ equals, prefixes }) => [
    ...Object.values(equals),
    ...Object.values(prefixes),
  ])
  return [...scanned, ...lists.flatMap(positionsIn)]
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}
