import { createServer } from 'node:http'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  STSClient,
} from '@aws-sdk/client-sts'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { LocalAws } from '../../../local/aws/aws.ts'
import type { PolicyText } from '../../../local/aws/iam/policy.ts'
import { closeServer, listenOnLoopback } from '../../../local/http/loopback.ts'
import { account, allow, exporterArn, policyOf, startStand } from './stand.ts'

export const host = 'tokens.acme.example/path'
export const providerArn = `arn:aws:iam::${account}:oidc-provider/${host}`

/** The trust that `exporter` has of tokens for `orders-exporter`, and what a case adds to each statement. */
export function federated(condition: object = {}, sub: unknown = 'orders-exporter'): PolicyText {
  const pinned = { StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com', [`${host}:sub`]: sub } }
  const actions = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
  return policyOf({
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: actions,
    Condition: { ...pinned, ...condition },
  })
}

export type TokenOptions = {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly kid?: string
  readonly alg?: string
}

/** An issuer that publishes its keys, and a stand-in of AWS that knows it. */
export async function startWebIdentity(
  trustPolicy: PolicyText = federated(),
  maxSessionDurationSeconds = 43_200,
) {
  const clock = { aheadMs: 0 }
  const nowMs = () => Date.now() + clock.aheadMs
  const published = { keys: [] as readonly unknown[], cacheControl: 'max-age=600', status: 200, asked: 0 }
  const pairs = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>['privateKey']>()
  const server = createServer((_, response) => {
    published.asked++
    const { keys, cacheControl, status } = published
    response.writeHead(status, cacheControl === '' ? {} : { 'cache-control': cacheControl })
    response.end(JSON.stringify({ keys }))
  })
  const keysAt = `${await listenOnLoopback(server, 0)}/.well-known/jwks.json`
  const aws: LocalAws = await startStand({
    nowMs,
    roles: [
      {
        arn: exporterArn,
        trustPolicy,
        policies: [allow('s3:*', ['arn:aws:s3:::acme-orders', 'arn:aws:s3:::acme-orders/*'])],
        maxSessionDurationSeconds,
      },
    ],
    oidcProviders: [{ arn: providerArn, clientIds: ['sts.amazonaws.com'], keysAt }],
  })
  const makeKey = async (kid: string, alg = 'ES256'): Promise<JWK> => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    pairs.set(kid, privateKey)
    return { ...(await exportJWK(publicKey)), kid, use: 'sig' }
  }
  published.keys = [await makeKey('k1')]

  const token = async ({ claims = {}, kid = 'k1', alg = 'ES256' }: TokenOptions = {}): Promise<string> => {
    const now = Math.floor(nowMs() / 1000)
    const usual = {
      iss: `https://${host}`,
      sub: 'orders-exporter',
      aud: 'sts.amazonaws.com',
      iat: now,
      exp: now + 300,
    }
    const key = pairs.get(kid)
    if (key === undefined) throw new Error(`there is no key ${kid}`)
    return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(key)
  }
  const assume = async (
    input: Partial<AssumeRoleWithWebIdentityCommandInput> = {},
    options: TokenOptions = {},
  ) =>
    unsigned(aws).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: exporterArn,
        RoleSessionName: 'bot-1',
        WebIdentityToken: input.WebIdentityToken ?? (await token(options)),
        ...input,
      }),
    )
  /** As no SDK would send it. */
  const post = async (fields: Readonly<Record<string, string>>) => {
    const usual = {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: exporterArn,
      RoleSessionName: 'bot-1',
      WebIdentityToken: await token(),
    }
    const body = new URLSearchParams({ ...usual, ...fields })
    const response = await fetch(aws.url, { method: 'POST', body })
    return { status: response.status, body: await response.text() }
  }
  const close = async () => {
    await aws.close()
    await closeServer(server)
  }
  return { aws, clock, published, makeKey, token, assume, post, close }
}

export type WebIdentityStand = Awaited<ReturnType<typeof startWebIdentity>>

/** Without credentials: whatever this client signs with would not be right. */
export function unsigned(aws: LocalAws, more: object = {}): STSClient {
  return new STSClient({ endpoint: aws.url, region: 'eu-west-1', maxAttempts: 1, ...more })
}

export function tagged(tags: Readonly<Record<string, unknown>>, transitive?: unknown) {
  const keys = transitive === undefined ? {} : { transitive_tag_keys: transitive }
  return { 'https://aws.amazon.com/tags': { principal_tags: tags, ...keys } }
}

/** Status, code on the wire and message of a refusal. */
export async function refusal(attempt: Promise<unknown>): Promise<readonly unknown[] | 'allowed'> {
  try {
    await attempt
    return 'allowed'
  } catch (error) {
    const { $metadata, Code, name, message } = error as Error & {
      Code?: string
      $metadata?: { httpStatusCode?: number }
    }
    return [$metadata?.httpStatusCode, Code ?? name, message]
  }
}
