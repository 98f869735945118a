import type { Tokens } from '../../shared/access/access.ts'
import { PosternError } from '../../shared/error.ts'
import { isJsonObject } from '../../shared/json.ts'
import {
  jwksMaxAgeSeconds,
  type PublicKey,
  publishedJwks,
  readPublicKeys,
} from '../../shared/secret/signing-keys.ts'
import type { HeldSecret } from '../../shared/secret/store.ts'
import { within } from '../../shared/token/within.ts'

export type JwksDependencies = {
  /** The secret with the public keys; `undefined` where none is named. */
  readonly published: HeldSecret | undefined
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** Takes a record of a fault, a line of JSON without its newline. */
  readonly emit: (line: string) => void
}

type HttpAnswer = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How long an invocation waits at its end for keys that are read again beside it. */
export const maxSettleMs = 300

/**
 * Discovery (OpenID Connect Discovery 1.0, RFC 8414) and the key set (RFC 7517), apart from the broker, so that a flood
 * of calls there starves nobody who verifies. Its answers may be kept as long as they say, and no longer.
 */
export function createJwks(
  tokens: Tokens | undefined,
  { published, nowMs, emit }: JwksDependencies,
): (event: unknown) => Promise<HttpAnswer> {
  return async (event) => {
    const path = pathOf(event)
    try {
      if (tokens === undefined) return json(404, { message: 'no tokens are signed here' })
      if (path.endsWith('/.well-known/jwks.json')) return await answerKeys(published, nowMs)
      if (/\/\.well-known\/(openid-configuration|oauth-authorization-server)$/.test(path))
        return json(200, discoveryOf(tokens), `public, max-age=${jwksMaxAgeSeconds}`)
      return json(404, { message: 'nothing is served at this path' })
    } catch (error) {
      const known = error instanceof PosternError ? error : undefined
      const reason = known?.reason ?? 'internal_error'
      emit(
        JSON.stringify({
          kind: 'keys',
          timeMs: nowMs(),
          reason,
          message: known?.message ?? 'a fault in Postern itself',
        }),
      )
      return json(503, { reason, message: 'the keys cannot be read just now' })
    }
  }
}

async function answerKeys(published: HeldSecret | undefined, nowMs: () => number): Promise<HttpAnswer> {
  if (published === undefined)
    throw new PosternError('signing_key_missing', 'POSTERN_PUBLIC_KEYS_SECRET names no secret')
  let keys = readPublicKeys((await published.versions()).current.text)
  // Before the first rotation there is none, and after it nobody is to wait.
  if (keys.length === 0) keys = readPublicKeys((await published.reread()).current.text)
  await within(maxSettleMs, published.pending(nowMs())?.done)
  const nowSeconds = nowMs() / 1000
  const jwks = publishedJwks(keys, nowSeconds)
  if (jwks.keys.length === 0) throw new PosternError('signing_key_missing', 'no key is published yet')
  return json(200, jwks, `public, max-age=${maxAge(keys, nowSeconds)}`)
}

/** A key that ends sooner is not kept longer. */
function maxAge(keys: readonly PublicKey[], nowSeconds: number): number {
  const left = keys.flatMap(({ retireAfter }) =>
    retireAfter === undefined || retireAfter <= nowSeconds ? [] : retireAfter - nowSeconds,
  )
  return Math.floor(Math.min(jwksMaxAgeSeconds, ...left))
}

/** What IAM's OIDC providers ask for is there too: `response_types_supported`, `subject_types_supported`. */
function discoveryOf({ issuer }: Tokens): object {
  return {
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: [
      'ES256',
      'ES384',
      'ES512',
      'RS256',
      'PS256',
      'EdDSA',
      'Ed25519',
    ],
  }
}

function pathOf(event: unknown): string {
  if (!isJsonObject(event)) return ''
  const { rawPath, path } = event
  return typeof rawPath === 'string' ? rawPath : typeof path === 'string' ? path : ''
}

function json(statusCode: number, body: object, cacheControl = 'no-store'): HttpAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': cacheControl },
    body: JSON.stringify(body),
  }
}
