import { setTimeout } from 'node:timers/promises'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokerStatements } from '../../../bundle/iam-statements.ts'
import { targetRoles, targetTemplate } from '../../../bundle/target-template.ts'
import { oidcProvider, trustPolicyOf } from '../../../bundle/trust-policy.ts'
import { createBroker } from '../../../functions/broker/broker.ts'
import { type LocalAws, startAws } from '../../../local/aws/aws.ts'
import type { PolicyText } from '../../../local/aws/iam/policy.ts'
import type { Access } from '../../../shared/access/access.ts'
import { publicationLeadSeconds } from '../../../shared/secret/kind-signing.ts'
import { createHeldSecret, secretAgeMs } from '../../../shared/secret/store.ts'
import { createSts, createStsWebIdentity } from '../../../shared/sts/client.ts'
import { write } from '../../shared/manifest/cases.ts'
import { accessOf } from '../../support/access.ts'
import { urlEvent } from '../../support/broker.ts'
import { makeKey } from '../../support/keys.ts'
import { minter } from '../../support/token.ts'
import { publicSecret, signingSecret, startTokens, type TokenStand } from '../../support/token-stand.ts'

const key = makeKey('P-256', 'k1')
const iss = 'https://id.partner.example'
const roleArn = 'arn:aws:iam::123456789012:role/exporter'
const brokerArn = 'arn:aws:iam::123456789012:role/postern-broker'
const issuer = 'https://tokens.acme.example/v1'

