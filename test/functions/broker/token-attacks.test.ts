import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  asClient,
  asserted,
  assertion,
  claimsIn,
  clientForm,
  exchanged,
  foreign,
  headerIn,
  seconds,
  secretOf,
  stand,
  startCast,
} from '../../support/token-cast.ts'
import { askToken } from '../../support/token-stand.ts'

beforeAll(startCast)
afterAll(() => stand.close())

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

  test('somebody whom no role trusts is given nothing, not even a name', async () => {
    await refuses(exchanged(foreign({ tenant: 'nobody' })), 400, 'access_denied', 'role_none')
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
