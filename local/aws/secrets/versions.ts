import { randomUUID } from 'node:crypto'
import { Refused } from '../refused.ts'

/** A secret as Secrets Manager keeps it. Times are epoch milliseconds. */
export type Secret = {
  readonly arn: string
  readonly name: string
  readonly versions: Map<string, Version>
  rotationEnabled: boolean
  rotationLambdaArn: string | undefined
  rotationDays: number | undefined
  changedAtMs: number
  rotatedAtMs: number | undefined
  deleted: boolean
}

export type Version = {
  readonly id: string
  /** `undefined` until something is put: what RotateSecret made. */
  text: string | undefined
  readonly createdAtMs: number
  readonly stages: Set<string>
}

export function refused(code: string, message: string, status = 400): Refused {
  return new Refused(status, code, message)
}

export function createSecret(arn: string, name: string, text: string | undefined, nowMs: number): Secret {
  const secret: Secret = {
    arn,
    name,
    versions: new Map(),
    rotationEnabled: false,
    rotationLambdaArn: undefined,
    rotationDays: undefined,
    changedAtMs: nowMs,
    rotatedAtMs: undefined,
    deleted: false,
  }
  if (text !== undefined) addVersion(secret, randomUUID(), text, ['AWSCURRENT'], nowMs)
  return secret
}

export function staged(secret: Secret, stage: string): Version | undefined {
  return [...secret.versions.values()].find(({ stages }) => stages.has(stage))
}

export function addVersion(
  secret: Secret,
  id: string,
  text: string | undefined,
  stages: readonly string[],
  nowMs: number,
): void {
  secret.versions.set(id, { id, text, createdAtMs: nowMs, stages: new Set() })
  for (const stage of stages) moveStage(secret, stage, id)
  secret.changedAtMs = nowMs
}

/** A stage is on one version at a time, and AWSPREVIOUS goes where AWSCURRENT came from. */
function moveStage(secret: Secret, stage: string, to: string): void {
  const from = staged(secret, stage)
  if (from?.id === to) return
  from?.stages.delete(stage)
  secret.versions.get(to)?.stages.add(stage)
  if (stage === 'AWSCURRENT' && from !== undefined) moveStage(secret, 'AWSPREVIOUS', from.id)
  if (stage === 'AWSCURRENT') secret.versions.get(to)?.stages.delete('AWSPREVIOUS')
}

/**
 * PutSecretValue. The same token with the same data changes nothing, with other data it is refused. A new version that
 * becomes current in the middle of a rotation abandons that.
 */
export function putValue(
  secret: Secret,
  token: string,
  text: string,
  stages: readonly string[],
  nowMs: number,
): void {
  const known = secret.versions.get(token)
  if (known?.text !== undefined) {
    if (known.text === text) return
    throw refused(
      'ResourceExistsException',
      'You tried to create a version with a ClientRequestToken that already exists, with other data.',
    )
  }
  if (known === undefined) {
    const pending = staged(secret, 'AWSPENDING')
    if (pending !== undefined && !pending.stages.has('AWSCURRENT')) pending.stages.delete('AWSPENDING')
    addVersion(secret, token, text, stages, nowMs)
    return
  }
  known.text = text
  for (const stage of stages) moveStage(secret, stage, token)
  secret.changedAtMs = nowMs
}

/** UpdateSecretVersionStage. */
export function updateStage(
  secret: Secret,
  stage: string,
  { moveTo, removeFrom }: { readonly moveTo: string | undefined; readonly removeFrom: string | undefined },
  nowMs: number,
): void {
  const holder = staged(secret, stage)
  for (const id of [moveTo, removeFrom])
    if (id !== undefined && !secret.versions.has(id))
      throw refused('ResourceNotFoundException', "Secrets Manager can't find the specified secret version.")
  if (moveTo === undefined && removeFrom === undefined)
    throw refused('InvalidParameterException', 'You must give RemoveFromVersionId or MoveToVersionId.')
  if (holder !== undefined && holder.id !== moveTo && removeFrom !== holder.id)
    throw refused(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  if (holder === undefined && removeFrom !== undefined && removeFrom !== moveTo)
    throw refused(
      'InvalidParameterException',
      `The staging label ${stage} is not attached to version ${removeFrom}.`,
    )
  if (moveTo === undefined && stage === 'AWSCURRENT')
    throw refused(
      'InvalidParameterException',
      'You can only move the staging label AWSCURRENT to a different secret version.',
    )
  if (moveTo === undefined) holder?.stages.delete(stage)
  else moveStage(secret, stage, moveTo)
  secret.changedAtMs = nowMs
}

/** RotateSecret's first half: the version that the four steps are about. `false` where its rotation is over already. */
export function beginRotation(secret: Secret, token: string, nowMs: number): boolean {
  const pending = staged(secret, 'AWSPENDING')
  if (pending !== undefined && pending.id !== token && !pending.stages.has('AWSCURRENT'))
    throw refused(
      'InvalidRequestException',
      "A previous rotation isn't complete. That rotation will be reattempted.",
    )
  const known = secret.versions.get(token)
  if (known?.stages.has('AWSCURRENT')) return false
  if (known === undefined) addVersion(secret, token, undefined, [], nowMs)
  moveStage(secret, 'AWSPENDING', token)
  secret.changedAtMs = nowMs
  return true
}

/** Whether stages are as Secrets Manager keeps them: each on one version, and something is current. */
export function stageProblems(secret: Secret): readonly string[] {
  const seen = new Map<string, string>()
  const problems: string[] = []
  for (const { id, stages } of secret.versions.values())
    for (const stage of stages) {
      if (seen.has(stage)) problems.push(`${stage} is on ${seen.get(stage)} and ${id}`)
      seen.set(stage, id)
    }
  if (!seen.has('AWSCURRENT')) problems.push('nothing is AWSCURRENT')
  if (seen.get('AWSCURRENT') === seen.get('AWSPREVIOUS'))
    problems.push('AWSPREVIOUS is on the current version')
  return problems
}
