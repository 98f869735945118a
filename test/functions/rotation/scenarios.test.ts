import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RotationEvent } from '../../../local/aws/secrets/rotations.ts'
import { type ApiModel, type Members, problemsOf } from '../../support/api-model.ts'
import { corpusFile } from '../../support/corpus.ts'
import { functionArn, startTokens, type TokenStand } from '../../support/token-stand.ts'

type Scenario = {
  readonly id: string
  readonly given: {
    readonly RotationEnabled?: boolean
    readonly VersionIdsToStages?: Readonly<Record<string, readonly string[]>>
    readonly currentValueExists?: boolean
    readonly pendingValueExists?: boolean
  }
  readonly when: RotationEvent
  readonly then: { readonly error?: string; readonly mutations?: readonly string[] }
}

const corpus = corpusFile<{ readonly cases: readonly Scenario[] }>('rotation-scenarios/rotation.json')
const ofFunction = (corpus?.cases ?? []).filter(({ when }) => typeof when === 'object')
const current = '11111111-1111-4111-8111-111111111111'
const id = 'clients/nightly'
const value = (name: string) => JSON.stringify({ clientSecret: name.padEnd(43, 'x') })

let stand: TokenStand
let client: SecretsManagerClient
beforeAll(async () => {
  stand = await startTokens(
    (issuer) => ({
      version: 1,
      issuers: { bots: { type: 'postern' } },
      tokens: { issuer, audiences: ['orders'] },
      clients: { nightly: { secret: id, allowedAudiences: ['orders'], overlapSeconds: 600 } },
    }),
    { boot: false },
  )
  client = new SecretsManagerClient({ maxAttempts: 1, endpoint: stand.aws.url })
})
afterAll(() => stand.close())

/** What the rotation function is expected to say, where AWS's sample says it in its own words. */
const said: Readonly<Record<string, RegExp>> = {
  'not-enabled': /^rotation_refused: rotation is not enabled/,
  'token-not-staged': /^rotation_refused: the secret has no version of this ClientRequestToken/,
  'token-not-pending': /^rotation_refused: the version of this token is not AWSPENDING/,
  'bad-step': /^event_invalid: "Step" is none of/,
  'missing-event-key': /^event_invalid: "ClientRequestToken"/,
  'create-no-current-value': /^secret_unusable: the secret has no current version/,
}

test.skipIf(corpus === undefined)('there are as many scenarios as the corpus is said to have', () => {
  expect(corpus?.cases).toHaveLength(24)
  expect(ofFunction).toHaveLength(11)
})

test.each(ofFunction.map((one) => [one.id, one] as const))(
  'the function, step by step: %s',
  async (name, scenario) => {
    const { given, when, then } = scenario
    const arn = stand.aws.secrets.create(id, undefined)
    const secret = stand.aws.secrets.find(arn)
    secret.rotationEnabled = given.RotationEnabled ?? true
    for (const [versionId, stages] of Object.entries(given.VersionIdsToStages ?? {})) {
      const isCurrent = versionId === current
      const exists = isCurrent ? given.currentValueExists !== false : given.pendingValueExists !== false
      const text =
        exists && name !== 'create-first-time' ? value(versionId) : isCurrent ? value(versionId) : undefined
      secret.versions.set(versionId, {
        id: versionId,
        text: isCurrent && given.currentValueExists === false ? undefined : text,
        createdAtMs: stand.clock.nowMs,
        stages: new Set(stages),
      })
    }
    const before = stand.aws.secrets.requests.length
    const asked = { ...when, ...(when.SecretId === 'x' ? {} : { SecretId: arn }) }
    const done = await stand.rotation(asked, {}).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (then.error === undefined) expect(done).toBeUndefined()
    else expect(done).toMatch(said[name] as RegExp)
    const mutations = stand.aws.secrets.requests
      .slice(before)
      .filter(({ operation }) => /^(Put|Update)/.test(operation))
      .map(({ operation, input }) => describeMutation(operation, input))
    expect(mutations).toEqual(
      (then.mutations ?? []).map((one) => one.replace('=token', `=${when.ClientRequestToken}`)),
    )
    expect(JSON.stringify(stand.records)).not.toContain('xxxx')
  },
)

function describeMutation(operation: string, input: Readonly<Record<string, unknown>>): string {
  if (operation === 'PutSecretValue')
    return `PutSecretValue(ClientRequestToken=${input.ClientRequestToken}, VersionStages=[${input.VersionStages}])`
  return `UpdateSecretVersionStage(VersionStage=${input.VersionStage}, MoveToVersionId=${input.MoveToVersionId}, RemoveFromVersionId=${input.RemoveFromVersionId})`
}

