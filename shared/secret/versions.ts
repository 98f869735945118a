import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { PosternError } from '../error.ts'
import { failedBy, type SecretsManager } from './client.ts'

/** A version's value never changes: it is kept by its id. */
export type Version = {
  readonly id: string
  readonly text: string
  /** Epoch milliseconds. */
  readonly createdAtMs: number
}

/** A secret's versions by their stages (facts D1), as of one reading. */
export type Versions = {
  readonly current: Version
  readonly previous: Version | undefined
  /** Of a rotation under way; `undefined` also where it has no value yet. */
  readonly pending: Version | undefined
  /** Epoch milliseconds from which `current` is known to be current: what an overlap is counted from. */
  readonly currentSinceMs: number
  /** Whether that is the end of a rotation, and not only the last change. */
  readonly isDated: boolean
}

/**
 * Reads which versions a secret has, and of those that are not `known` the values. Throws `secret_unusable` where
 * nothing is current or the secret is gone, and `secret_unavailable`.
 */
export async function readVersions(
  secretsManager: SecretsManager,
  secretId: string,
  known: ReadonlyMap<string, Version> = new Map(),
): Promise<Versions> {
  const described = await describe(secretsManager, secretId)
  const get = async (stage: string): Promise<Version | undefined> => {
    const id = idOf(described, stage)
    return id === undefined ? undefined : (known.get(id) ?? readVersion(secretsManager, secretId, id))
  }
  const [current, previous, pending] = await Promise.all([
    get('AWSCURRENT'),
    get('AWSPREVIOUS'),
    get('AWSPENDING'),
  ])
  if (current === undefined) throw new PosternError('secret_unusable', 'the secret has no current version')
  return { current, previous, pending, ...currentSince(described, current) }
}

export async function describe(
  secretsManager: SecretsManager,
  secretId: string,
): Promise<DescribeSecretCommandOutput> {
  return secretsManager((client, { DescribeSecretCommand }, abortSignal) =>
    client.send(new DescribeSecretCommand({ SecretId: secretId }), { abortSignal }),
  )
}

/** The version that has a stage. */
export function idOf({ VersionIdsToStages = {} }: Described, stage: string): string | undefined {
  return Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0]
}

type Described = Pick<DescribeSecretCommandOutput, 'VersionIdsToStages'>

/** `undefined` for a version without a value, as RotateSecret makes it. */
export async function readVersion(
  secretsManager: SecretsManager,
  secretId: string,
  id: string,
  stage?: string,
): Promise<Version | undefined> {
  try {
    const answer = await secretsManager((client, { GetSecretValueCommand }, abortSignal) =>
      client.send(
        new GetSecretValueCommand({
          SecretId: secretId,
          VersionId: id,
          ...(stage !== undefined && { VersionStage: stage }),
        }),
        { abortSignal },
      ),
    )
    const { SecretString, CreatedDate } = answer
    if (SecretString === undefined || !(CreatedDate instanceof Date))
      throw new PosternError('secret_unusable', 'the secret has a version that is not text')
    return { id, text: SecretString, createdAtMs: CreatedDate.getTime() }
  } catch (error) {
    if (failedBy(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

/**
 * A rotation is dated when all of its steps are done. Until then, and where somebody has put the current version by
 * hand, the last change is as late as it can have become current.
 */
function currentSince(
  {
    LastRotatedDate,
    LastChangedDate,
  }: Pick<DescribeSecretCommandOutput, 'LastRotatedDate' | 'LastChangedDate'>,
  current: Version,
): Pick<Versions, 'currentSinceMs' | 'isDated'> {
  const rotatedMs = LastRotatedDate?.getTime() ?? Number.NEGATIVE_INFINITY
  if (rotatedMs >= current.createdAtMs) return { currentSinceMs: rotatedMs, isDated: true }
  const changedMs = LastChangedDate?.getTime() ?? current.createdAtMs
  return { currentSinceMs: Math.max(changedMs, current.createdAtMs), isDated: false }
}