const manifest = (tokensIssuer: string) => ({
  version: 1,
  issuers: {
    partner: {
      type: 'oidc',
      issuer: iss,
      audience: ['postern'],
      jwks: write('p.json', JSON.stringify({ keys: [key.jwk] })),
    },
  },
  tokens: { issuer: tokensIssuer },
  roles: {
    exporter: {
      trust: [{ issuer: 'partner', claims: { tenant: 'acme' } }],
      credentials: {
        roleArn,
        via: 'web-identity',
        durationSeconds: 43_200,
        tags: { tenant: { value: '{claims.tenant}', transitive: true }, team: 'orders' },
        scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/{claims.tenant}/*'] }] },
      },
    },
  },
})

let keysOf: TokenStand
let access: Access
let aws: LocalAws
const lines: string[] = []
beforeAll(async () => {
  keysOf = await startTokens(() => manifest(issuer))
  access = accessOf(manifest(issuer))
  aws = await startAws({
    port: 0,
    nowMs: () => keysOf.clock.nowMs,
    roles: [
      {
        arn: roleArn,
        trustPolicy: trustPolicyOf(access, roleArn, brokerArn) as PolicyText,
        policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }],
        maxSessionDurationSeconds: 43_200,
      },
    ],
    principals: [],
    oidcProviders: [
      {
        arn: oidcProvider(access, roleArn).arn,
        clientIds: [oidcProvider(access, roleArn).audience],
        keysAt: `${keysOf.url}/.well-known/jwks.json`,
      },
    ],
    buckets: { acme: { 'acme/a.csv': 'a', 'other/b.csv': 'b' } },
  })
  process.env.AWS_ENDPOINT_URL_STS = aws.url
})
afterAll(async () => {
  await aws.close()
  await keysOf.close()
})

function brokerHere(secretsManager = keysOf.secretsManager) {
  const nowMs = () => keysOf.clock.nowMs
  const hold = (id: string) => createHeldSecret(id, { secretsManager, nowMs, wait: async () => undefined })
  return createBroker(access, {
    fetchJson: async () => ({}),
    nowMs,
    send: createSts(),
    sendByToken: createStsWebIdentity(),
    identities: undefined,
    secrets: { hold, signing: signingSecret, published: publicSecret },
    emit: (line) => lines.push(line),
  })
}

const token = (claims: object = {}) => {
  const now = Math.floor(keysOf.clock.nowMs / 1000)
  return minter(key, 'ES256', {
    iss,
    aud: 'postern',
    sub: 'bot-1',
    tenant: 'acme',
    iat: now,
    exp: now + 600,
  })({ claims: { ...claims } })
}

const borrow = async (broker: ReturnType<typeof brokerHere>, query = '') => {
  const event = urlEvent('GET', `/credentials/exporter${query}`, { authorization: `Bearer ${token()}` })
  const { statusCode, body } = await broker(event, {})
  return { statusCode, body: JSON.parse(body) }
}

test('a session of twelve hours, with tags, source identity and policy, by a token that nobody sees', async () => {
  const { statusCode, body } = await borrow(brokerHere())
  expect(statusCode).toBe(200)
  expect(Date.parse(body.Expiration) - keysOf.clock.nowMs).toBe(43_200_000)
  const asked = aws.requests.at(-1)
  expect(asked).toMatchObject({ action: 'AssumeRoleWithWebIdentity', answered: true })
  expect(Object.keys(asked?.parameters ?? {}).sort()).toEqual(['Action', 'DurationSeconds', 'Policy', 'RoleArn', 'RoleSessionName', 'Version', 'WebIdentityToken']) // biome-ignore format: a list
  expect(JSON.stringify([lines, body])).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.(?!.*partner)/)
  const s3 = new S3Client({
    endpoint: aws.url,
    region: 'eu-west-1',
    forcePathStyle: true,
    // The stand-in's clock is ahead.
    systemClockOffset: keysOf.clock.nowMs - Date.now(),
    credentials: {
      accessKeyId: body.AccessKeyId,
      secretAccessKey: body.SecretAccessKey,
      sessionToken: body.Token,
    },
  })
  const read = (Key: string) => s3.send(new GetObjectCommand({ Bucket: 'acme', Key }))
  expect(await (await read('acme/a.csv')).Body?.transformToString()).toBe('a')
  await expect(read('other/b.csv')).rejects.toMatchObject({ name: 'AccessDenied' })
})

test('signing keys that are read again beside a call have come in when it ends, since Lambda freezes then', async () => {
  let open = 0
  let begun = 0
  let delayMs = 0
  const broker = brokerHere(async (call) => {
    open++
    begun++
    await setTimeout(delayMs)
    return keysOf.secretsManager(call).finally(() => open--)
  })
  await borrow(broker)
  begun = 0
  delayMs = 100
  keysOf.clock.nowMs += secretAgeMs
  const { statusCode } = await borrow(broker, '?durationSeconds=1800')
  expect({ statusCode, open }).toEqual({ statusCode: 200, open: 0 })
  expect(begun).toBeGreaterThan(0)
})

test('the broker needs no permission of STS for it, and the trust policy pins audience and subject', () => {
  expect(brokerStatements(access)).toEqual([])
  const policy = trustPolicyOf(access, 'exporter', brokerArn)
  const pinned = {
    'tokens.acme.example/v1:aud': 'sts.amazonaws.com',
    'tokens.acme.example/v1:sub': 'exporter',
  }
  const principal = { Federated: 'arn:aws:iam::123456789012:oidc-provider/tokens.acme.example/v1' }
  const named = { StringLike: { 'sts:SourceIdentity': ['partner-*'] } }
  expect(policy?.Statement).toEqual([
    {
      Effect: 'Allow',
      Principal: principal,
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: pinned, ...named },
    },
    {
      Effect: 'Allow',
      Principal: principal,
      Action: 'sts:TagSession',
      Condition: {
        StringEquals: pinned,
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['team', 'tenant'],
          'sts:TransitiveTagKeys': ['tenant'],
        },
      },
    },
    {
      Effect: 'Allow',
      Principal: principal,
      Action: 'sts:SetSourceIdentity',
      Condition: { StringEquals: pinned, ...named },
    },
  ])
})

test('the target kit has the OIDC provider, and the AWS role as long as the longest session', () => {
  const template = targetTemplate(
    targetRoles(access, '123456789012', brokerArn),
    new Map(),
    '123456789012',
  ) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
  }
  expect(template.Resources.PosternOidcProvider).toMatchObject({
    Type: 'AWS::IAM::OIDCProvider',
    Properties: { Url: issuer, ClientIdList: ['sts.amazonaws.com'] },
  })
  expect(template.Resources.ExporterRole?.Properties.MaxSessionDuration).toBe(43_200)
})

test('across a rotation of the signing keys STS, which keeps the key set for its whole lifetime, refuses nothing', async () => {
  await keysOf.aws.secrets.rotate(signingSecret)
  for (let passed = 0; passed < publicationLeadSeconds + 1200; passed += 299) {
    keysOf.clock.nowMs += 299_000
    const broker = brokerHere()
    expect((await borrow(broker, `?durationSeconds=${900 + passed}`)).statusCode).toBe(200)
  }
})

test('a role of another name is not let in by the same provider', async () => {
  const renamed = accessOf(
    JSON.parse(JSON.stringify(manifest(issuer)).replace('"exporter":{"trust"', '"importer":{"trust"')),
  )
  const before = access
  access = renamed
  const event = urlEvent('GET', '/credentials/importer', { authorization: `Bearer ${token()}` })
  const { statusCode, body } = await brokerHere()(event, {})
  access = before
  expect([statusCode, JSON.parse(body).reason]).toEqual([500, 'sts_refused'])
  expect(aws.requests.at(-1)?.code).toBe('AccessDenied')
})

test('no signing key: a clear 503, and STS is not asked', async () => {
  const asked = aws.requests.length
  keysOf.aws.secrets.setMode('denied')
  const { statusCode, body } = await borrow(brokerHere())
  keysOf.aws.secrets.setMode('up')
  expect([statusCode, body.reason]).toEqual([503, 'secret_unavailable'])
  expect(aws.requests).toHaveLength(asked)
})
