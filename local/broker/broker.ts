import { dirname } from 'node:path'
import type { BuiltFunction } from '../../bundle/build.ts'
import type { Access } from '../../shared/access/access.ts'
import { type LocalAws, startAws } from '../aws/aws.ts'
import { payloadOf } from '../issuer/keys.ts'
import type { SampleCaller } from '../issuer/sample-callers.ts'
import { createLambda } from '../lambda/lambda.ts'
import { standInAccount } from './account.ts'
import {
  type IssuerParts,
  invokeRotation,
  issuerPrincipals,
  type LocalClient,
  makeSecrets,
  secretVariables,
  startIssuerParts,
} from './issuer.ts'
import { loansOf } from './loans.ts'
import { bucketsOf, objectsOf } from './objects.ts'
import { serveBroker } from './server.ts'
import { startTable } from './table.ts'

/** The broker behind its address, and the AWS whose roles it lends. */
export type LocalBroker = {
  readonly url: string
  readonly aws: LocalAws
  /** Of the manifest, with the secrets that they have at first. */
  readonly clients: readonly LocalClient[]
  close(): Promise<void>
}

export type BrokerOptions = {
  readonly access: Access
  /** The broker's bundle, and of a manifest with tokens the others beside it. */
  readonly built: readonly BuiltFunction[]
  /** Of AWS, and the one after it of the broker; 0 takes free ones. */
  readonly port: number
  readonly onLine: (line: string) => void
}

/** Starts AWS, the broker's table, and the broker with the environment that a function would have. */
export async function startBroker({ access, built, port, onLine }: BrokerOptions): Promise<LocalBroker> {
  const file = built.find(({ name }) => name === 'broker')?.file ?? ''
  const { roles, broker, managedPolicies, oidcProviders } = standInAccount(access)
  const { jwks: jwksPrincipal, rotation: rotationPrincipal } = issuerPrincipals()
  const buckets = Object.fromEntries(bucketsOf(access).map((name) => [name, {}]))
  const closing: (() => Promise<void>)[] = []
  const close = async () => void (await Promise.all(closing.map((one) => one())))
  try {
    let parts: IssuerParts = { jwks: undefined, rotation: undefined }
    let keysUrl = ''
    const aws = await startAws({
      port,
      roles,
      principals: [broker, jwksPrincipal, rotationPrincipal],
      managedPolicies,
      buckets,
      oidcProviders: oidcProviders.map((one) => ({
        ...one,
        // What is to be fetched stands behind an address that nobody here has.
        get keysAt() {
          return `${keysUrl}/.well-known/jwks.json`
        },
      })),
      secrets: { invoke: (arn, event) => invokeRotation(parts)(arn, event) },
    })
    closing.push(aws.close)
    parts = startIssuerParts(built, () => aws.url, onLine)
    for (const part of [parts.jwks, parts.rotation]) if (part) closing.push(part.close)
    const clients = await makeSecrets(aws, access)
    const table = await startTable(broker)
    closing.push(table.close)
    const lambda = createLambda({
      file,
      functionName: 'broker',
      timeoutMs: 10_000,
      memoryMb: 512,
      // One environment, so that the story can say whose memory holds what.
      maxEnvironments: 1,
      environment: {
        AWS_ACCESS_KEY_ID: broker.accessKeyId,
        AWS_SECRET_ACCESS_KEY: broker.secretAccessKey,
        AWS_SESSION_TOKEN: broker.sessionToken,
        AWS_ENDPOINT_URL_STS: aws.url,
        AWS_ENDPOINT_URL_DYNAMODB: table.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
        ...(access.tokens && secretVariables),
        POSTERN_STATE_TABLE: table.name,
        // A function has no ~/.aws, and the SDK would read that of whoever runs this.
        HOME: dirname(file),
      },
      onLine,
    })
    closing.push(lambda.close)
    const functionFor = ({ rawPath }: { rawPath: string }) =>
      parts.jwks !== undefined && rawPath.startsWith('/.well-known/') ? parts.jwks : lambda
    const server = await serveBroker((event) => functionFor(event).invoke(event), port && port + 1)
    closing.unshift(server.close)
    keysUrl = server.url
    return { url: server.url, aws, clients, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Something for each sample caller to read by what it may borrow. */
export function putSamples(aws: LocalAws, access: Access, callers: readonly SampleCaller[]): void {
  for (const { caller, role } of loansOf(access, callers))
    for (const { bucket, key } of objectsOf(role.credentials, payloadOf(caller.token)))
      aws.putObject(bucket, key, `for ${role.name}\n`)
}
