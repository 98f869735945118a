import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import type { BuiltFunction, FunctionName } from '../../bundle/build.ts'
import type { Access } from '../../shared/access/access.ts'
import type { Signer } from '../../shared/oauth/sign.ts'
import { privateKeyOf, readPublicKeys, readSigningKeys, signerOf } from '../../shared/secret/signing-keys.ts'
import type { AwsPrincipal } from '../aws/account.ts'
import type { LocalAws } from '../aws/aws.ts'
import type { RotationEvent } from '../aws/secrets/rotations.ts'
import { createLambda, type Lambda } from '../lambda/lambda.ts'

/** Names of the secrets, as a stack of the name `postern` has them. */
export const signingSecret = 'postern/signing-keys'
export const publicSecret = 'postern/public-keys'
const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:rotation'

/** What the functions of Postern as an issuer are given to read. */
export const secretVariables = {
  POSTERN_SIGNING_SECRET: signingSecret,
  POSTERN_PUBLIC_KEYS_SECRET: publicSecret,
} as const

export type IssuerParts = {
  readonly jwks: Lambda | undefined
  readonly rotation: Lambda | undefined
}

/** Each with its own principal, so that one that reads more than it may is refused here too. */
export function issuerPrincipals(): Readonly<
  Record<'jwks' | 'rotation', AwsPrincipal & { sessionToken: string }>
> {
  const principal = (name: string, Action: string, Resource: string) => ({
    accessKeyId: `ASIALOCAL${name.toUpperCase().padEnd(11, '0')}`,
    secretAccessKey: `local-${name}-secret`,
    sessionToken: `local-${name}-session`,
    arn: `arn:aws:sts::123456789012:assumed-role/postern-${name}/local`,
    policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }],
  })
  return {
    jwks: principal('jwks', 'secretsmanager:*Secret*', `arn:aws:secretsmanager:*:*:secret:${publicSecret}-*`),
    rotation: principal('rotation', 'secretsmanager:*', '*'),
  }
}

/** The functions that a manifest with tokens has beside the broker. */
export function startIssuerParts(
  built: readonly BuiltFunction[],
  awsUrl: () => string,
  onLine: (line: string) => void,
): IssuerParts {
  const principals = issuerPrincipals()
  const start = (name: 'jwks' | 'rotation', timeoutMs: number): Lambda | undefined => {
    const file = built.find((one) => one.name === (name satisfies FunctionName))?.file
    if (file === undefined) return undefined
    const { accessKeyId, secretAccessKey, sessionToken } = principals[name]
    return createLambda({
      file,
      functionName: name,
      timeoutMs,
      memoryMb: 256,
      maxEnvironments: 1,
      environment: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_ENDPOINT_URL: awsUrl(),
        ...secretVariables,
        HOME: dirname(file),
      },
      onLine,
    })
  }
  return { jwks: start('jwks', 6000), rotation: start('rotation', 30_000) }
}

/** Secrets Manager's call of the rotation function. */
export function invokeRotation({ rotation }: IssuerParts) {
  return async (_: string, event: RotationEvent): Promise<void> => {
    const result = await rotation?.invoke(event)
    if (result?.ok === false) throw new Error(`${result.errorType}: ${result.errorMessage}`)
  }
}

/** A client that is shown its secret, as its owner would read it. */
export type LocalClient = { readonly name: string; readonly secret?: string }

/** Makes the secrets of a manifest, and signing keys by a first rotation. */
export async function makeSecrets({ secrets }: LocalAws, access: Access): Promise<readonly LocalClient[]> {
  const made = { rotationLambdaArn: functionArn }
  if (access.tokens !== undefined) {
    secrets.create(signingSecret, '{"keys":[]}', made)
    secrets.create(publicSecret, '{"keys":[]}')
    await secrets.rotate(signingSecret)
  }
  return (access.clients ?? []).map(({ name, secret }) => {
    if (secret === undefined) return { name }
    const clientSecret = randomBytes(32).toString('base64url')
    secrets.create(secret.id, JSON.stringify({ clientSecret }), made)
    return { name, secret: clientSecret }
  })
}

/** The key that signs now, for sample callers. */
export function signerIn({ secrets }: LocalAws, nowSeconds: number): Signer {
  const read = (id: string) =>
    [...secrets.find(id).versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))?.text ?? ''
  const key = signerOf(readSigningKeys(read(signingSecret)), readPublicKeys(read(publicSecret)), nowSeconds)
  return { kid: key.kid, key: privateKeyOf(key) }
}
