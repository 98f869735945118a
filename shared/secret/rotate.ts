import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { PosternError } from '../error.ts'
import type { SecretsManager } from './client.ts'
import { describe, idOf, readVersion, readVersions, type Version, type Versions } from './versions.ts'
import { makeCurrent, putVersion, refusedRotation } from './writes.ts'

export const rotationSteps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
export type RotationStep = (typeof rotationSteps)[number]

/** Secrets Manager's event (facts D1). */
export type RotationEvent = {
  readonly step: RotationStep
  readonly secretId: string
  /** The id of the version that is to become current. */
  readonly token: string
}

/** What a rotation of a kind of secret does. Each may be run again, after whatever part of it was done. */
export type Kind = {
  /** Whether another rotation may begin; throws `rotation_too_soon`. */
  readonly check?: (versions: Versions) => Promise<void> | void
  /** The next value. */
  readonly next: (current: Version) => Promise<string> | string
  /** Makes the next value known where it is used. */
  readonly set?: (pending: Version, current: Version) => Promise<void>
  /** Whether the next value works; throws `rotation_refused`. It may be the current one (RotateImmediately false). */
  readonly test: (pending: Version, current: Version) => Promise<void> | void
  /** After the next value has become current. */
  readonly finish?: () => Promise<void>
}

/** What of a step is there to be recorded. */
export type Rotated = { readonly secretName: string; readonly outcome: 'done' | 'already_current' }

/**
 * One of the four steps, by Secrets Manager's contract (facts D1). Nothing is written but in createSecret, where there
 * is no pending value yet, in finishSecret, and what the kind sets. Throws `rotation_refused`, `rotation_too_soon`,
 * `secret_unusable`, `secret_unavailable`.
 */
export async function rotateStep(
  secretsManager: SecretsManager,
  { step, secretId, token }: RotationEvent,
  kindOf: (described: DescribeSecretCommandOutput) => Kind,
): Promise<Rotated> {
  const described = await describe(secretsManager, secretId)
  const secretName = described.Name ?? secretId
  const stages = described.VersionIdsToStages?.[token]
  if (described.RotationEnabled !== true) throw refusedRotation('rotation is not enabled for this secret')
  if (stages === undefined) throw refusedRotation('the secret has no version of this ClientRequestToken')
  if (stages.includes('AWSCURRENT')) return { secretName, outcome: 'already_current' }
  if (!stages.includes('AWSPENDING')) throw refusedRotation('the version of this token is not AWSPENDING')
  const currentId = idOf(described, 'AWSCURRENT')
  if (currentId === undefined) throw new PosternError('secret_unusable', 'the secret has no current version')
  const kind = kindOf(described)
  if (step === 'createSecret') await create(secretsManager, kind, secretId, token)
  else if (step === 'finishSecret') {
    await makeCurrent(secretsManager, { secretId, from: currentId, to: token })
    await kind.finish?.()
  } else {
    const [pending, current] = await Promise.all([
      readVersion(secretsManager, secretId, token, 'AWSPENDING'),
      readVersion(secretsManager, secretId, currentId, 'AWSCURRENT'),
    ])
    if (pending === undefined) throw refusedRotation('there is no pending value: createSecret comes first')
    if (current === undefined) throw new PosternError('secret_unusable', 'the current version has no value')
    await (step === 'setSecret' ? kind.set?.(pending, current) : kind.test(pending, current))
  }
  return { secretName, outcome: 'done' }
}

async function create(
  secretsManager: SecretsManager,
  kind: Kind,
  secretId: string,
  token: string,
): Promise<void> {
  const versions = await readVersions(secretsManager, secretId)
  // Kept: a run before this one made it, and may have shown it to somebody.
  if (versions.pending !== undefined) return
  await kind.check?.(versions)
  const text = await kind.next(versions.current)
  await putVersion(secretsManager, { secretId, token, text, stage: 'AWSPENDING' })
}
