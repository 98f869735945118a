import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts'
import { fromHttp } from '@aws-sdk/credential-providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { bundleFunctions } from '../../bundle/build.ts'
import type { AwsPrincipal, AwsRole } from '../../local/aws/account.ts'
import { type LocalAws, startAws } from '../../local/aws/aws.ts'
import type { PolicyText } from '../../local/aws/iam/policy.ts'
import { serveBroker } from '../../local/broker/server.ts'
import { startTable } from '../../local/broker/table.ts'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { createLambda } from '../../local/lambda/lambda.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { postern } from './run.ts'

const account = '123456789012'
const roleArn = `arn:aws:iam::${account}:role/kit/exporter`
const trust = (scope: string) => [{ issuer: 'ci', claims: { scope } }]
const about = { description: 'Reads what is its own', owner: 'kit@acme.example' }
const manifest = {
  version: 1,
  issuers: { ci: { type: 'oidc', issuer: 'https://ci.acme.example', audience: ['postern'] } },
  roles: {
    exporter: {
      ...about,
      trust: trust('export'),
      credentials: {
        roleArn,
        externalId: 'kit/1',
        tags: { team: '{claims.sub}' },
        scopes: {
          read: [
            { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/{claims.sub}/*'] },
            {
              actions: ['s3:ListBucket'],
              resources: ['arn:aws:s3:::acme'],
              conditions: { StringEquals: { 's3:prefix': '{claims.sub}/' } },
            },
          ],
        },
      },
    },
    auditor: {
      ...about,
      trust: trust('audit'),
      credentials: {
        roleArn,
        externalId: 'kit/1',
        scopes: {
          read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-audit/{claims.sub}/*'] }],
        },
      },
    },
  },
}

/** May ask STS for anything, so that only what the AWS role itself says stands in the way. */
const principal = (name: string): AwsPrincipal & { readonly sessionToken: string } => ({
  accessKeyId: `ASIA${name.toUpperCase()}`,
  secretAccessKey: `${name}-secret`,
  sessionToken: `${name}-session`,
  arn: `arn:aws:sts::${account}:assumed-role/${name}/function`,
  policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] }],
})
const broker = principal('broker')
const stranger = principal('stranger')

let aws: LocalAws
let issuers: LocalIssuers
let url: string
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-target-'))
  closing.push(() => rm(folder, { recursive: true }))
  const accessFile = join(folder, 'access.yml')
  await writeFile(accessFile, JSON.stringify(manifest))
  aws = await startAws({ port: 0, roles: await printedRoles(accessFile), principals: [broker, stranger] })
  closing.push(aws.close)
  for (const key of ['a/1.txt', 'b/1.txt']) for (const bucket of ['acme', 'acme-audit', 'acme-other']) aws.putObject(bucket, key, `${bucket}/${key}`) // biome-ignore format: a table
  const loaded = loadManifest(accessFile)
  issuers = await startIssuers({ access: compileManifest(loaded), port: 0 })
  closing.push(issuers.close)
  url = await startLender(compileManifest(loaded, { localIssuers: issuers.url }), folder)
})
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

/** What CloudFormation would make of the printed template, as far as it decides anything. */
async function printedRoles(accessFile: string): Promise<readonly AwsRole[]> {
  const brokerArn = `arn:aws:iam::${account}:role/postern/broker`
  const { code, stdout, stderr } = await postern(['target', '--access', accessFile, '--broker', brokerArn])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const brokerRole = { arn: brokerArn, policies: [], trustPolicy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }] } } as const // biome-ignore format: a role
  const { Resources }: { readonly Resources: Readonly<Record<string, { readonly Properties: PrintedRole }>> } = parse(stdout) // biome-ignore format: a type
  return [
    brokerRole,
    ...Object.values(Resources).map(({ Properties: role }) => ({
      arn: `arn:aws:iam::${account}:role${role.Path}${role.RoleName}`,
      trustPolicy: role.AssumeRolePolicyDocument,
      policies: role.Policies.map(({ PolicyDocument }) => PolicyDocument),
      maxSessionDurationSeconds: role.MaxSessionDuration,
      tags: Object.fromEntries(role.Tags.map(({ Key, Value }) => [Key, Value])),
    })),
  ]
}

type PrintedRole = {
  readonly RoleName: string
  readonly Path: string
  readonly AssumeRolePolicyDocument: PolicyText
  readonly Policies: readonly { readonly PolicyDocument: PolicyText }[]
  readonly MaxSessionDuration: number
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[]
}

