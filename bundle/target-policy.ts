import type { RoleCredentials } from '../shared/access/access.ts'
import { type Conditions, loosened } from './target-condition.ts'
import { filled, tagOf } from './target-value.ts'

/** A statement of the AWS role's own policy. */
export type TargetStatement = {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Conditions
}

export type UpperBound = {
  readonly statements: readonly TargetStatement[]
  /** Claims that stand as `*`, since no tag of the session holds them there. */
  readonly open: readonly string[]
  /** Conditions that are left out, as in `NumericEquals s3:max-keys`. */
  readonly dropped: readonly string[]
}

/**
 * The most that an AWS role has to be allowed for what these roles lend of it: the union of their scopes. A claim is
 * `${aws:PrincipalTag/key}` where a tag that every session of that role has is the same claim, and `*` elsewhere.
 *
 * `policyArns` add nothing: they narrow sessions, and say nothing of what the AWS role is for. Nor do `scopes: null`.
 * Pure.
 */
export function upperBound(lent: readonly RoleCredentials[]): UpperBound {
  const open: string[] = []
  const dropped: string[] = []
  const merged = new Map<string, { readonly statement: TargetStatement; readonly resources: Set<string> }>()
  for (const { scopes, tags } of lent) {
    const tag = tagOf(tags)
    for (const { actions, resources, conditions = {} } of Object.values(scopes ?? {}).flat()) {
      const { Condition, ...left } = loosened(conditions, tag)
      const statement = {
        Effect: 'Allow',
        Action: actions,
        Resource: [],
        ...(Condition && { Condition }),
      } as const
      // Scopes and roles often differ in their resources alone, and the room is small.
      const key = JSON.stringify(statement)
      const same = merged.get(key) ?? { statement, resources: new Set() }
      merged.set(key, same)
      for (const resource of resources.map((one) => filled(one, tag, 'arn'))) {
        same.resources.add(resource.text)
        open.push(...resource.open)
      }
      open.push(...left.open)
      dropped.push(...left.dropped)
    }
  }
  const statements = [...merged.values()].map(({ statement, resources }) => ({
    ...statement,
    Resource: [...resources],
  }))
  return { statements, open: distinct(open), dropped: distinct(dropped) }
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}
