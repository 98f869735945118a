import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  accessTokenType,
  claimsIn,
  exchanged,
  exchangeGrant,
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
