import { randomUUID } from 'node:crypto'
import type { Input } from './input.ts'
import { beginRotation, refused, type Secret, staged } from './versions.ts'

/** What Secrets Manager sends a rotation function (facts D1). */
export type RotationEvent = {
  readonly Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'
  readonly SecretId: string
  readonly ClientRequestToken: string
}

/** Calls the rotation function; rejects where that fails. */
export type Invoke = (functionArn: string, event: RotationEvent) => Promise<unknown>

export type Rotations = {
  /** RotateSecret: the new version's id, and the steps to run. Throws what the service refuses. */
  begin(secret: Secret, input: Input): { readonly token: string; readonly work: () => Promise<void> }
  /** The four steps anew, as Secrets Manager tries again; rejects where nothing is pending. */
  retry(secret: Secret): Promise<void>
}

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** The four steps in order, up to the first that fails; the date of the rotation is set when all are done. */
export function createRotations(invoke: Invoke | undefined, nowMs: () => number): Rotations {
  async function run(secret: Secret, token: string, only: readonly RotationEvent['Step'][]): Promise<void> {
    const functionArn = secret.rotationLambdaArn
    if (invoke === undefined || functionArn === undefined) throw new Error('nothing is there that rotates')
    for (const Step of only)
      await invoke(functionArn, { Step, SecretId: secret.arn, ClientRequestToken: token })
    if (only.length === steps.length && staged(secret, 'AWSCURRENT')?.id === token)
      secret.rotatedAtMs = nowMs()
  }

  function begin(
    secret: Secret,
    input: Input,
  ): { readonly token: string; readonly work: () => Promise<void> } {
    const {
      ClientRequestToken: token = randomUUID(),
      RotationLambdaARN,
      RotationRules,
      RotateImmediately = true,
    } = input
    secret.rotationLambdaArn = RotationLambdaARN ?? secret.rotationLambdaArn
    if (secret.rotationLambdaArn === undefined)
      throw refused(
        'InvalidRequestException',
        'No Lambda rotation function ARN is associated with this secret.',
      )
    secret.rotationDays = RotationRules?.AutomaticallyAfterDays ?? secret.rotationDays
    secret.rotationEnabled = true
    const isNew = beginRotation(secret, token, nowMs())
    if (RotateImmediately) return { token, work: async () => (isNew ? run(secret, token, steps) : undefined) }
    const pending = secret.versions.get(token)
    if (pending !== undefined) pending.text ??= staged(secret, 'AWSCURRENT')?.text
    return {
      token,
      // moto leaves the version pending; AWS takes the temporary version away again (facts D1).
      work: () => run(secret, token, ['testSecret']).finally(() => pending?.stages.delete('AWSPENDING')),
    }
  }

  return {
    begin,
    async retry(secret) {
      const pending = staged(secret, 'AWSPENDING')
      if (pending === undefined) throw new Error('no rotation is under way')
      await run(secret, pending.id, steps)
    },
  }
}
