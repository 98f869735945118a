import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { write } from '../shared/manifest/cases.ts'
import { makeKey } from './keys.ts'
import { minter } from './token.ts'
import { currentSecret, startTokens, type TokenStand } from './token-stand.ts'

const foreignKey = makeKey('P-256', 'foreign')
const foreignIss = 'https://id.partner.example'
const assertionKey = await generateKeyPair('ES256', { extractable: true })
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

export let stand: TokenStand

/** Clients, an issuer and roles of every kind that tokens are about. */
export async function startCast(): Promise<void> {
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
}

export const seconds = () => Math.floor(stand.clock.nowMs / 1000)
export const secretOf = (client: string) => currentSecret(stand, `clients/${client}`)
export const asClient = (client: string, secret = secretOf(client)) => ({
  client_id: client,
  client_secret: secret,
})
export const clientForm = (client: string, more: object = {}) => ({
  grant_type: 'client_credentials',
  ...asClient(client),
  ...more,
})
export const claimsIn = (token = '') =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
export const headerIn = (token = '') =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
export const foreign = (claims: object = {}) =>
  minter(foreignKey, 'ES256', {
    iss: foreignIss,
    aud: 'postern',
    sub: 'bot-1',
    tenant: 'acme',
    iat: seconds(),
    exp: seconds() + 900,
  })({ claims: { ...claims } })
export const exchanged = (subject_token: string, more: object = {}) => ({
  grant_type: exchangeGrant,
  subject_token,
  subject_token_type: accessTokenType,
  audience: 'orders',
  ...more,
})
export const assertion = (claims: object = {}, header: object = {}) =>
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
export const asserted = async (token: string | Promise<string>, more: object = {}) => ({
  grant_type: 'client_credentials',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  client_assertion: await token,
  ...more,
})
