import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { Refused } from '../refused.ts'
import { invalidToken } from './web-identity-claims.ts'

/** An OIDC provider of the account, as IAM has it. */
export type OidcProvider = {
  /** `arn:aws:iam::123456789012:oidc-provider/tokens.example/path` */
  readonly arn: string
  readonly clientIds: readonly string[]
  /** Where its key set is, in place of what its discovery says. */
  readonly keysAt?: string
}

/** A token whose signature and times hold. */
export type WebIdentity = {
  readonly provider: OidcProvider
  readonly subject: string
  readonly audience: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** `tokens.example/path`, which also begins the names of condition keys. */
export function hostOf({ arn }: OidcProvider): string {
  return arn.slice(arn.indexOf('oidc-provider/') + 'oidc-provider/'.length)
}

export type ReadWebIdentity = (token: string, account: string, nowMs: number) => Promise<WebIdentity>

type Kept = { readonly keys: readonly JsonWebKey[]; readonly untilMs: number }

/**
 * Reads tokens as STS does. A provider's keys are kept for as long as its answer says, and not fetched sooner for a
 * `kid` that is unknown: whoever signs with a key that nobody could have yet is refused.
 */
export function createReadWebIdentity(providers: readonly OidcProvider[]): ReadWebIdentity {
  const kept = new Map<string, Kept>()
  return async (token, account, nowMs) => {
    const [header = {}, claims = {}] = token.split('.').slice(0, 2).map(decode)
    const provider = providers.find(
      (one) => one.arn.split(':')[4] === account && `https://${hostOf(one)}` === claims.iss,
    )
    if (provider === undefined)
      throw invalidToken(`No OpenIDConnect provider found in your account for ${String(claims.iss)}`)
    const held = kept.get(provider.arn)
    const keys = held !== undefined && nowMs < held.untilMs ? held : await fetchKeys(provider, nowMs)
    kept.set(provider.arn, keys)
    const key = keys.keys.find(({ kid }) => typeof kid === 'string' && kid === header.kid)
    if (key === undefined || !holds(token, String(header.alg), key))
      throw invalidToken(
        "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
      )
    return checked(provider, claims, nowMs)
  }
}

function checked(
  provider: OidcProvider,
  claims: Readonly<Record<string, unknown>>,
  nowMs: number,
): WebIdentity {
  const { exp, iat, sub, aud } = claims
  if (!Number.isInteger(exp) || !Number.isInteger(iat) || typeof sub !== 'string')
    throw invalidToken('Missing a required claim: exp, iat or sub')
  if (Number(exp) <= nowMs / 1000) throw new Refused(400, 'ExpiredTokenException', 'Token expired')
  const audience = [aud].flat().find((one) => provider.clientIds.includes(String(one)))
  if (audience === undefined) throw invalidToken('Incorrect token audience')
  return { provider, subject: sub, audience: String(audience), claims }
}

async function fetchKeys(provider: OidcProvider, nowMs: number): Promise<Kept> {
  try {
    const at =
      provider.keysAt ??
      ((await json(`https://${hostOf(provider)}/.well-known/openid-configuration`)).body.jwks_uri as string)
    const { body, maxAge } = await json(at)
    if (!Array.isArray(body.keys) || !body.keys.every((one) => typeof one === 'object' && one !== null))
      throw new Error(`${at} is no key set`)
    return { keys: body.keys, untilMs: nowMs + maxAge * 1000 }
  } catch {
    throw new Refused(400, 'IDPCommunicationError', "Couldn't reach the identity provider")
  }
}

async function json(url: string): Promise<{ body: Readonly<Record<string, unknown>>; maxAge: number }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? 0)
  return { body: (await response.json()) as Record<string, unknown>, maxAge }
}

/** RS256 and ES256 and their longer kin (facts B1). */
function holds(token: string, alg: string, key: JsonWebKey): boolean {
  const kind = /^RS(?:256|384|512)$/.test(alg) ? 'RSA' : curves.get(alg)
  if (kind === undefined || kind !== (key.kty === 'EC' ? key.crv : key.kty)) return false
  const at = token.lastIndexOf('.')
  try {
    return verify(
      `sha${alg.slice(2)}`,
      Buffer.from(token.slice(0, at)),
      { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(token.slice(at + 1), 'base64url'),
    )
  } catch {
    return false
  }
}

const curves = new Map([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
])

function decode(segment: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString())
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw invalidToken('The token is not a JWT')
}
