import type { Access } from '../shared/access/access.ts'

/** A statement of an identity's policy. */
export type IamStatement = {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
}

/**
 * What the broker's execution role must be allowed to lend what the manifest's roles lend, and no more: the exact AWS
 * roles, and tags of sessions only where some are passed (facts B4). None where no role lends by AssumeRole. Pure; the same manifest
 * gives the same statements, whatever the order of its roles.
 */
export function brokerStatements({ roles }: Pick<Access, 'roles'>): readonly IamStatement[] {
  // By web identity STS is shown a token, and nobody's permission is asked.
  const lent = roles.flatMap(({ credentials }) => (credentials?.via === 'assume-role' ? credentials : []))
  const arns = distinct(lent.map(({ roleArn }) => roleArn))
  const tagged = distinct(lent.filter(({ tags }) => tags.length > 0).map(({ roleArn }) => roleArn))
  return [
    ...allowed(['sts:AssumeRole', 'sts:SetSourceIdentity'], arns),
    ...allowed(['sts:TagSession'], tagged),
  ]
}

function allowed(Action: readonly string[], Resource: readonly string[]): readonly IamStatement[] {
  return Resource.length === 0 ? [] : [{ Effect: 'Allow', Action, Resource }]
}

function distinct(arns: readonly string[]): readonly string[] {
  return [...new Set(arns)].sort()
}