const token = '33333333-3333-4333-8333-333333333333'
const fresh = () => stand.aws.secrets.create(id, value('old'), { rotationLambdaArn: functionArn })
const rotate = (input: object, SecretId: string = fresh()) =>
  client.send(new RotateSecretCommand({ SecretId, ClientRequestToken: token, ...input }))
const cancel = (SecretId: string) => client.send(new CancelRotateSecretCommand({ SecretId }))

/** The cases of moto's: Secrets Manager's own side, by its stand-in here. */
const ofService: Readonly<Record<string, () => Promise<void>>> = {
  'full-cycle': async () => {
    const SecretId = fresh()
    const old = (await client.send(new GetSecretValueCommand({ SecretId }))).VersionId as string
    await rotate({}, SecretId)
    await stand.aws.secrets.settled()
    const now = await client.send(new GetSecretValueCommand({ SecretId }))
    expect([now.VersionId, now.SecretString === value('old')]).toEqual([token, false])
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }))
    expect(VersionIdsToStages).toEqual({ [old]: ['AWSPREVIOUS'], [token]: ['AWSPENDING', 'AWSCURRENT'] })
  },
  'first-createSecret-sees-no-pending-value': async () => {
    const SecretId = fresh()
    stand.kill = () => {
      throw new Error('killed')
    }
    await rotate({}, SecretId)
    await stand.aws.secrets.settled()
    stand.kill = () => undefined
    const asked = client.send(
      new GetSecretValueCommand({ SecretId, VersionId: token, VersionStage: 'AWSPENDING' }),
    )
    await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  },
  'dont-rotate-immediately': async () => {
    const SecretId = fresh()
    await rotate({ RotateImmediately: false }, SecretId)
    await stand.aws.secrets.settled()
    expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe(value('old'))
    expect((await client.send(new GetSecretValueCommand({ SecretId, VersionId: token }))).SecretString).toBe(
      value('old'),
    )
  },
  'rotate-deleted-secret': async () => {
    const SecretId = fresh()
    stand.aws.secrets.find(SecretId).deleted = true
    await expect(rotate({}, SecretId)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  },
  'rotate-unknown-secret': async () => {
    await expect(rotate({}, 'i-dont-exist')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  },
  'token-too-short': async () => {
    await expect(rotate({ ClientRequestToken: 'TOO-SHORT' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'ClientRequestToken must be 32-64 characters long.',
    })
  },
  'token-too-long': async () => {
    await expect(rotate({ ClientRequestToken: 'x'.repeat(73) })).rejects.toThrow(
      'must be 32-64 characters long',
    )
  },
  'period-0': async () => refusesPeriod(0),
  'period-1001': async () => refusesPeriod(1001),
  'cancel-unknown': async () => {
    await expect(cancel('i-dont-exist')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  },
  'cancel-deleted': async () => {
    const SecretId = fresh()
    stand.aws.secrets.find(SecretId).deleted = true
    await expect(cancel(SecretId)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  },
  'cancel-before-enable': async () => {
    const SecretId = stand.aws.secrets.create(id, value('old'))
    await expect(cancel(SecretId)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  },
  'cancel-keeps-lambda-arn': async () => {
    const SecretId = fresh()
    await cancel(SecretId)
    const { RotationEnabled = false, RotationLambdaARN } = await client.send(
      new DescribeSecretCommand({ SecretId }),
    )
    expect([RotationEnabled, RotationLambdaARN]).toEqual([false, functionArn])
  },
}

async function refusesPeriod(AutomaticallyAfterDays: number): Promise<void> {
  await expect(rotate({ RotationRules: { AutomaticallyAfterDays } })).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'RotationRules.AutomaticallyAfterDays must be within 1-1000.',
  })
}

test.each((corpus?.cases ?? []).filter((one) => !ofFunction.includes(one)).map((one) => [one.id]))(
  'the service: %s',
  async (name) => {
    await (ofService[name] as () => Promise<void>)()
  },
)

const model = corpusFile<ApiModel>('aws-api-models/secretsmanager-2017-10-17-service-2.json')

test.skipIf(model === undefined)(
  'every request that Postern has sent is within the model of Secrets Manager',
  () => {
    const ours = stand.aws.secrets.requests.filter(({ operation }) =>
      /^(Get|Describe|Put|Update)/.test(operation),
    )
    expect(ours.length).toBeGreaterThan(20)
    for (const { operation, input } of ours) {
      const shape = (model as ApiModel).operations[operation]?.input.shape as string
      expect([operation, problemsOf(model as ApiModel, shape, input as Members)]).toEqual([operation, []])
    }
  },
)
