import middy from '@middy/core'
import type { AccessRows } from '../../shared/access/access.ts'
import { PosternError } from '../../shared/error.ts'
import { isJsonObject } from '../../shared/json.ts'
import type { SecretsManager } from '../../shared/secret/client.ts'
import { clientKind } from '../../shared/secret/kind-client.ts'
import { type AppClient, type AppClientSecrets, cognitoKind } from '../../shared/secret/kind-cognito.ts'
import { reconcile, type SigningSecrets, signingKind } from '../../shared/secret/kind-signing.ts'
import { type Kind, type RotationEvent, rotateStep, rotationSteps } from '../../shared/secret/rotate.ts'
import { stuckAfterSeconds, watchAge, watchSecret } from '../../shared/secret/watch.ts'
import { refusedRotation } from '../../shared/secret/writes.ts'

export type RotationDependencies = {
  readonly secretsManager: SecretsManager
  /** Names or ARNs; `undefined` where nothing is signed. */
  readonly signing: SigningSecrets | undefined
  readonly appClient: (app: AppClient) => AppClientSecrets
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** Takes one record, a line of JSON without its newline. */
  readonly emit: (line: string) => void
}

/** What Secrets Manager calls for each step (facts D1), and a schedule with `{"watch": "secrets"}`. */
export type Rotation = (event: unknown, context?: object) => Promise<void>

/** The one function that rotates every kind of secret, and watches those that people rotate. */
export function createRotation(access: AccessRows, dependencies: RotationDependencies): Rotation {
  const entries = entriesOf(access, dependencies)
  return middy().handler(async (event: unknown) => {
    if (isJsonObject(event) && event.watch === 'secrets') await watch(entries, dependencies)
    else await rotate(entries, event, dependencies)
  }) as unknown as Rotation
}

/** A secret of the manifest, or the signing keys. */
type Entry = {
  readonly name: string
  readonly id: string
  /** Absent for one that people rotate. */
  readonly kind?: Kind
  readonly maxAgeSeconds?: number
}

function entriesOf(
  { clients = [], secrets = [] }: AccessRows,
  { secretsManager, signing, appClient, nowMs }: RotationDependencies,
): readonly Entry[] {
  const ofSigning = signing && {
    name: 'signing-keys',
    id: signing.signing,
    kind: signingKind(secretsManager, signing, nowMs),
  }
  return [
    ...(ofSigning ? [ofSigning] : []),
    ...clients.flatMap(({ name, secret }) =>
      secret === undefined
        ? []
        : { name: `client:${name}`, id: secret.id, kind: clientKind(secret.overlapSeconds, nowMs) },
    ),
    ...secrets.map((one) =>
      one.kind === 'manual'
        ? { name: one.name, id: one.id, maxAgeSeconds: one.maxAgeDays * 86_400 }
        : { name: one.name, id: one.id, kind: cognitoKind(appClient(one), one, nowMs) },
    ),
  ]
}

async function rotate(
  entries: readonly Entry[],
  event: unknown,
  { secretsManager, nowMs, emit }: RotationDependencies,
): Promise<void> {
  const startedMs = nowMs()
  const record = {
    kind: 'rotation',
    timeMs: startedMs,
    step: '',
    secret: '',
    outcome: 'failed',
    reason: 'internal_error',
  }
  let message: string | undefined
  try {
    const asked = readEvent(event)
    record.step = asked.step
    const { secretName, outcome } = await rotateStep(secretsManager, asked, ({ ARN = '', Name = '' }) => {
      const entry = entries.find(({ id }) => id === ARN || id === Name)
      record.secret = entry?.name ?? Name
      if (entry?.kind === undefined)
        throw refusedRotation('the manifest has no such secret that is rotated by a function')
      return entry.kind
    })
    if (record.secret === '') record.secret = secretName
    record.outcome = outcome
    record.reason = 'granted'
  } catch (error) {
    const known = error instanceof PosternError ? error : undefined
    record.reason = known?.reason ?? 'internal_error'
    message = known?.message ?? 'a fault in Postern itself; please report it'
    // Secrets Manager keeps what is thrown in its own log.
    throw new Error(`${record.reason}: ${message}`)
  } finally {
    emit(
      JSON.stringify({
        ...record,
        ...(message !== undefined && { message }),
        durationMs: nowMs() - startedMs,
      }),
    )
  }
}

function readEvent(event: unknown): RotationEvent {
  const { Step, SecretId, ClientRequestToken } = isJsonObject(event) ? event : {}
  const step = rotationSteps.find((one) => one === Step)
  if (step === undefined)
    throw new PosternError('event_invalid', `"Step" is none of ${rotationSteps.join(', ')}`)
  if (typeof SecretId !== 'string' || SecretId === '')
    throw new PosternError('event_invalid', '"SecretId" is missing')
  if (typeof ClientRequestToken !== 'string' || !/^[\w-]{32,64}$/.test(ClientRequestToken))
    throw new PosternError('event_invalid', '"ClientRequestToken" is not 32 to 64 letters, digits and dashes')
  return { step, secretId: SecretId, token: ClientRequestToken }
}

/** One record a secret; one that cannot be read does not keep the others from being looked at. */
async function watch(
  entries: readonly Entry[],
  { secretsManager, signing, nowMs, emit }: RotationDependencies,
): Promise<void> {
  let failed = 0
  for (const { name, id, maxAgeSeconds } of entries) {
    const record = { kind: 'secret', timeMs: nowMs(), secret: name }
    try {
      const look = maxAgeSeconds === undefined ? watchSecret : watchAge
      const { ageSeconds, pendingSeconds = 0 } = await look(secretsManager, id, nowMs())
      const overdue = maxAgeSeconds !== undefined && ageSeconds > maxAgeSeconds ? 1 : 0
      const stuck = pendingSeconds > stuckAfterSeconds ? 1 : 0
      emit(JSON.stringify({ ...record, ageSeconds, pendingSeconds, overdue, stuck }))
      if (name === 'signing-keys' && signing !== undefined) await reconcile(secretsManager, signing, nowMs())
    } catch (error) {
      failed++
      const known = error instanceof PosternError ? error : undefined
      emit(JSON.stringify({ ...record, reason: known?.reason ?? 'internal_error', message: known?.message }))
    }
  }
  if (failed > 0)
    throw new Error(`${failed} of ${entries.length} secrets could not be looked at; see the records`)
}
