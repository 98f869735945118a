import { createHash, randomUUID } from 'node:crypto'
import type { Issuer } from '../../shared/access/access.ts'
import {
  answerDocument,
  type ClaimSet,
  type IssuerSettings,
  type LocalIssuer,
  lifetime,
  type SignOptions,
} from './issuer.ts'
import { createKeyRing, signWith } from './keys.ts'

/** A user pool's tokens (facts E): two keys, one for access and one for id tokens, and a header of `kid` and `alg` alone. */
export async function createCognitoIssuer({ issuer, url, nowMs }: IssuerSettings): Promise<LocalIssuer> {
  const ring = await createKeyRing({
    id: { family: 'RSA', alg: 'RS256' },
    access: { family: 'RSA', alg: 'RS256' },
  })
  return {
    async sign(claims, options) {
      const shape = shapeOf(issuer, options)
      const filled = options.raw ? {} : fill(issuer, shape, claims, lifetime(nowMs(), options, 3600))
      const key = ring.signer(shape === 'id' ? 'id' : 'access')
      return signWith(key, { kid: key.kid, alg: 'RS256' }, { ...filled, ...claims }, options)
    },
    rotate: ring.rotate,
    answer: (path, _request, response) =>
      answerDocument(path, response, { discovery: discovery(issuer.iss, url), jwks: ring.jwks() }),
  }
}

type Shape = 'access' | 'id' | 'machine'

function shapeOf(issuer: Issuer, { shape = issuer.tokenUse }: SignOptions): Shape {
  if (shape === 'legacy-subject')
    throw new Error(`"${shape}" is GitHub's; a user pool signs access, id and machine`)
  return shape
}

function fill(issuer: Issuer, shape: Shape, claims: ClaimSet, times: { iat: number; exp: number }): ClaimSet {
  const clientId = claims.client_id ?? issuer.audience?.[0] ?? 'local-client'
  const common = { iss: issuer.iss, version: 2, jti: randomUUID(), auth_time: times.iat, ...times }
  if (shape === 'machine')
    return { ...common, sub: clientId, token_use: 'access', client_id: clientId, scope: 'local/sample' }
  const name = claims.username ?? claims['cognito:username'] ?? 'sample'
  const person = {
    ...common,
    sub: userId(issuer.iss, String(name)),
    origin_jti: randomUUID(),
    event_id: randomUUID(),
  }
  if (shape === 'access')
    return { ...person, token_use: 'access', client_id: clientId, username: name, scope: 'openid email' }
  const email = { email: 'sample@example.com', email_verified: true }
  // An id token has no `version` and names its client in `aud`, one string.
  return { ...person, ...email, version: undefined, token_use: 'id', aud: clientId, 'cognito:username': name }
}

/** One user keeps one UUID over restarts, so that what was logged yesterday still means the same. */
function userId(iss: string, name: string): string {
  const hex = createHash('sha256').update(`${iss}\0${name}`).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

function discovery(iss: string, url: string) {
  return {
    issuer: iss,
    jwks_uri: `${url}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  }
}
