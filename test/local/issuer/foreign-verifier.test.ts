import { createRemoteJWKSet, type JWTVerifyOptions, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalIssuers, startIssuers } from '../../../local/issuer/server.ts'
import type { Algorithm, Issuer } from '../../../shared/access/access.ts'
import { accessOf, cognito, github, oidc } from './sample-access.ts'

// biome-ignore format: a table
const everyAlgorithm = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
] as const satisfies readonly Algorithm[]
const all = [
  cognito('staff'),
  cognito('people', { tokenUse: 'id' }),
  github(),
  oidc('partner', { algorithms: everyAlgorithm }),
  oidc('pinned', { algorithms: ['EdDSA'], keys: { jwks: { keys: [] } } }),
  oidc('login', { tokenUse: 'id', typ: ['', 'jwt'] }),
  oidc('jwks', { iss: 'https://same.example/jwks', algorithms: ['PS256'], audience: null }),
]

let issuers: LocalIssuers
beforeAll(async () => {
  issuers = await startIssuers({ access: accessOf(all), port: 0 })
})
afterAll(() => issuers.close())

/** As a verifier that knows the issuer's address alone: through its discovery document, over HTTP. */
async function verify(issuer: Issuer, token: string, options: JWTVerifyOptions = {}) {
  const discovery = await fetch(`${issuers.url}/${issuer.name}/.well-known/openid-configuration`)
  const { issuer: iss, jwks_uri } = (await discovery.json()) as { issuer: string; jwks_uri: string }
  return jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer: iss, ...options })
}

describe.each(all)('issuer $name', (issuer) => {
  test('jose verifies its token through its own discovery document and keys', async () => {
    const token = await issuers.sign(issuer.name, { 'custom:tenant': 'acme' })
    const audience = issuer.type === 'oidc' && issuer.audience ? [...issuer.audience] : undefined
    const { payload } = await verify(issuer, token, audience ? { audience } : {})
    expect(payload).toMatchObject({ iss: issuer.iss, 'custom:tenant': 'acme' })
    expect(payload.exp).toBeGreaterThan(payload.iat ?? Number.NaN)
  })

  test('its discovery names the issuer of the manifest byte for byte, and keys on loopback', async () => {
    const response = await fetch(`${issuers.url}/${issuer.name}/.well-known/openid-configuration`)
    const document = (await response.json()) as { issuer: string; jwks_uri: string }
    expect(document.issuer).toBe(issuer.iss)
    expect(new URL(document.jwks_uri).hostname).toBe('127.0.0.1')
  })

  test('both addresses of its keys give the same public keys and nothing private', async () => {
    const [one, other] = await Promise.all(
      ['.well-known/jwks.json', 'jwks'].map(async (path) => {
        const response = await fetch(`${issuers.url}/${issuer.name}/${path}`)
        return (await response.json()) as { keys: Record<string, unknown>[] }
      }),
    )
    expect(one).toEqual(other)
    expect(one?.keys.length).toBeGreaterThan(0)
    for (const key of one?.keys ?? [])
      for (const secret of ['d', 'p', 'q', 'k']) expect(key).not.toHaveProperty(secret)
  })

  test('a token signed before a rotation verifies after it, and not once the old keys are dropped', async () => {
    const old = await issuers.sign(issuer.name, {})
    await issuers.rotate(issuer.name)
    const fresh = await issuers.sign(issuer.name, {})
    const older = await verify(issuer, old)
    const newer = await verify(issuer, fresh)
    expect(newer.protectedHeader.kid).not.toBe(older.protectedHeader.kid)

    await issuers.rotate(issuer.name, { drop: true })
    await expect(verify(issuer, old)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
    await expect(verify(issuer, await issuers.sign(issuer.name, {}))).resolves.toBeDefined()
  })

  test('claims given replace the ones filled in, undefined leaves one out, raw fills in nothing', async () => {
    const token = await issuers.sign(issuer.name, { sub: 'me', jti: undefined, aud: undefined })
    const { payload } = await verify(issuer, token)
    expect(payload.sub).toBe('me')
    expect(payload).not.toHaveProperty('jti')
    expect(payload).not.toHaveProperty('aud')
    const bare = await issuers.sign(issuer.name, { iss: issuer.iss }, { raw: true })
    expect((await verify(issuer, bare)).payload).toEqual({ iss: issuer.iss })
  })

  test('a negative lifetime makes an expired token', async () => {
    const token = await issuers.sign(issuer.name, {}, { expiresInSeconds: -60 })
    await expect(verify(issuer, token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' })
  })

  test('kid and header parameters are as asked for', async () => {
    const token = await issuers.sign(
      issuer.name,
      {},
      { kid: 'nobody', header: { typ: 'x', jku: 'https://e.example' } },
    )
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ kid: 'nobody', typ: 'x', jku: 'https://e.example' })
    await expect(verify(issuer, token)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })
})

test.each(everyAlgorithm)('oidc-provider signs with %s where the manifest allows it', async (algorithm) => {
  const token = await issuers.sign('partner', {}, { algorithm })
  const { protectedHeader } = await verify(all[3] as Issuer, token, { algorithms: [algorithm] })
  expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'at+jwt' })
})

test('a header of its own leaves the algorithm and its published key as asked for', async () => {
  const token = await issuers.sign('partner', {}, { algorithm: 'EdDSA', header: { typ: 'JWT' } })
  const { protectedHeader } = await verify(all[3] as Issuer, token)
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'JWT' })
})

test('tokens asked for while keys rotate verify all the same', async () => {
  const sign = () => issuers.sign('login', {})
  const tokens = [sign(), sign()]
  const rotated = issuers.rotate('login')
  for (let i = 0; i < 20; i++) tokens.push(new Promise((resolve) => setTimeout(() => resolve(sign()), i)))
  await rotated
  for (const token of await Promise.all(tokens)) await verify(all[5] as Issuer, token)
})

test('an algorithm the issuer does not have is signed by a key nobody published', async () => {
  const token = await issuers.sign('pinned', {}, { algorithm: 'ES384' })
  await expect(verify(all[4] as Issuer, token)).rejects.toThrow()
  const sameKey = await issuers.sign('staff', {}, { algorithm: 'PS512' })
  await expect(verify(all[0] as Issuer, sameKey)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

test('a token of issuer A does not verify with the keys of issuer B', async () => {
  const [staff, people] = all as [Issuer, Issuer]
  const token = await issuers.sign('staff', {})
  await expect(verify(people, token, { issuer: staff.iss })).rejects.toMatchObject({
    code: 'ERR_JWKS_NO_MATCHING_KEY',
  })
})

test('the clock is the one given', async () => {
  const past = await startIssuers({
    access: accessOf(all.slice(0, 4)),
    port: 0,
    nowMs: () => 1_000_000_000_999,
  })
  try {
    for (const name of ['staff', 'people', 'github', 'partner']) {
      const token = await past.sign(name, {}, { expiresInSeconds: 7 })
      const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      expect(payload).toMatchObject({ iat: 1_000_000_000, exp: 1_000_000_007 })
    }
  } finally {
    await past.close()
  }
})
