import { hash } from 'node:crypto'
import type { Session } from './session.ts'

/** The fields of STS's AssumeRole, as the SDK names them (facts B1). */
export type AssumeRole = {
  readonly RoleArn: string
  readonly RoleSessionName: string
  readonly SourceIdentity: string
  readonly DurationSeconds: number
  readonly Policy?: string
  readonly PolicyArns?: { readonly arn: string }[]
  readonly Tags?: { readonly Key: string; readonly Value: string }[]
  readonly TransitiveTagKeys?: string[]
  readonly ExternalId?: string
}

/** The request that a session is asked for with; the same session makes the same JSON of it. */
export function assumeRoleOf(session: Session): AssumeRole {
  const { roleArn, name, seconds, tags, policy, policyArns, externalId } = session
  const transitive = tags.filter((tag) => tag.transitive)
  return {
    RoleArn: roleArn,
    RoleSessionName: name,
    SourceIdentity: name,
    DurationSeconds: seconds,
    ...(policy !== undefined && { Policy: policy }),
    ...(policyArns.length > 0 && { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    ...(tags.length > 0 && { Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
    ...(transitive.length > 0 && { TransitiveTagKeys: transitive.map(({ key }) => key) }),
    ...(externalId !== undefined && { ExternalId: externalId }),
  }
}

/** What leases are held by: SHA-256 of all that STS is told, so that nothing of it can differ within one. */
export function digestOf(session: Session): string {
  return hash('sha256', JSON.stringify([assumeRoleOf(session), session.webIdentity]), 'base64url')
}
