import { createHmac, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicationLeadSeconds } from '../../../shared/secret/kind-signing.ts'
import { write } from '../../shared/manifest/cases.ts'
import { makeKey } from '../../support/keys.ts'
import { minter } from '../../support/token.ts'
import {
  askToken,
  currentSecret,
  publicSecret,
  signingSecret,
  startTokens,
  type TokenStand,
} from '../../support/token-stand.ts'

const foreignKey = makeKey('P-256', 'foreign')
const foreignIss = 'https://id.partner.example'
const assertionKey = await generateKeyPair('ES256', { extractable: true })
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

let stand: TokenStand
beforeAll(async () => {
  const jwks = write(
    'nightly.json',
    JSON.stringify({ keys: [{ ...(await exportJWK(assertionKey.publicKey)), kid: 'n1', alg: 'ES256' }] }),
  )
  const partner = write('partner.json', JSON.stringify({ keys: [foreignKey.jwk] }))
  const lends = { roleArn: 'arn:aws:iam::123456789012:role/exporter', scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::a/*'] }], write: [{ actions: ['s3:PutObject'], resources: ['arn:aws:s3:::a/*'] }] } } // biome-ignore format: a manifest
  const client = { allowedAudiences: ['orders'] }
  stand = await startTokens((issuer) => ({
    version: 1,
    issuers: {
      bots: { type: 'postern' },
      partner: { type: 'oidc', issuer: foreignIss, audience: ['postern'], jwks: partner },
    },
    tokens: { issuer, audiences: ['orders', 'billing'], durationSeconds: 600 },
    clients: {
      nightly: { ...client, jwks },
      legacy: { ...client, secret: 'clients/legacy', overlapSeconds: 3600 },
      other: { allowedAudiences: ['orders', 'billing'], secret: 'clients/other', overlapSeconds: 3600 },
    },
    roles: {
      reader: {
        trust: [
          { issuer: 'bots', claims: { sub: ['client:legacy', 'client:nightly'] } },
          { issuer: 'bots', claims: { scope: 'reader' } },
          { issuer: 'partner', claims: { tenant: 'acme' } },
        ],
        routes: ['GET /orders'],
      },
      exporter: {
        trust: [
          { issuer: 'partner', claims: { tenant: 'acme' } },
          { issuer: 'bots', claims: { sub: 'partner:*' } },
        ],
        credentials: lends,
      },
      admin: { trust: [{ issuer: 'bots', claims: { sub: 'client:other' } }], routes: ['DELETE /orders'] },
    },
  }))
})
afterAll(() => stand.close())

const seconds = () => Math.floor(stand.clock.nowMs / 1000)
const secretOf = (client: string) => currentSecret(stand, `clients/${client}`)
const asClient = (client: string, secret = secretOf(client)) => ({ client_id: client, client_secret: secret })
const clientForm = (client: string, more: object = {}) => ({
  grant_type: 'client_credentials',
  ...asClient(client),
  ...more,
})
const claimsIn = (token = '') => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const headerIn = (token = '') => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
const foreign = (claims: object = {}) =>
  minter(foreignKey, 'ES256', {
    iss: foreignIss,
    aud: 'postern',
    sub: 'bot-1',
    tenant: 'acme',
    iat: seconds(),
    exp: seconds() + 900,
  })({ claims: { ...claims } })
const exchanged = (subject_token: string, more: object = {}) => ({
  grant_type: exchangeGrant,
  subject_token,
  subject_token_type: accessTokenType,
  audience: 'orders',
  ...more,
})
const assertion = (claims: object = {}, header: object = {}) =>
  new SignJWT({
    iss: 'nightly',
    sub: 'nightly',
    aud: stand.url,
    jti: randomUUID(),
    iat: seconds(),
    exp: seconds() + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'n1', ...header })
    .sign(assertionKey.privateKey)
const asserted = async (token: string | Promise<string>, more: object = {}) => ({
  grant_type: 'client_credentials',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: await token,
  ...more,
})

describe('a standard client, unmodified', () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const server = async () => {
    const issuer = new URL(stand.url)
    const response = await oauth.discoveryRequest(issuer, insecure)
    // The library writes a slash after a host alone, and compares as it writes.
    return { ...((await response.json()) as object), issuer: stand.url } as oauth.AuthorizationServer
  }

  test('discovers, and gets tokens by secret in a header, by secret in the body', async () => {
    const as = await server()
    for (const auth of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
      const client = { client_id: 'legacy' }
      const response = await oauth.clientCredentialsGrantRequest(
        as,
        client,
        auth(secretOf('legacy')),
        { scope: 'reader' },
        insecure,
      )
      const { access_token, scope, expires_in } = await oauth.processClientCredentialsResponse(
        as,
        client,
        response,
      )
      expect([scope, expires_in]).toEqual(['reader', 600])
      expect(headerIn(access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
      expect(claimsIn(access_token)).toEqual({
        iss: stand.url,
        sub: 'client:legacy',
        client_id: 'legacy',
        aud: 'orders',
        scope: 'reader',
        iat: seconds(),
        exp: seconds() + 600,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      })
    }
  })

  test('exchanges a token of an issuer for one of narrower scope, which copies no claim', async () => {
    const as = await server()
    const client = { client_id: 'other' }
    const parameters = new URLSearchParams(
      exchanged(foreign({ email: 'a@acme.example' }), { scope: 'reader exporter:read', audience: 'billing' }),
    )
    const response = await oauth.genericTokenEndpointRequest(
      as,
      client,
      oauth.ClientSecretPost(secretOf('other')),
      exchangeGrant,
      parameters,
      insecure,
    )
    const { access_token, scope, issued_token_type } = await oauth.processGenericTokenEndpointResponse(
      as,
      client,
      response,
    )
    expect([scope, issued_token_type]).toEqual(['reader exporter:read', accessTokenType])
    expect(Object.keys(claimsIn(access_token)).sort()).toEqual([
      'aud',
      'client_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'scope',
      'sub',
    ])
    expect(claimsIn(access_token)).toMatchObject({ sub: 'partner:bot-1', client_id: 'other', aud: 'billing' })
  })
})

describe('what a token lets its bearer do', () => {
  const roles = async (token = '') => {
    const response = await fetch(`${stand.url}/roles`, { headers: { authorization: `Bearer ${token}` } })
    return (await response.json()) as {
      roles: { role: string }[]
      credentials: { role: string; scopes: string[] }[]
    }
  }

  test('by its scope alone: a role whole, one scope of what a role lends, or nothing', async () => {
    const { body } = await askToken(stand.url, exchanged(foreign(), { scope: 'reader exporter:read' }))
    const had = await roles(body.access_token)
    expect(had.roles.map(({ role }) => role)).toEqual(['reader'])
    expect(had.credentials.map(({ role, scopes }) => [role, scopes])).toEqual([['exporter', ['read']]])
    const wider = await fetch(`${stand.url}/credentials/exporter?scope=write`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    })
    expect(await wider.json()).toMatchObject({ reason: 'scope_unknown' })
  })

  test('narrowed again it stays narrow, keeps its subject, its audience and its end', async () => {
    const first = await askToken(
      stand.url,
      exchanged(foreign({ exp: seconds() + 120 }), { scope: 'reader exporter' }),
    )
    const second = await askToken(
      stand.url,
      exchanged(first.body.access_token as string, { scope: 'exporter:write' }),
    )
    expect(claimsIn(second.body.access_token)).toMatchObject({
      sub: 'partner:bot-1',
      scope: 'exporter:write',
      exp: seconds() + 120,
    })
    const back = await askToken(
      stand.url,
      exchanged(second.body.access_token as string, { scope: 'exporter' }),
    )
    expect([back.status, back.body.error]).toEqual([400, 'invalid_scope'])
    const turned = await askToken(
      stand.url,
      exchanged(first.body.access_token as string, { audience: 'billing' }),
    )
    expect([turned.status, turned.body.error]).toEqual([400, 'invalid_target'])
  })
})

describe('attacks', () => {
  const refuses = async (
    form: Promise<Record<string, string>> | Record<string, string>,
    ...expected: unknown[]
  ) => {
    const { status, body } = await askToken(stand.url, await form)
    expect([status, body.error, body.reason]).toEqual(expected)
    expect(body.access_token).toBeUndefined()
  }

  test('an assertion is good once, whatever else is in it', async () => {
    const first = await asserted(assertion())
    expect((await askToken(stand.url, first)).status).toBe(200)
    await refuses(first, 401, 'invalid_client', 'assertion_replayed')
    const jti = randomUUID()
    expect((await askToken(stand.url, await asserted(assertion({ jti })))).status).toBe(200)
    await refuses(
      asserted(assertion({ jti, exp: seconds() + 90 })),
      401,
      'invalid_client',
      'assertion_replayed',
    )
    // Over, and so is the memory of it.
    stand.clock.nowMs += 700_000
    expect((await askToken(stand.url, await asserted(assertion({ jti })))).status).toBe(200)
  })

  test.each<[string, object, object]>([
    ['for another audience', { aud: 'https://other.example' }, {}],
    ['for the token endpoint', { aud: 'TOKEN' }, {}],
    ['for two audiences', { aud: ['ISSUER', 'https://other.example'] }, {}],
    ['of an access token’s type', {}, { typ: 'at+jwt' }],
    ['of a proof’s type', {}, { typ: 'dpop+jwt' }],
    ['of another subject', { sub: 'legacy' }, {}],
    ['of another issuer', { iss: 'legacy' }, {}],
    ['without a jti', { jti: undefined }, {}],
    ['without an end', { exp: undefined }, {}],
    ['that lives for a day', { exp: 1_900_000_000 }, {}],
    ['that is over', { exp: 1_000 }, {}],
    ['by a key nobody knows', {}, { kid: 'n2' }],
  ])('an assertion %s', async (_, claims, header) => {
    const spelled = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(spelled)
        : value === 'TOKEN'
          ? `${stand.url}/token`
          : value === 'ISSUER'
            ? stand.url
            : value
    const told = Object.fromEntries(Object.entries(claims).map(([key, value]) => [key, spelled(value)]))
    await refuses(asserted(assertion(told, header)), 401, 'invalid_client', 'client_invalid')
  })

  test('a secret is its own client’s, and unknown clients look the same', async () => {
    const own = asClient('legacy')
    await refuses(
      { ...clientForm('other'), client_secret: own.client_secret },
      401,
      'invalid_client',
      'client_invalid',
    )
    const messages = await Promise.all(
      [
        asClient('other', own.client_secret),
        asClient('nobody', own.client_secret),
        asClient('nightly', own.client_secret),
      ].map(async (who) =>
        (
          await askToken(stand.url, { grant_type: 'client_credentials', ...who })
        ).body.error_description?.replace(/\(.*/, ''),
      ),
    )
    expect(new Set(messages).size).toBe(1)
  })

  test('two ways at once, none, and two clients', async () => {
    const { client_assertion_type, client_assertion } = await asserted(assertion())
    await refuses(
      { ...clientForm('legacy'), client_assertion_type, client_assertion },
      400,
      'invalid_request',
      'client_ambiguous',
    )
    await refuses({ grant_type: 'client_credentials' }, 401, 'invalid_client', 'client_missing')
    await refuses(asserted(assertion(), { client_id: 'legacy' }), 400, 'invalid_request', 'client_ambiguous')
    await refuses(
      { grant_type: 'password', ...asClient('legacy') },
      400,
      'unsupported_grant_type',
      'grant_unsupported',
    )
  })

  test.each(['admin', 'exporter', 'exporter:read', 'nothing', 'reader reader:read'])(
    'a client asks for the scope "%s", which is not its own',
    async (scope) => {
      await refuses(clientForm('legacy', { scope }), 400, 'invalid_scope', 'scope_unknown')
    },
  )

  test('a rule by scope gives a client nothing that it asks for itself', async () => {
    await refuses(
      clientForm('other', { scope: 'reader', audience: 'orders' }),
      400,
      'invalid_scope',
      'scope_unknown',
    )
    const { body } = await askToken(stand.url, clientForm('other', { audience: 'orders' }))
    expect(body.scope).toBe('admin')
  })

  test.each([
    'sts.amazonaws.com',
    'STS.amazonaws.com',
    'sts.amazonaws.com.',
    'https://sts.amazonaws.com',
    'sts.amazonaws.com.cn',
    'sts.eu-west-1.amazonaws.com',
    ' orders',
    'Orders',
    '',
  ])('a token for "%s" is given to nobody', async (audience) => {
    await refuses(clientForm('other', { audience }), 400, 'invalid_target', 'audience_unknown')
    await refuses(exchanged(foreign(), { audience }), 400, 'invalid_target', 'audience_unknown')
    await refuses(
      exchanged(foreign(), { audience: 'orders', resource: audience }),
      400,
      'invalid_target',
      'audience_unknown',
    )
  })

  test('an audience of others, and no audience where there are several', async () => {
    await refuses(clientForm('legacy', { audience: 'billing' }), 400, 'invalid_target', 'audience_unknown')
    await refuses(clientForm('other'), 400, 'invalid_target', 'audience_unknown')
  })

  test('a foreign subject that is called like a client stays a foreigner', async () => {
    for (const sub of ['client:other', 'other']) {
      const { body } = await askToken(stand.url, exchanged(foreign({ sub })))
      expect(claimsIn(body.access_token).sub).toBe(`partner:${sub}`)
      expect(body.scope).not.toContain('admin')
    }
  })

  test('a subject token that is forged, over, or of another kind', async () => {
    const good = foreign()
    const told = ['invalid_request', 400] as const
    await refuses(exchanged(`${good.slice(0, -8)}AAAAAAAA`), told[1], told[0], 'signature_invalid')
    await refuses(exchanged(foreign({ exp: seconds() - 1 })), told[1], told[0], 'token_expired')
    await refuses(exchanged(foreign({ aud: 'orders' })), told[1], told[0], 'audience_not_allowed')
    await refuses({ ...exchanged(good), actor_token: good }, told[1], told[0], 'request_invalid')
    await refuses(
      { ...exchanged(good), subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      told[1],
      told[0],
      'request_invalid',
    )
  })

  test('algorithm confusion on our own keys', async () => {
    const { body } = await askToken(stand.url, clientForm('legacy'))
    const [header = '', payload = ''] = (body.access_token as string).split('.')
    const { keys } = (await (await fetch(`${stand.url}/.well-known/jwks.json`)).json()) as { keys: object[] }
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const [alg, secret] of [
      ['none', ''],
      ['HS256', JSON.stringify(keys[0])],
      ['HS256', JSON.stringify({ keys })],
    ] as const) {
      const input = `${encode({ ...headerIn(`${header}.`), alg })}.${payload}`
      const token = `${input}.${alg === 'none' ? 'AA' : createHmac('sha256', secret).update(input).digest('base64url')}`
      const response = await fetch(`${stand.url}/roles`, { headers: { authorization: `Bearer ${token}` } })
      expect([response.status, ((await response.json()) as { reason: string }).reason]).toEqual([
        401,
        'algorithm_not_allowed',
      ])
    }
    expect(JSON.stringify(keys)).not.toContain('"d"')
  })
})

