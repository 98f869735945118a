import { wireCode } from '../../shared/sts/sts-error.ts'
import type { Credentials } from '../broker/credentials.ts'

const timeoutMs = 10_000

/** What STS said: a result, or the code and message of its refusal. `code` is `broker` where the broker would have been asked. */
export type Said = { readonly arn: string } | { readonly code: string; readonly message: string }

/** AWS's own STS, by the SDK and its own variables (`AWS_ENDPOINT_URL_STS`). */
export type Sts = {
  /** The ARN of whoever has these credentials. */
  callerIdentity(credentials: Credentials, roleArn: string): Promise<Said>
  /** Unsigned, by the token alone; what it gives is dropped, all but whose it would be. */
  assumeByToken(roleArn: string, token: string): Promise<Said>
}

/** `brokerHost`: who must not be taken for AWS, since bots are told to by `AWS_ENDPOINT_URL_STS`. */
export async function createSts(brokerHost: string): Promise<Sts> {
  const { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } = await import(
    '@aws-sdk/client-sts'
  )
  const clientFor = (roleArn: string, credentials?: Credentials) => {
    const requestHandler = {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    }
    const client = new STSClient({
      region: regionOf(roleArn),
      maxAttempts: 2,
      requestHandler,
      ...(credentials && { credentials: keysOf(credentials) }),
    })
    client.middlewareStack.add(
      (next) => (args) => {
        if (hostOf(args.request) === brokerHost) throw new IsBroker('AWS_ENDPOINT_URL_STS names the broker')
        return next(args)
      },
      { step: 'build', name: 'notTheBroker' },
    )
    return client
  }
  return {
    callerIdentity: (credentials, roleArn) =>
      said(async () => {
        const answer = await clientFor(roleArn, credentials).send(new GetCallerIdentityCommand({}))
        return answer.Arn
      }),
    assumeByToken: (roleArn, token) =>
      said(async () => {
        const input = { RoleArn: roleArn, RoleSessionName: 'postern-doctor', WebIdentityToken: token }
        const command = new AssumeRoleWithWebIdentityCommand({ ...input, DurationSeconds: 900 })
        return (await clientFor(roleArn).send(command)).AssumedRoleUser?.Arn
      }),
  }
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return { accessKeyId, secretAccessKey, sessionToken }
}

class IsBroker extends Error {}

function hostOf(request: unknown): string {
  const { hostname = '', port } = request as { hostname?: string; port?: number }
  return port === undefined ? hostname : `${hostname}:${port}`
}

async function said(ask: () => Promise<string | undefined>): Promise<Said> {
  try {
    return { arn: (await ask()) ?? '' }
  } catch (error) {
    if (error instanceof IsBroker) return { code: 'broker', message: error.message }
    const message = error instanceof Error ? error.message : ''
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
    return { code: status === undefined ? 'unreachable' : wireCode(error), message }
  }
}

/** Any Region of the partition will do; the partition's first is never switched off. */
function regionOf(roleArn: string): string {
  const partition = roleArn.split(':')[1] ?? 'aws'
  const { AWS_REGION: own } = process.env
  if (own && (firstRegions.find(([, prefix]) => own.startsWith(prefix))?.[0] ?? 'aws') === partition)
    return own
  return firstRegions.find(([name]) => name === partition)?.[2] ?? 'us-east-1'
}

const firstRegions = [
  ['aws-cn', 'cn-', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-', 'us-gov-west-1'],
  ['aws-eusc', 'eusc-', 'eusc-de-east-1'],
] as const
