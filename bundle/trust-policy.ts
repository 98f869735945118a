import type { Access, IssuerName, RoleCredentials, RuleIndex } from '../shared/access/access.ts'
import { positionsIn } from '../shared/access/roles-of.ts'
import { namePrefix } from '../shared/sts/session-name.ts'

/** A trust policy in IAM's own shape. */
export type TrustPolicy = {
  readonly Version: '2012-10-17'
  readonly Statement: readonly TrustStatement[]
}

export type TrustStatement = {
  readonly Effect: 'Allow'
  readonly Principal: { readonly AWS: string }
  readonly Action: string
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** How long a trust policy may be, white space apart, where an account has not asked for more (IAM's quotas). */
export const maxTrustPolicyLength = 2048

/**
 * The trust policy by which an AWS role lets the broker lend it, as the manifest's roles do: `lender` is the name of
 * one of them, or the AWS role's ARN, and every role that lends the same AWS role is covered. `undefined` where none does.
 * One statement an action, since a condition of one would refuse another (facts B4). Pure.
 *
 * An action that no statement allows makes STS refuse the whole session. It does not check that the AWS role exists,
 * nor what it may do.
 */
export function trustPolicyOf(
  access: Pick<Access, 'roles' | 'index' | 'rules'>,
  lender: string,
  brokerArn: string,
): TrustPolicy | undefined {
  const roleArn = awsRoleOf(access, lender)
  const positions = [...access.roles.keys()].filter(
    (at) => access.roles[at]?.credentials?.roleArn === roleArn && roleArn !== undefined,
  )
  const lent = positions.flatMap((at) => access.roles[at]?.credentials ?? [])
  if (lent.length === 0) return undefined
  const statement = (Action: string, condition: Condition): TrustStatement => {
    const allowed = { Effect: 'Allow', Principal: { AWS: brokerArn }, Action } as const
    return Object.keys(condition).length === 0 ? allowed : { ...allowed, Condition: condition }
  }
  const names = distinct(issuersOf(access, positions).map((issuer) => `${namePrefix(issuer)}*`))
  // With none, nobody has the role, and nobody borrows it.
  const named = names.length === 0 ? {} : { StringLike: { 'sts:SourceIdentity': names } }
  return {
    Version: '2012-10-17',
    Statement: [
      // A session that says no source identity is nobody's, so it is asked for here too.
      ...externalIds(lent).map((condition) => statement('sts:AssumeRole', { ...condition, ...named })),
      ...tagKeys(lent).map((condition) => statement('sts:TagSession', condition)),
      ...(names.length === 0 ? [] : [statement('sts:SetSourceIdentity', named)]),
    ],
  }
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
