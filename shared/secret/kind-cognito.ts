import { randomBytes } from 'node:crypto'
import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { PosternError } from '../error.ts'
import { type JsonObject, parseJsonObject } from '../json.ts'
import { secretConnectTimeoutMs, secretTimeoutMs } from './client.ts'
import { clientSecretOf } from './client-secret.ts'
import { checkOverlap } from './kind-client.ts'
import type { Kind } from './rotate.ts'
import type { Version } from './versions.ts'
import { refusedRotation } from './writes.ts'

export type AppClient = {
  readonly userPoolId: string
  readonly clientId: string
  readonly overlapSeconds: number
}

/** What a pool is asked for; `list` gives ids, oldest first, and never values (facts D3). */
export type AppClientSecrets = {
  list(): Promise<readonly string[]>
  add(secret: string): Promise<void>
  remove(id: string): Promise<void>
}

/**
 * The secret of a Cognito app client, which holds two at a time: the next is added, and the one before stays until the
 * rotation after. A value says which ids there were before it was added, since Cognito does not tell whose is whose.
 */
export function cognitoKind(
  pool: AppClientSecrets,
  { overlapSeconds }: AppClient,
  nowMs: () => number,
): Kind {
  return {
    check: (versions) => checkOverlap(versions, overlapSeconds, nowMs()),
    async next(current) {
      const { rest } = heldIn(current)
      // Cognito takes 24 to 64 letters, digits, _ and +.
      const clientSecret = randomBytes(32).toString('hex')
      return JSON.stringify({ ...rest, clientSecret, earlierIds: await pool.list() })
    },
    async set(pending, current) {
      const { clientSecret, earlierIds } = heldIn(pending)
      const listed = await pool.list()
      if (listed.some((id) => !earlierIds.includes(id))) return
      const [outdated, ...more] = superseded(listed, current)
      if (more.length > 0) throw refusedRotation('the app client has secrets that no rotation has added')
      if (outdated !== undefined && listed.length > 1) await pool.remove(outdated)
      await pool.add(clientSecret)
    },
    async test(pending, current) {
      const { earlierIds } = heldIn(pending)
      if (pending.text === current.text) return
      const added = (await pool.list()).filter((id) => !earlierIds.includes(id))
      if (added.length !== 1) throw refusedRotation('the app client does not have the next secret')
    },
  }
}

/** Of the ids, those that were there before the current value was added. */
function superseded(listed: readonly string[], current: Version): readonly string[] {
  if (listed.length < 2) return []
  const { earlierIds, isOurs } = heldIn(current)
  if (!isOurs)
    throw refusedRotation(
      'the app client has two secrets, and none says which is current; delete the other one',
    )
  return listed.filter((id) => earlierIds.includes(id))
}

function heldIn({ text }: Version) {
  const value: JsonObject = parseJsonObject(Buffer.from(text)) ?? {}
  const { earlierIds, ...rest } = value
  const ids = Array.isArray(earlierIds) ? earlierIds.filter((id) => typeof id === 'string') : []
  return { clientSecret: clientSecretOf(text), earlierIds: ids, isOurs: Array.isArray(earlierIds), rest }
}

/** The pool by the AWS SDK, loaded on first use. Throws `secret_unavailable` with the error's name. */
export function createAppClientSecrets({
  userPoolId: UserPoolId,
  clientId: ClientId,
}: AppClient): AppClientSecrets {
  type Sdk = typeof import('@aws-sdk/client-cognito-identity-provider')
  async function ask<T>(
    call: (client: CognitoIdentityProviderClient, sdk: Sdk, signal: AbortSignal) => Promise<T>,
  ) {
    const sdk = await import('@aws-sdk/client-cognito-identity-provider')
    const requestHandler = { connectionTimeout: secretConnectTimeoutMs, requestTimeout: secretTimeoutMs }
    const client = new sdk.CognitoIdentityProviderClient({ requestHandler })
    try {
      return await call(client, sdk, AbortSignal.timeout(2 * secretTimeoutMs))
    } catch (error) {
      const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : 'UnknownError'
      throw new PosternError('secret_unavailable', `Cognito: ${name}`, { name }, { cause: error })
    }
  }
  const named = { UserPoolId, ClientId }
  return {
    list: () =>
      ask(async (client, { ListUserPoolClientSecretsCommand }, abortSignal) => {
        const { ClientSecrets = [] } = await client.send(new ListUserPoolClientSecretsCommand(named), {
          abortSignal,
        })
        return ClientSecrets.flatMap(({ ClientSecretId }) => ClientSecretId ?? [])
      }),
    add: (ClientSecret) =>
      ask(async (client, { AddUserPoolClientSecretCommand }, abortSignal) => {
        await client.send(new AddUserPoolClientSecretCommand({ ...named, ClientSecret }), { abortSignal })
      }),
    remove: (ClientSecretId) =>
      ask(async (client, { DeleteUserPoolClientSecretCommand }, abortSignal) => {
        await client.send(new DeleteUserPoolClientSecretCommand({ ...named, ClientSecretId }), {
          abortSignal,
        })
      }),
  }
}
