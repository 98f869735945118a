import { randomUUID } from 'node:crypto'
import { refusal } from '../iam/authorize.ts'
import { keysOf, type Principal, type Surroundings } from '../principal.ts'
import { type Input, readInput } from './input.ts'
import { addVersion, createSecret, putValue, refused, type Secret, staged, updateStage } from './versions.ts'

/** What the stand-in keeps, and how a rotation is set off. */
export type Store = {
  readonly secrets: Map<string, Secret>
  readonly arnOf: (name: string) => string
  readonly rotate: (secret: Secret, input: Input) => string
}

type Asked = {
  readonly input: Input
  readonly caller: Principal
  readonly surroundings: Surroundings
}

type Answer = Readonly<Record<string, unknown>>

/** Answers an operation of Secrets Manager (facts D2); throws `Refused` for an answer that is an error. */
export function answerOperation(
  store: Store,
  operation: string,
  body: string,
  caller: Principal,
  surroundings: Surroundings,
): Answer {
  const answer = operations[operation]
  if (answer === undefined) throw refused('UnknownOperationException', `${operation} is not served here.`)
  const input = readInput(operation, body)
  return answer(store, { input, caller, surroundings })
}

const operations: Readonly<Record<string, (store: Store, asked: Asked) => Answer>> = {
  CreateSecret(store, { input, surroundings, caller }) {
    const name = input.Name ?? ''
    const arn = store.arnOf(name)
    allow('CreateSecret', arn, caller, surroundings)
    if (store.secrets.has(arn))
      throw refused(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      )
    const secret = createSecret(arn, name, undefined, surroundings.nowMs)
    const id = input.ClientRequestToken ?? randomUUID()
    if (input.SecretString !== undefined)
      addVersion(secret, id, input.SecretString, ['AWSCURRENT'], surroundings.nowMs)
    store.secrets.set(arn, secret)
    return { ARN: arn, Name: name, ...(input.SecretString !== undefined && { VersionId: id }) }
  },

  GetSecretValue(store, asked) {
    const secret = find(store, 'GetSecretValue', asked)
    const { VersionId, VersionStage } = asked.input
    const version =
      VersionId === undefined ? staged(secret, VersionStage ?? 'AWSCURRENT') : secret.versions.get(VersionId)
    if (version?.text === undefined || (VersionStage !== undefined && !version.stages.has(VersionStage)))
      throw refused(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${VersionId === undefined ? 'staging label' : 'VersionId'}: ${VersionId ?? VersionStage ?? 'AWSCURRENT'}`,
      )
    return {
      ...named(secret),
      VersionId: version.id,
      SecretString: version.text,
      VersionStages: [...version.stages],
      CreatedDate: version.createdAtMs / 1000,
    }
  },

  DescribeSecret(store, asked) {
    const secret = find(store, 'DescribeSecret', asked, true)
    const withStages = [...secret.versions.values()].filter(({ stages }) => stages.size > 0)
    return {
      ...named(secret),
      ...(secret.rotationEnabled && { RotationEnabled: true }),
      ...(secret.rotationLambdaArn !== undefined && { RotationLambdaARN: secret.rotationLambdaArn }),
      ...(secret.rotationDays !== undefined && {
        RotationRules: { AutomaticallyAfterDays: secret.rotationDays },
      }),
      ...(secret.rotatedAtMs !== undefined && { LastRotatedDate: secret.rotatedAtMs / 1000 }),
      LastChangedDate: secret.changedAtMs / 1000,
      ...(secret.deleted && { DeletedDate: asked.surroundings.nowMs / 1000 }),
      VersionIdsToStages: Object.fromEntries(withStages.map(({ id, stages }) => [id, [...stages]])),
    }
  },

  ListSecretVersionIds(store, asked) {
    const secret = find(store, 'ListSecretVersionIds', asked)
    const withStages = [...secret.versions.values()].filter(({ stages }) => stages.size > 0)
    const versions = withStages.map(({ id, stages, createdAtMs }) => ({
      VersionId: id,
      VersionStages: [...stages],
      CreatedDate: createdAtMs / 1000,
    }))
    return { ...named(secret), Versions: versions }
  },

  PutSecretValue(store, asked) {
    const secret = find(store, 'PutSecretValue', asked)
    const {
      ClientRequestToken: id = randomUUID(),
      SecretString = '',
      VersionStages = ['AWSCURRENT'],
    } = asked.input
    putValue(secret, id, SecretString, VersionStages, asked.surroundings.nowMs)
    return { ...named(secret), VersionId: id, VersionStages: [...(secret.versions.get(id)?.stages ?? [])] }
  },

  UpdateSecretVersionStage(store, asked) {
    const secret = find(store, 'UpdateSecretVersionStage', asked)
    const { VersionStage = '', MoveToVersionId: moveTo, RemoveFromVersionId: removeFrom } = asked.input
    updateStage(secret, VersionStage, { moveTo, removeFrom }, asked.surroundings.nowMs)
    return named(secret)
  },

  RotateSecret(store, asked) {
    const secret = find(store, 'RotateSecret', asked)
    return { ...named(secret), VersionId: store.rotate(secret, asked.input) }
  },

  CancelRotateSecret(store, asked) {
    const secret = find(store, 'CancelRotateSecret', asked)
    if (!secret.rotationEnabled && secret.rotationLambdaArn === undefined)
      throw refused('InvalidRequestException', 'You tried to cancel rotation of a secret that has none.')
    secret.rotationEnabled = false
    return named(secret)
  },
}

const named = ({ arn, name }: Secret) => ({ ARN: arn, Name: name })

/** By name or ARN. Whether it is there is told only to who may ask. */
function find(
  store: Store,
  operation: string,
  { input, caller, surroundings }: Asked,
  evenDeleted = false,
): Secret {
  const secret = secretOf(store, input.SecretId ?? '')
  allow(operation, secret?.arn ?? store.arnOf(input.SecretId ?? ''), caller, surroundings)
  if (secret === undefined)
    throw refused('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  if (secret.deleted && !evenDeleted)
    throw refused(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    )
  return secret
}

export function secretOf({ secrets }: Pick<Store, 'secrets'>, id: string): Secret | undefined {
  return secrets.get(id) ?? [...secrets.values()].find(({ name }) => name === id)
}

function allow(operation: string, resource: string, caller: Principal, surroundings: Surroundings): void {
  const action = `secretsmanager:${operation}`
  if (refusal(caller, { action, resource, keys: keysOf(caller, surroundings) }) === undefined) return
  throw refused(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
  )
}