async function startLender(access: Parameters<typeof bundleFunctions>[0], folder: string): Promise<string> {
  const table = await startTable(broker)
  closing.push(table.close)
  const file = (await bundleFunctions(access, folder)).find(({ name }) => name === 'broker')?.file as string
  const lambda = createLambda({
    file,
    functionName: 'broker',
    timeoutMs: 10_000,
    memoryMb: 512,
    maxEnvironments: 1,
    environment: {
      AWS_ACCESS_KEY_ID: broker.accessKeyId,
      AWS_SECRET_ACCESS_KEY: broker.secretAccessKey,
      AWS_SESSION_TOKEN: broker.sessionToken,
      AWS_ENDPOINT_URL_STS: aws.url,
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      POSTERN_STATE_TABLE: table.name,
      HOME: dirname(file),
    },
    onLine: () => undefined,
  })
  closing.push(lambda.close)
  const server = await serveBroker((event) => lambda.invoke(event), 0)
  closing.push(server.close)
  return server.url
}

type Keys = Pick<AwsPrincipal, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>
const region = 'eu-west-1'
const s3With = (credentials: Keys) => new S3Client({ region, endpoint: aws.url, forcePathStyle: true, credentials }) // biome-ignore format: a call
const get = (s3: S3Client, Bucket: string, Key: string) => s3.send(new GetObjectCommand({ Bucket, Key }))

async function borrowed(role: string, sub: string, scope: string): Promise<S3Client> {
  const token = await issuers.sign('ci', { sub, scope })
  return s3With(
    await fromHttp({ awsContainerCredentialsFullUri: `${url}/credentials/${role}`, awsContainerAuthorizationToken: token })(), // biome-ignore format: a call
  )
}

/** Past the broker's code: what its keys can do with the AWS role, without any session policy. */
async function direct(
  asked: Partial<AssumeRoleCommandInput>,
  caller: AwsPrincipal = broker,
): Promise<S3Client> {
  const sts = new STSClient({ region, endpoint: aws.url, credentials: caller, maxAttempts: 1 })
  const { Credentials: keys } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'x1', ExternalId: 'kit/1', SourceIdentity: 'ci-x', ...asked }), // biome-ignore format: a call
  )
  return s3With({ accessKeyId: keys?.AccessKeyId ?? '', secretAccessKey: keys?.SecretAccessKey ?? '', sessionToken: keys?.SessionToken ?? '' }) // biome-ignore format: a call
}
const team = (value: string) => [{ Key: 'team', Value: value }]

test("a bot reads and lists its own prefix by what it borrowed, and nobody else's", async () => {
  const s3 = await borrowed('exporter', 'a', 'export')
  expect(await (await get(s3, 'acme', 'a/1.txt')).Body?.transformToString()).toBe('acme/a/1.txt')
  const list = (Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket: 'acme', Prefix }))
  expect((await list('a/')).Contents?.map(({ Key }) => Key)).toEqual(['a/1.txt'])
  await expect(list('b/')).rejects.toMatchObject({ name: 'AccessDenied' })
  await expect(get(s3, 'acme', 'b/1.txt')).rejects.toMatchObject({ name: 'AccessDenied' })
})

test('so does one of another role that lends the same AWS role, without a tag', async () => {
  const s3 = await borrowed('auditor', 'a', 'audit')
  expect(await (await get(s3, 'acme-audit', 'a/1.txt')).Body?.transformToString()).toBe('acme-audit/a/1.txt')
  for (const [bucket, key] of [['acme-audit', 'b/1.txt'], ['acme', 'a/1.txt']] as const) // biome-ignore format: a table
    await expect(get(s3, bucket, key)).rejects.toMatchObject({ name: 'AccessDenied' })
})

test('the AWS role without a session policy can do what some scope lends, and no more', async () => {
  const s3 = await direct({ Tags: team('a') })
  expect((await get(s3, 'acme', 'a/1.txt')).$metadata.httpStatusCode).toBe(200)
  const why = 'no identity-based policy allows'
  await expect(get(s3, 'acme', 'b/1.txt')).rejects.toThrow(why)
  await expect(get(s3, 'acme-other', 'a/1.txt')).rejects.toThrow(why)
  await expect(s3.send(new PutObjectCommand({ Bucket: 'acme', Key: 'a/2.txt', Body: 'x' }))).rejects.toThrow(
    why,
  )
  // A claim that no tag holds is open to every session of the AWS role: there the session policy alone bounds.
  expect((await get(s3, 'acme-audit', 'b/1.txt')).$metadata.httpStatusCode).toBe(200)
  await expect(get(await direct({}), 'acme', 'a/1.txt')).rejects.toThrow(why)
})

test.each<[string, Partial<AssumeRoleCommandInput>, AwsPrincipal]>([
  ['by another role than the broker', { Tags: team('a') }, stranger],
  [
    'with a tag that the manifest does not have',
    { Tags: [...team('a'), { Key: 'admin', Value: 'yes' }] },
    broker,
  ],
  ['in the name of a caller of another issuer', { SourceIdentity: 'staff-x' }, broker],
  ['that makes a tag transitive', { Tags: team('a'), TransitiveTagKeys: ['team'] }, broker],
  ['without the external id', { ExternalId: undefined }, broker],
  ['without a source identity', { SourceIdentity: undefined }, broker],
])('a session %s is refused', async (_, asked, caller) => {
  await expect(direct(asked, caller)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('is not authorized to perform: sts:'),
  })
})
