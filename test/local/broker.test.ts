import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromHttp, fromWebToken } from '@aws-sdk/credential-providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveBroker } from '../../local/broker/server.ts'
import { payloadOf } from '../../local/issuer/keys.ts'
import { type SampleCaller, withFreshTokens } from '../../local/issuer/sample-callers.ts'
import { playStory, setUpStory } from '../../local/once.ts'
import { startWorld, type World } from '../../local/world.ts'

const lending = `version: 1
vars: { account: '123456789012' }
issuers:
  people: { type: oidc, issuer: https://login.acme.example, audience: [acme] }
roles:
  archivist:
    description: Reads the archive
    owner: archive@acme.example
    trust:
      - issuer: people
        claims: { scope: archive }
    credentials:
      roleArn: arn:aws:iam::\${account}:role/paths/archive
      policyArns: [arn:aws:iam::aws:policy/AmazonS3FullAccess]
      tags: { mail: '{text(claims.email)}', shelf: '{claims./place/shelf}' }
      scopes:
        read:
          - actions: [s3:GetObject]
            resources: ['arn:aws:s3:::acme-archive/{claims.sub}/*']
  librarian:
    description: Has what the archivist has, and may have none of its own
    owner: archive@acme.example
    includes: [archivist]
    trust:
      - issuer: people
        claims: { scope: books }
`

let folder: string
let accessFile: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-broker-'))
  accessFile = join(folder, 'access.yml')
  await writeFile(accessFile, lending)
})
afterAll(() => rm(folder, { recursive: true }))

test('a manifest that lends and has no routes has a story: each sample caller borrows', async () => {
  const stage = await setUpStory({ accessFile, port: 0 })
  const lines: string[] = []
  try {
    expect(await playStory(stage, (line) => lines.push(line))).toBe(0)
  } finally {
    await stage.world.close()
  }
  expect(lines.filter((line) => line.includes('borrows'))).toEqual([
    expect.stringMatching(
      /^ ok {3}200 granted .* archivist@people borrows \S+:role\/paths\/archive by archivist/,
    ),
    expect.stringMatching(
      /^ ok {3}200 granted .* librarian@people borrows \S+:role\/paths\/archive by archivist/,
    ),
  ])
})

describe('a world that lends', () => {
  let world: World
  let token: string
  beforeAll(async () => {
    world = await startWorld({ accessFile, port: 0 })
    token = world.callers[0]?.token as string
  })
  afterAll(() => world.close())
  const endpoint = () => `${world.broker?.url}/credentials/archivist`

  test('answers over HTTP as a function URL does', async () => {
    const answer = await fetch(endpoint(), { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.json()).toMatchObject({ AccountId: '123456789012', Token: expect.any(String) })
    const large = await fetch(`${world.broker?.url}/`, { method: 'POST', body: 'x'.repeat(7 * 1024 * 1024) })
    expect(large.status).toBe(413)
  })

  test('several headers of one name are joined, so that two tokens are refused', async () => {
    const headers = new Headers({ authorization: token })
    headers.append('authorization', token)
    expect((await fetch(endpoint(), { headers })).status).toBe(401)
  })

  test('who has web identity credentials is known by the table beside the broker', async () => {
    const client = new STSClient({
      region: 'eu-west-1',
      endpoint: world.broker?.url as string,
      credentials: fromWebToken({
        webIdentityToken: token,
        roleArn: 'arn:postern:iam:::role/archivist',
        roleSessionName: 'any',
        clientConfig: { endpoint: world.broker?.url as string, region: 'eu-west-1' },
      }),
    })
    const { Arn } = await client.send(new GetCallerIdentityCommand({}))
    expect(Arn).toMatch(/^arn:aws:sts::123456789012:assumed-role\/archive\/people-/)
  })

  test("AWS is asked by the broker's own role, with the statements that are generated for it", async () => {
    const credentials = await fromHttp({
      awsContainerCredentialsFullUri: endpoint(),
      awsContainerAuthorizationToken: token,
    })()
    const aws = new STSClient({ region: 'eu-west-1', endpoint: world.broker?.aws.url as string, credentials })
    const { Arn } = await aws.send(new GetCallerIdentityCommand({}))
    expect(Arn).toContain(':assumed-role/archive/people-')
  })

  test('there is something to read for each sample caller, and nothing where nobody may read', async () => {
    const credentials = await fromHttp({
      awsContainerCredentialsFullUri: endpoint(),
      awsContainerAuthorizationToken: token,
    })()
    const s3 = new S3Client({ region: 'eu-west-1', endpoint: world.broker?.aws.url as string, credentials })
    const get = (Key: string) => s3.send(new GetObjectCommand({ Bucket: 'acme-archive', Key }))
    const { sub } = payloadOf(token)
    expect(await (await get(`${sub}/sample.txt`)).Body?.transformToString()).toBe('for archivist\n')
    await expect(get('another/sample.txt')).rejects.toThrow(
      'no session policy allows the s3:GetObject action',
    )
  })

  test('tokens that end soon are signed anew, others stay', async () => {
    const [first, second] = world.callers as readonly (SampleCaller & { token: string })[]
    const soon = await world.issuers.sign('people', first?.claims ?? {}, { expiresInSeconds: 60 })
    const fresh = await withFreshTokens([{ ...first!, token: soon }, second!], world.issuers)
    expect(fresh[0]?.token).not.toBe(soon)
    expect(fresh[1]).toBe(second)
  })
})

test.each([
  ['threw', { ok: false, errorType: 'Error', errorMessage: 'secret-of-the-function' }],
  ['returned no answer', { ok: true, value: { hello: 'world' } }],
] as const)('a function that %s is a 502, as by its URL', async (_, result) => {
  const server = await serveBroker(async () => result, 0)
  const answer = await fetch(server.url)
  expect([answer.status, await answer.text()]).toEqual([502, '{"Message":"Internal Server Error"}'])
  await server.close()
})

test('a taken port is named, with what to do, and nothing is left running', async () => {
  const first = await startWorld({ accessFile, port: 18_600 })
  await expect(startWorld({ accessFile, port: 18_598 })).rejects.toThrow(
    'port 18600 is in use; stop what listens there, or take others: POSTERN_PORT=8700 npm start',
  )
  await first.close()
  await (await startWorld({ accessFile, port: 18_598 })).close()
})
