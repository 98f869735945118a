import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier'
import type { Issuer } from '../access/access.ts'
import { meets } from '../access/match.ts'
import { PosternError } from '../error.ts'
import type { Json, JsonObject } from '../json.ts'
import type { Reason } from '../reason.ts'

/** 31 December 9999. A later `exp` is not a date any more (and `Date` would throw on most of them). */
const latestSeconds = 253_402_300_799

/** Epoch seconds between which the claims are good. `expiresAt` is `exp`: on the second itself it is over. */
export type Times = { readonly notBefore: number; readonly expiresAt: number }

/**
 * Reads and checks `exp` (required, no leeway), then `nbf` and `iat` (RFC 7519 section 4.1.4 to 4.1.6). Throws
 * `expiry_invalid`, `token_expired`, `not_before_invalid`, `issued_at_invalid`, `token_not_yet_valid`.
 */
export function readTimes(claims: JsonObject, clockSkewSeconds: number, nowSeconds: number): Times {
  const expiresAt = numericDate(claims, 'exp', 'expiry_invalid')
  if (expiresAt === undefined)
    throw new PosternError('expiry_invalid', 'the claim "exp" is missing', { claim: 'exp' })
  if (nowSeconds >= expiresAt) throw expired()
  const nbf = numericDate(claims, 'nbf', 'not_before_invalid') ?? Number.NEGATIVE_INFINITY
  const iat = numericDate(claims, 'iat', 'issued_at_invalid') ?? Number.NEGATIVE_INFINITY
  const times = { expiresAt, notBefore: Math.max(nbf, iat) - clockSkewSeconds }
  checkTimes(times, nowSeconds)
  return times
}

/** Throws `token_expired`, or `token_not_yet_valid` after the issuer's `clockSkewSeconds`. */
export function checkTimes(times: Times, nowSeconds: number): void {
  if (nowSeconds >= times.expiresAt) throw expired()
  if (nowSeconds < times.notBefore)
    throw new PosternError('token_not_yet_valid', 'the claim "nbf" or "iat" is in the future')
}

function expired(): PosternError {
  return new PosternError('token_expired', 'the claim "exp" is in the past', { claim: 'exp' })
}

/**
 * The checks of design section 4 that follow the times: audience, token use, required claims, subject, and that
 * the token is not bound to a key (`cnf`), which nothing here could prove. The claims are of a verified signature.
 */
export function checkClaims(claims: JsonObject, issuer: Issuer): void {
  if (issuer.type === 'cognito') checkCognito(claims, issuer)
  else checkOidc(claims, issuer)
  for (const condition of issuer.require)
    if (!meets(claims, condition))
      throw new PosternError(
        'claim_required',
        `the claim "${condition.claim.name}" is not what the issuer requires`,
        {
          claim: condition.claim.name,
        },
      )
  if (!isSubject(own(claims, 'sub')))
    throw new PosternError(
      'subject_invalid',
      'the claim "sub" is not 1 to 255 printable characters without white space',
      { claim: 'sub' },
    )
  if (own(claims, 'cnf') !== undefined)
    throw new PosternError(
      'proof_required',
      'the claim "cnf" binds the token to a key, and no proof of possession is read yet',
      { claim: 'cnf' },
    )
}

function checkCognito(claims: JsonObject, issuer: Issuer): void {
  const client = issuer.tokenUse === 'id' ? 'aud' : 'client_id'
  if (own(claims, 'token_use') !== issuer.tokenUse)
    throw new PosternError('token_use_not_allowed', `the claim "token_use" is not "${issuer.tokenUse}"`, {
      claim: 'token_use',
    })
  try {
    validateCognitoJwtFields(claims as Parameters<typeof validateCognitoJwtFields>[0], {
      tokenUse: issuer.tokenUse,
      clientId: issuer.audience as string[],
    })
  } catch {
    throw new PosternError('audience_not_allowed', `the claim "${client}" is none of the clientIds`, {
      claim: client,
    })
  }
}

function checkOidc(claims: JsonObject, issuer: Issuer): void {
  if (issuer.audience !== null) checkAudience(own(claims, 'aud'), issuer.audience)
  if (issuer.tokenUse === 'id') return
  // OpenID Connect Core section 2 and 3.1.3.6: these stand in ID tokens alone.
  for (const claim of ['nonce', 'at_hash', 'c_hash'])
    if (own(claims, claim) !== undefined)
      throw new PosternError(
        'token_use_not_allowed',
        `the claim "${claim}" shows an ID token; an access token is due`,
        { claim },
      )
}

/**
 * RFC 7519 section 4.1.3: a string or an array of strings, one of which must be ours. The library's check stops at the
 * first match, so that a non-string behind it would pass, and makes two arrays and a Set to find it (2 us).
 */
function checkAudience(aud: Json | undefined, allowed: readonly string[]): void {
  const audiences: readonly (Json | undefined)[] = Array.isArray(aud) ? aud : [aud]
  const strings = audiences.filter((one) => typeof one === 'string')
  if (strings.length === audiences.length && strings.some((one) => allowed.includes(one))) return
  throw new PosternError('audience_not_allowed', 'the claim "aud" is none of the issuer\'s audiences', {
    claim: 'aud',
  })
}

function numericDate(claims: JsonObject, claim: string, reason: Reason): number | undefined {
  const value = own(claims, claim)
  if (value === undefined) return undefined
  if (typeof value === 'number' && value <= latestSeconds && value >= -latestSeconds) return value
  throw new PosternError(reason, `the claim "${claim}" is not a date in seconds`, { claim })
}

/** OpenID Connect Core section 2: at most 255 characters. White space and controls would make two look like one. */
function isSubject(value: Json | undefined): boolean {
  if (typeof value !== 'string' || value.length === 0 || value.length > 255) return false
  return visibleAscii.test(value) || !unprintable.test(value)
}

const visibleAscii = /^[!-~]+$/
// Not where it is used: esbuild writes \p as `new RegExp`, and made on every call it cost 2 us, compiled 320 us.
const unprintable = /[\s\p{C}]/u

function own(claims: JsonObject, claim: string): Json | undefined {
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined
}
