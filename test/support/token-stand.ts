import { createBroker } from '../../functions/broker/broker.ts'
import { createJwks } from '../../functions/jwks/jwks.ts'
import { createRotation, type Rotation } from '../../functions/rotation/rotation.ts'
import type { LocalAws } from '../../local/aws/aws.ts'
import { startAws } from '../../local/aws/aws.ts'
import type { RotationEvent } from '../../local/aws/secrets/rotations.ts'
import { serveBroker } from '../../local/broker/server.ts'
import { startTable } from '../../local/broker/table.ts'
import type { Access } from '../../shared/access/access.ts'
import { fetchJson } from '../../shared/http/fetch-json.ts'
import { createSecretsManager, type SecretsManager } from '../../shared/secret/client.ts'
import type { AppClientSecrets } from '../../shared/secret/kind-cognito.ts'
import { createHeldSecret } from '../../shared/secret/store.ts'
import { createSingleUse } from '../../shared/state/single-use.ts'
import { createSts, createStsWebIdentity } from '../../shared/sts/client.ts'
import { accessOf } from './access.ts'

export const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:rotation'
export const signingSecret = 'postern/signing-keys'
export const publicSecret = 'postern/public-keys'

/** A clock that only tests move, and waits that move it. */
export type Clock = { nowMs: number }

export type TokenStand = {
  /** The issuer: discovery, keys, /token. */
  readonly url: string
  readonly access: Access
  readonly aws: LocalAws
  readonly clock: Clock
  readonly rotation: Rotation
  readonly secretsManager: SecretsManager
  /** Records of all functions, parsed. */
  readonly records: Readonly<Record<string, unknown>>[]
  /** Called before and after each write of the rotation function; what it throws kills that run. */
  kill: (at: string) => void
  /** Another broker, or another of its execution environments, that has read nothing yet. */
  another(): Promise<{ readonly url: string; close(): Promise<void> }>
  close(): Promise<void>
}

const keys = {
  accessKeyId: 'ASIATOKENSTAND000000',
  secretAccessKey: 'token-stand',
  sessionToken: 'token-stand',
}

/**
 * Postern as an issuer, in one process: the broker, the key set and the rotation function on the real SDK, with Secrets
 * Manager's stand-in and DynamoDB's. `manifest` is told the issuer's address.
 */
export async function startTokens(
  manifest: (issuer: string) => object,
  { appClient = noPool, boot = true }: { appClient?: AppClientSecrets; boot?: boolean } = {},
): Promise<TokenStand> {
  const clock = { nowMs: 1_800_000_000_000 }
  const nowMs = () => clock.nowMs
  let rotation: Rotation | undefined
  const aws = await startAws({
    port: 0,
    nowMs,
    roles: [],
    principals: [
      {
        ...keys,
        arn: 'arn:aws:sts::123456789012:assumed-role/postern/stand',
        policies: [
          {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }],
          },
        ],
      },
    ],
    secrets: {
      signaturesNowMs: Date.now,
      invoke: async (_, event: RotationEvent) => rotation?.(event, {}),
    },
  })
  const table = await startTable(keys)
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
  })
  let handlers: Handlers | undefined
  const server = await serve(() => handlers)
  const access = accessOf(manifest(server.url))
  const records: Record<string, unknown>[] = []
  const emit = (line: string) => void records.push(JSON.parse(line))
  const secretsManager = createSecretsManager()
  const make = () => makeHandlers(access, { secretsManager, clock, emit, table: table.name })
  handlers = make()
  const stand: TokenStand = {
    url: server.url,
    access,
    aws,
    clock,
    rotation: (event, context) => (rotation as Rotation)(event, context),
    secretsManager,
    records,
    kill: () => undefined,
    async another() {
      const own = make()
      return serve(() => own)
    },
    close: async () => void (await Promise.all([server.close(), aws.close(), table.close()])),
  }
  rotation = createRotation(access, {
    secretsManager: killable(secretsManager, stand),
    signing: { signing: signingSecret, published: publicSecret },
    appClient: () => appClient,
    nowMs,
    emit,
  })
  aws.secrets.create(signingSecret, '{"keys":[]}', { rotationLambdaArn: functionArn })
  aws.secrets.create(publicSecret, '{"keys":[]}')
  for (const { secret } of access.clients ?? [])
    if (secret !== undefined)
      aws.secrets.create(
        secret.id,
        JSON.stringify({ clientSecret: `first-secret-of-${secret.id}`.padEnd(43, 'x') }),
        { rotationLambdaArn: functionArn },
      )
  if (boot) await aws.secrets.rotate(signingSecret)
  return stand
}

type Handlers = {
  readonly broker: ReturnType<typeof createBroker>
  readonly jwks: ReturnType<typeof createJwks>
}

type Made = {
  readonly secretsManager: SecretsManager
  readonly clock: Clock
  readonly emit: (line: string) => void
  readonly table: string
}

function makeHandlers(access: Access, { secretsManager, clock, emit, table }: Made): Handlers {
  const nowMs = () => clock.nowMs
  const wait = async (ms: number) => {
    clock.nowMs += ms
  }
  const hold = (id: string) => createHeldSecret(id, { secretsManager, nowMs, wait })
  const broker = createBroker(access, {
    fetchJson,
    nowMs,
    send: createSts(),
    sendByToken: createStsWebIdentity(),
    identities: undefined,
    singleUse: createSingleUse(table, nowMs),
    secrets: { hold, signing: signingSecret, published: publicSecret },
    emit,
  })
  return { broker, jwks: createJwks(access.tokens, { published: hold(publicSecret), nowMs, emit }) }
}

/** By path, as the broker's API routes. */
function serve(handlers: () => Handlers | undefined): Promise<{ url: string; close(): Promise<void> }> {
  return serveBroker(async (event) => {
    const { broker, jwks } = handlers() as Handlers
    const isKeys = String((event as { rawPath?: unknown }).rawPath).startsWith('/.well-known/')
    return { ok: true, value: await (isKeys ? jwks(event) : broker(event, {})) }
  }, 0)
}

/** The same Secrets Manager, which may be left before and after what changes it. */
function killable(secretsManager: SecretsManager, stand: TokenStand): SecretsManager {
  return (call) =>
    secretsManager(async (client, sdk, signal) => {
      const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>
      const guarded = {
        send: async (command: object, options: object) => {
          const name = command.constructor.name
          const writes = /^(Put|Update)/.test(name)
          if (writes) stand.kill(`before ${name}`)
          const answer = await send(command, options)
          if (writes) stand.kill(`after ${name}`)
          return answer
        },
      }
      return call(guarded as unknown as typeof client, sdk, signal)
    })
}

const noPool: AppClientSecrets = {
  list: async () => [],
  add: async () => undefined,
  remove: async () => undefined,
}

/** The client secret that is current, as an operator would read it. */
export function currentSecret({ aws }: Pick<TokenStand, 'aws'>, id: string): string {
  const version = [...aws.secrets.find(id).versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))
  return JSON.parse(version?.text ?? '{}').clientSecret
}

/** Asks for a token as a form; what is answered, parsed. */
export async function askToken(
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, string>> }> {
  const response = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(form), headers })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}