test('no secret, no assertion and no token stands in a record, nor in what Secrets Manager was asked', () => {
  const text = JSON.stringify([stand.records, stand.aws.secrets.requests])
  for (const client of ['legacy', 'other']) expect(text).not.toContain(secretOf(client))
  expect(text).not.toMatch(/eyJ[\w-]+\.eyJ/)
  expect(stand.records.filter(({ action }) => action === 'token').length).toBeGreaterThan(20)
})

describe('Secrets Manager fails', () => {
  const legacy = () => ({
    grant_type: 'client_credentials',
    client_id: 'legacy',
    client_secret: secretOf('legacy'),
  })
  const keysStatus = async (url: string) => (await fetch(`${url}/.well-known/jwks.json`)).status

  test.each(['down', 'denied', 'error', 'throttle', 'garbage', 'hang'] as const)(
    '%s: what is held goes on, a fresh broker answers 503',
    async (mode) => {
      expect((await askToken(stand.url, legacy())).status).toBe(200)
      expect(await keysStatus(stand.url)).toBe(200)
      const fresh = await stand.another()
      stand.aws.secrets.setMode(mode)
      try {
        expect((await askToken(stand.url, legacy())).status).toBe(200)
        expect(await keysStatus(stand.url)).toBe(200)
        const { status, body } = await askToken(fresh.url, legacy())
        expect([status, body.error, body.reason]).toEqual([
          503,
          'temporarily_unavailable',
          'secret_unavailable',
        ])
        expect(await keysStatus(fresh.url)).toBe(503)
        // A secret that does not fit might be the next one: not the caller's fault.
        const unsure = await askToken(stand.url, { ...legacy(), client_secret: 'x'.repeat(43) })
        expect([unsure.status, unsure.body.reason]).toEqual([503, 'secret_unavailable'])
      } finally {
        stand.aws.secrets.setMode('up')
        stand.clock.nowMs += 20_000
        await fresh.close()
      }
    },
    20_000,
  )

  test('too long: what is held is over, nothing falls open', async () => {
    expect((await askToken(stand.url, legacy())).status).toBe(200)
    stand.aws.secrets.setMode('denied')
    stand.clock.nowMs += 3_700_000
    const { status, body } = await askToken(stand.url, legacy())
    expect([status, body.reason]).toEqual([503, 'secret_unavailable'])
    stand.aws.secrets.setMode('up')
    stand.clock.nowMs += 20_000
    expect((await askToken(stand.url, legacy())).status).toBe(200)
  })

  test.each([
    ['clients/legacy', 'no JSON'],
    ['clients/legacy', '{"clientSecret": "short"}'],
    ['clients/legacy', '{"clientSecret": 5}'],
    [signingSecret, '{"keys": [{}]}'],
    [publicSecret, '[]'],
  ])('%s holds %s: 500, and no guess is let in', async (id, text) => {
    const secret = stand.aws.secrets.find(id)
    const version = [...secret.versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))
    const before = version?.text
    const form = legacy()
    if (version) version.text = text
    const fresh = await stand.another()
    const { status, body } = await askToken(fresh.url, form)
    expect([status, body.error, body.reason]).toEqual([500, 'server_error', 'secret_unusable'])
    if (version) version.text = before
    await fresh.close()
  })

  test('first boot, with an empty set of keys: 503 until the first rotation, whose key signs at once', async () => {
    const first = await startTokens((issuer) => ({ version: 1, issuers: { bots: { type: 'postern' } }, tokens: { issuer, audiences: ['orders'] }, clients: { a: { secret: 'clients/a', allowedAudiences: ['orders'] } } }), { boot: false }) // biome-ignore format: a manifest
    try {
      const form = {
        grant_type: 'client_credentials',
        client_id: 'a',
        client_secret: currentSecret(first, 'clients/a'),
      }
      const early = await askToken(first.url, form)
      expect([early.status, early.body.reason]).toEqual([503, 'signing_key_missing'])
      const keys = await fetch(`${first.url}/.well-known/jwks.json`)
      expect([keys.status, keys.headers.get('cache-control')]).toEqual([503, 'no-store'])
      await first.aws.secrets.rotate(signingSecret)
      expect((await askToken(first.url, form)).status).toBe(200)
      expect((await fetch(`${first.url}/.well-known/jwks.json`)).headers.get('cache-control')).toBe(
        'public, max-age=300',
      )
    } finally {
      await first.close()
    }
  })
})

test('a new key signs only when every copy of the key set must have it', async () => {
  const kid = async () => headerIn((await askToken(stand.url, clientForm('legacy'))).body.access_token).kid
  const before = await kid()
  await stand.aws.secrets.rotate(signingSecret)
  for (const passed of [61, publicationLeadSeconds - 400]) {
    stand.clock.nowMs += passed * 1000
    await kid()
    expect(await kid()).toBe(before)
  }
  stand.clock.nowMs += 400_000
  await kid()
  expect(await kid()).not.toBe(before)
})
