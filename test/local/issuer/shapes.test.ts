import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClaimSet, SignOptions } from '../../../local/issuer/issuer.ts'
import { type LocalIssuers, startIssuers } from '../../../local/issuer/server.ts'
import { accessOf, cognito, github, oidc } from './sample-access.ts'

const ghe = oidc('tenant', {
  iss: 'https://token.actions.octo.ghe.com/octo',
  audience: null,
  algorithms: ['RS256'],
})
const all = [
  cognito('staff'),
  cognito('people', { tokenUse: 'id' }),
  github(),
  ghe,
  oidc('typeless', { typ: [''] }),
]

let issuers: LocalIssuers
beforeAll(async () => {
  issuers = await startIssuers({ access: accessOf(all), port: 0 })
})
afterAll(() => issuers.close())

async function sign(name: string, claims: ClaimSet = {}, options: SignOptions = {}) {
  const token = await issuers.sign(name, claims, options)
  return { header: decodeProtectedHeader(token), payload: decodeJwt<Record<string, unknown>>(token) }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('facts E: an access token of a user pool', async () => {
  const { header, payload } = await sign('staff')
  expect(Object.keys(header)).toEqual(['kid', 'alg'])
  expect(header.alg).toBe('RS256')
  expect(payload).toMatchObject({
    token_use: 'access',
    client_id: '3n4b5c6d7e',
    version: 2,
    username: 'sample',
  })
  expect(payload).not.toHaveProperty('aud')
  expect(payload.sub).toMatch(uuid)
  expect(Object.keys(payload)).toEqual(
    expect.arrayContaining(['iss', 'exp', 'iat', 'auth_time', 'jti', 'origin_jti', 'event_id', 'scope']),
  )
  expect(Number(payload.exp) - Number(payload.iat)).toBe(3600)
})

test('facts E: an id token of a user pool has another key, its client in aud, and no scope', async () => {
  const { header, payload } = await sign('people')
  expect(Object.keys(header)).toEqual(['kid', 'alg'])
  expect(payload).toMatchObject({ token_use: 'id', aud: '3n4b5c6d7e', 'cognito:username': 'sample' })
  for (const absent of ['client_id', 'scope', 'username']) expect(payload).not.toHaveProperty(absent)
  const access = await sign('people', {}, { shape: 'access' })
  expect(access.header.kid).not.toBe(header.kid)
  expect(access.payload.token_use).toBe('access')
  const response = await fetch(`${issuers.url}/people/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { keys: { kid: string }[] }
  expect(keys.map((key) => key.kid).sort()).toEqual([header.kid, access.header.kid].sort())
})

test("facts E: a machine's token has its client as subject, and no user", async () => {
  const { payload } = await sign('staff', { client_id: 'nightly' }, { shape: 'machine' })
  expect(payload).toMatchObject({ sub: 'nightly', client_id: 'nightly', token_use: 'access' })
  expect(payload.scope).toContain('/')
  for (const absent of ['username', 'origin_jti', 'cognito:groups', 'aud'])
    expect(payload).not.toHaveProperty(absent)
})

test('one user of a pool keeps one subject, and another has another', async () => {
  const [one, again, other] = await Promise.all(
    ['ann', 'ann', 'bob'].map((username) => sign('staff', { username })),
  )
  expect(one?.payload.sub).toBe(again?.payload.sub)
  expect(one?.payload.sub).not.toBe(other?.payload.sub)
})

test("a pool refuses to sign GitHub's shape", async () => {
  await expect(issuers.sign('staff', {}, { shape: 'legacy-subject' })).rejects.toThrow(
    'access, id and machine',
  )
})

test('facts G: a token of GitHub Actions', async () => {
  const { header, payload } = await sign('github')
  expect(header).toEqual({ typ: 'JWT', alg: 'RS256', kid: expect.any(String) })
  expect(Number(payload.exp) - Number(payload.iat)).toBe(300)
  expect(payload.aud).toBe('postern')
  for (const [name, value] of Object.entries(payload))
    expect(typeof value, name).toBe(['iat', 'exp', 'nbf'].includes(name) ? 'number' : 'string')
  for (const name of [
    'repository',
    'repository_id',
    'repository_owner_id',
    'ref',
    'event_name',
    'job_workflow_ref',
  ])
    expect(payload).toHaveProperty(name)
  expect(payload).not.toHaveProperty('environment')
})

const repository = { repository: 'acme/orders', repository_id: '7123', repository_owner_id: '9919' }
test.each<[string, ClaimSet, string, string]>([
  ['a branch', { ref: 'refs/heads/main' }, 'ref:refs/heads/main', 'branch'],
  ['a tag', { ref: 'refs/tags/v1' }, 'ref:refs/tags/v1', 'tag'],
  ['a pull request', { event_name: 'pull_request' }, 'pull_request', 'branch'],
  [
    'an environment, which beats the rest',
    { environment: 'a:b', event_name: 'pull_request' },
    'environment:a%3Ab',
    'branch',
  ],
])('facts G: the subject of %s, immutable and legacy', async (_, claims, context, refType) => {
  const { payload } = await sign('github', { ...repository, ...claims })
  expect(payload.sub).toBe(`repo:acme@9919/orders@7123:${context}`)
  expect(payload.ref_type).toBe(refType)
  expect(payload.repository_owner).toBe('acme')
  const legacy = await sign('github', { ...repository, ...claims }, { shape: 'legacy-subject' })
  expect(legacy.payload.sub).toBe(`repo:acme/orders:${context}`)
})

test('a tenant of GHE.com is GitHub-shaped, with the owner as default audience', async () => {
  const { payload } = await sign('tenant', repository)
  expect(payload).toMatchObject({ iss: ghe.iss, aud: 'https://github.com/acme', repository_id: '7123' })
})

test('a host that only looks like GitHub is an ordinary provider', async () => {
  const iss = 'https://token.actions.githubusercontent.com.evil.example'
  const other = await startIssuers({ access: accessOf([oidc('fake', { iss })]), port: 0 })
  try {
    expect(decodeJwt(await other.sign('fake', {}))).not.toHaveProperty('repository')
  } finally {
    await other.close()
  }
})

test('a typ the manifest does not take is not signed', async () => {
  expect((await sign('typeless')).header).not.toHaveProperty('typ')
})
