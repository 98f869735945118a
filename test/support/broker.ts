import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Broker, createBroker } from '../../functions/broker/broker.ts'
import type { HttpAnswer } from '../../functions/broker/call.ts'
import type { Access } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import type { Identities, Identity } from '../../shared/state/identities.ts'
import { createSts } from '../../shared/sts/client.ts'
import { accessOf } from './access.ts'
import { withKeys } from './attacks.ts'
import { setOf } from './issuers.ts'
import { makeKey } from './keys.ts'
import { type StsServer, startSts } from './sts-server.ts'
import { baseClaims, minter, nowMs } from './token.ts'

const iss = 'https://id.partner.example'
const key = makeKey('P-256', 'k1')

/** A token of the issuer `partner`. */
export const mintToken = minter(key, 'ES256', { ...baseClaims(iss), exp: nowMs / 1000 + 300, tenant: 'acme' })
export const tokenFor = (claims: object = {}): string => mintToken({ claims: { ...claims } })

const trust = [{ issuer: 'partner', claims: { tenant: 'acme' } }]
const roleArn = 'arn:aws:iam::123456789012:role/exporter'
const read = [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-orders/{claims.sub}/*'] }]
const list = [
  {
    actions: ['s3:ListBucket'],
    resources: ['arn:aws:s3:::acme-orders'],
    conditions: { StringLike: { 's3:prefix': '{claims.sub}/*' } },
  },
]

/** Roles of every kind that a caller may ask for. */
export const manifest = {
  version: 1,
  issuers: { partner: { type: 'oidc', issuer: iss, audience: ['orders'], algorithms: ['ES256'] } },
  roles: {
    reader: { trust, routes: ['GET /orders', 'GET /users/{claims.sub}'] },
    exporter: {
      trust,
      credentials: {
        roleArn,
        tags: { team: 'orders', who: { value: '{claims.sub}', optional: true } },
        scopes: { read, list },
      },
    },
    twin: { trust, credentials: { roleArn: `${roleArn}-twin`, scopes: null, externalId: 'orders/1' } },
    other: { trust, credentials: { roleArn: `${roleArn}-twin`, scopes: null } },
    brief: { trust, credentials: { roleArn: `${roleArn}-brief`, endsWithToken: true, scopes: null } },
    ending: {
      trust: [
        { issuer: 'partner', claims: { tenant: 'acme' }, expiresAt: new Date(nowMs + 600_000).toISOString() },
      ],
      credentials: { roleArn: `${roleArn}-ending`, scopes: null },
    },
    whole: { trust, includes: ['lent'] },
    lent: { credentials: { roleArn: `${roleArn}-lent`, scopes: null } },
    foreign: {
      trust: [{ issuer: 'partner', claims: { tenant: 'nobody' } }],
      credentials: { roleArn: `${roleArn}-foreign`, scopes: null },
    },
  },
}

export const brokerAccess: Access = withKeys(accessOf(manifest), () => ({
  jwks: setOf(key) as { keys: Json[] },
}))

export type BrokerStand = {
  readonly call: (
    event: object,
  ) => Promise<HttpAnswer & { readonly record: Readonly<Record<string, unknown>> }>
  readonly broker: Broker
  readonly lines: string[]
  readonly stored: Map<string, Identity>
  readonly clock: { nowMs: number }
}

/** A real broker on the real SDK; STS is whatever `AWS_ENDPOINT_URL_STS` names. */
export function brokerStand(access: Access = brokerAccess, identities?: Identities): BrokerStand {
  const lines: string[] = []
  const stored = new Map<string, Identity>()
  const clock = { nowMs }
  const inMemory: Identities = {
    put: async (identity) => void stored.set(identity.accessKeyId, identity),
    get: async (accessKeyId) => stored.get(accessKeyId),
  }
  const broker = createBroker(access, {
    fetchJson: async (url) => {
      throw new Error(`nothing may be fetched here: ${url}`)
    },
    nowMs: () => clock.nowMs,
    send: createSts(),
    identities: identities ?? inMemory,
    emit: (line) => lines.push(line),
  })
  const call = async (event: object) => ({
    ...(await broker(event, {})),
    record: JSON.parse(lines.at(-1) ?? '{}'),
  })
  return { call, broker, lines, stored, clock }
}

/** An event of a function's URL (payload 2.0). */
export function urlEvent(method: string, path: string, headers: object = {}, body?: string): object {
  const [rawPath, rawQueryString = ''] = path.split('?')
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers,
    requestContext: {
      requestId: 'q1',
      apiId: 'a1',
      stage: '$default',
      http: { method, path: rawPath, sourceIp: '192.0.2.1' },
    },
    ...(body !== undefined && { body: Buffer.from(body).toString('base64'), isBase64Encoded: true }),
  }
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

export function stsEvent(fields: Readonly<Record<string, string>>, headers: object = {}): object {
  const body = new URLSearchParams({ Version: '2011-06-15', ...fields }).toString()
  return urlEvent('POST', '/', { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body)
}

/** `GET /credentials/{role}?…` by a token of `partner`. */
export const askCredentials = (path: string, token = tokenFor()): object =>
  urlEvent('GET', `/credentials/${path}`, bearer(token))

/** AssumeRoleWithWebIdentity as an SDK sends it, with the newline of the token's file. */
export const askByWebIdentity = (fields: Readonly<Record<string, string>> = {}): object =>
  stsEvent({
    Action: 'AssumeRoleWithWebIdentity',
    RoleArn: roleArn,
    RoleSessionName: 'botocore-session-1',
    WebIdentityToken: `${tokenFor()}\n`,
    ...fields,
  })

/** STS's code in an answer of its own. */
export const codeOf = (xml: string): string | undefined => /<Code>(\w+)<\/Code>/.exec(xml)?.[1]

/** A stand-in of STS for a suite, in the environment where the SDK of a Lambda finds it; up again for each test. */
export function useSts(): Pick<StsServer, 'asked' | 'mode'> {
  const asked: URLSearchParams[] = []
  let server: StsServer
  beforeAll(async () => {
    server = await startSts(asked)
    asLambda(server.url)
  })
  beforeEach(() => {
    server.mode = 'up'
    asked.length = 0
  })
  afterAll(() => server.close())
  return {
    asked,
    get mode() {
      return server.mode
    },
    set mode(mode) {
      server.mode = mode
    },
  }
}

/** What SDKs find in a Lambda's environment. */
function asLambda(stsUrl: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_STS: stsUrl,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'ASIABROKER0000000000',
    AWS_SECRET_ACCESS_KEY: 'broker-secret',
    AWS_SESSION_TOKEN: 'broker-token',
    AWS_EC2_METADATA_DISABLED: 'true',
  })
}
