import { randomUUID } from 'node:crypto'
import { type Account, type AwsPrincipal, type AwsRole, createAccount } from './account.ts'
import { type HttpAnswer, type HttpRequest, type Outcome, serve } from './http.ts'
import type { PolicyText } from './iam/policy.ts'
import type { Surroundings } from './principal.ts'
import { Refused } from './refused.ts'
import { errorAnswer as s3Error } from './s3/answers.ts'
import { type Buckets, storedObject } from './s3/buckets.ts'
import { answerS3 } from './s3/service.ts'
import { createSecrets, type Secrets, type SecretsOptions } from './secrets/secrets.ts'
import { readSignature } from './sigv4.ts'
import type { Mode } from './sts/modes.ts'
import { createSts, type ModeOptions, type Sts, type StsRequestSeen } from './sts/sts.ts'
import { createReadWebIdentity, type OidcProvider } from './sts/web-identity-token.ts'

export type AwsOptions = {
  /** 0 for any free one. */
  readonly port: number
  /** Default: the wall clock. */
  readonly nowMs?: () => number
  /** Where the buckets live (eu-west-1). STS answers in every region. */
  readonly region?: string
  readonly roles: readonly AwsRole[]
  readonly principals: readonly AwsPrincipal[]
  /** Whose tokens AssumeRoleWithWebIdentity takes. */
  readonly oidcProviders?: readonly OidcProvider[]
  /** By ARN: what a session may be narrowed by. */
  readonly managedPolicies?: Readonly<Record<string, PolicyText>>
  /** Texts by key, by bucket. */
  readonly buckets?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What 100 % of the packed size of a session's policies and tags is (2048). */
  readonly packedBudgetBytes?: number
  /** What policies see as aws:SourceIp (127.0.0.1). */
  readonly sourceIp?: string
  /** The account of the secrets, and what rotates them. */
  readonly secrets?: { readonly account?: string } & Pick<
    SecretsOptions,
    'invoke' | 'partition' | 'signaturesNowMs'
  >
}

/** AWS on loopback: STS, Secrets Manager, IAM's decisions and enough of S3 for them to matter. */
export type LocalAws = {
  /** For both services: the endpoint that SDKs are given. */
  readonly url: string
  /** What STS was asked, oldest first, hanging requests included. */
  readonly requests: readonly StsRequestSeen[]
  /** How STS answers from now on. */
  setMode(mode: Mode, options?: ModeOptions): void
  readonly secrets: Secrets
  /** Makes the bucket too where there is none. */
  putObject(bucket: string, key: string, text: string): void
  close(): Promise<void>
}

/**
 * Starts AWS's stand-in on 127.0.0.1 alone. It enforces: signatures, session tokens and their expiry, trust policies,
 * identity and session policies. Throws for roles, principals and policies that AWS would not take.
 */
export async function startAws(options: AwsOptions): Promise<LocalAws> {
  const { nowMs = Date.now, region = 'eu-west-1', sourceIp = '127.0.0.1', packedBudgetBytes = 2048 } = options
  const account = createAccount(options, nowMs())
  const buckets: Buckets = new Map()
  const putObject = (bucket: string, key: string, text: string) => {
    const objects = buckets.get(bucket) ?? new Map()
    buckets.set(
      bucket,
      objects.set(key, storedObject(Buffer.from(text), 'text/plain; charset=utf-8', nowMs())),
    )
  }
  for (const [bucket, objects] of Object.entries(options.buckets ?? {})) {
    buckets.set(bucket, new Map())
    for (const [key, text] of Object.entries(objects)) putObject(bucket, key, text)
  }
  const readWebIdentity = createReadWebIdentity(options.oidcProviders ?? [])
  const sts = createSts({ account, packedBudgetBytes, readWebIdentity })
  const secrets = createSecrets({
    account: '123456789012',
    ...options.secrets,
    region,
    nowMs,
    principals: account.principals,
  })
  const settings = { account, buckets, region, sts, secrets }
  const server = await serve(options.port, (request) =>
    route(settings, request, { nowMs: nowMs(), region, sourceIp }),
  )
  return {
    url: server.url,
    requests: sts.requests,
    setMode: sts.setMode,
    secrets,
    putObject,
    close: server.close,
  }
}

type Settings = {
  readonly account: Account
  readonly buckets: Buckets
  readonly region: string
  readonly sts: Sts
  readonly secrets: Secrets
}

/** By the service that the signature is for; unsigned, a form is STS's. */
function route(
  settings: Settings,
  request: HttpRequest,
  surroundings: Surroundings,
): Outcome | Promise<Outcome> {
  const signature = readSignature(request)
  const signed = signature === undefined || signature === 'malformed' ? undefined : signature
  const region = signed?.region ?? surroundings.region
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false
  const service = signed?.service ?? (isForm || new Map(request.query).has('Action') ? 'sts' : 's3')
  if (service === 'secretsmanager')
    return settings.secrets.answer(request, signature, { ...surroundings, region })
  if (service === 'sts') return settings.sts.answer(request, { ...surroundings, region })
  return answerAsS3(settings, request, surroundings, service)
}

function answerAsS3(
  { account, buckets, region }: Settings,
  request: HttpRequest,
  surroundings: Surroundings,
  service: string,
): HttpAnswer {
  const requestId = randomUUID()
  const answer = () => {
    if (service !== 's3')
      throw new Refused(
        501,
        'NotImplemented',
        `This local stand-in of AWS has STS, S3 and Secrets Manager, and no "${service}".`,
      )
    return answerS3({ principals: account.principals, buckets, region }, request, surroundings)
  }
  const { status, headers, body } = orRefused(answer, requestId)
  const date = new Date(surroundings.nowMs).toUTCString()
  return {
    status,
    headers: { ...headers, date, 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
    body,
  }
}

function orRefused(answer: () => HttpAnswer, requestId: string): HttpAnswer {
  try {
    return answer()
  } catch (error) {
    if (error instanceof Refused) return s3Error(error, requestId)
    throw error
  }
}
