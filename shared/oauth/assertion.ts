import { hash } from 'node:crypto'
import type { Client, Issuer } from '../access/access.ts'
import { PosternError } from '../error.ts'
import type { SingleUse } from '../state/single-use.ts'
import type { KeyDependencies } from '../token/key-fetch.ts'
import { createVerifier, type Verifier } from '../token/verify.ts'

/** From now to an assertion's `exp` at most: how long its `jti` is remembered. */
export const maxAssertionSeconds = 600
export const maxJtiLength = 256

/** Signatures that a client's own keys may make; symmetric ones prove nothing to anybody but the two. */
export const assertionAlgorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA', 'Ed25519'] as const // biome-ignore format: a list

/** Proves a client by its assertion, once. */
export type VerifyAssertion = (assertion: string, nowMs: number) => Promise<Client>

/**
 * private_key_jwt (RFC 7523 section 3, and draft-ietf-oauth-rfc7523bis: the audience is the issuer alone). Throws
 * `client_invalid` with the check that failed, `assertion_replayed`, and `store_unavailable`, which is ours.
 */
export function createVerifyAssertion(
  clients: readonly Client[],
  issuer: string,
  singleUse: SingleUse | undefined,
  dependencies: KeyDependencies,
): VerifyAssertion {
  const withKeys = clients.filter(({ jwks }) => jwks !== undefined)
  const verifier = createVerifier(
    withKeys.map((client) => asIssuer(client, issuer)),
    dependencies,
  )
  return async (assertion, nowMs) => {
    const claims = await verified(verifier, assertion, nowMs)
    const client = withKeys.find(({ name }) => name === claims.iss)
    if (client === undefined || claims.sub !== client.name)
      throw invalid('"iss" and "sub" are not the client')
    const audiences = [claims.aud].flat()
    if (audiences.length !== 1 || audiences[0] !== issuer) throw invalid('"aud" is not the issuer alone')
    const { jti, exp } = claims
    if (typeof jti !== 'string' || jti === '' || jti.length > maxJtiLength) throw invalid('it has no "jti"')
    if (typeof exp !== 'number' || exp - nowMs / 1000 > maxAssertionSeconds)
      throw invalid(`it lives longer than ${maxAssertionSeconds} s`)
    if (singleUse === undefined)
      throw new PosternError(
        'store_unavailable',
        'POSTERN_STATE_TABLE names no table, where a "jti" would be kept',
      )
    // Kept past the leeway that clocks have.
    if (await singleUse.use(client.name, jti, exp + 60)) return client
    throw new PosternError('assertion_replayed', 'an assertion with this "jti" was used before')
  }
}

async function verified(verifier: Verifier, assertion: string, nowMs: number) {
  try {
    return (await verifier.verify(assertion, hash('sha256', assertion, 'base64url'), { nowMs })).claims
  } catch (error) {
    if (error instanceof PosternError && error.reason !== 'internal_error') throw invalid(error.message)
    throw error
  }
}

function invalid(message: string): PosternError {
  return new PosternError('client_invalid', `the client's assertion: ${message}`)
}

/** A client issues its own assertions, with keys that the manifest pins. */
function asIssuer({ name, jwks }: Client, issuer: string): Issuer {
  return {
    name,
    type: 'oidc',
    iss: name,
    keys: { jwks: jwks ?? { keys: [] } },
    algorithms: assertionAlgorithms,
    audience: [issuer],
    tokenUse: 'access',
    typ: ['', 'jwt', 'client-authentication+jwt'],
    require: [],
    clockSkewSeconds: 5,
    maxKeyAgeSeconds: 3600,
    maxKeyStaleSeconds: 0,
  }
}
