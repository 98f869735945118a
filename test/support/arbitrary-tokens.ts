import fc from 'fast-check'
import type { Algorithm } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import { attackAccess, partnerUrl } from './attacks.ts'
import { makeKey } from './keys.ts'
import { baseClaims, type Members, minter, nowSeconds, partsOf } from './token.ts'

const keys = { ES256: makeKey('P-256', 'ec'), EdDSA: makeKey('Ed25519', 'ed'), RS256: makeKey('RSA', 'rsa') }
/** Who may take them. */
export const access = attackAccess({ partner: Object.values(keys) })
export const jwks = { keys: Object.values(keys).map(({ jwk }) => jwk) }
export const algorithms = Object.keys(keys) as (keyof typeof keys)[]
export const mint = (alg: keyof typeof keys, header: Members, claims: Members) =>
  minter(keys[alg], alg as Algorithm, baseClaims(partnerUrl))({ header, claims })
const good = algorithms.map((alg) => mint(alg, {}, {}))

const one = <Value>(values: readonly Value[]) => fc.constantFrom(...values)
const value = fc.oneof(
  one<Json>([
    null,
    true,
    false,
    '',
    0,
    -1,
    1e308,
    [],
    {},
    'orders',
    ['orders'],
    partnerUrl,
    'JWT',
    'at+jwt',
    'RS256',
    'none',
    'ec',
    'rsa',
  ]),
  fc.integer({ min: -10, max: 10 }).map((offset) => nowSeconds + offset),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
)
const claimNames = [
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'nonce',
  'cnf',
  'token_use',
  'client_id',
  '__proto__',
  'constructor',
  'x',
]
const headerNames = ['alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'cty', 'zip', '__proto__', 'x']
const changes = (names: readonly string[]) =>
  fc
    .array(fc.tuple(one(names), fc.option(value, { nil: undefined })), { maxLength: 2 })
    .map((entries) => Object.fromEntries(entries))
/** Good ones with claims and header members changed, and signed so. */
export const jsonLevel = fc
  .tuple(one(algorithms), changes(headerNames), changes(claimNames))
  .map(([alg, header, claims]) => mint(alg, header, claims))

const characters = [...'.=+/-_A9{}"\\ \n,%', '\u0000', '\u0141', '\ud841', 'é', '..', 'Bearer ']
/** Good ones with characters changed, put in or taken out. */
export const textLevel = fc
  .tuple(one(good), fc.nat(), fc.nat(3), one(characters))
  .map(([token, at, cut, put]) => {
    const place = at % token.length
    return token.slice(0, place) + put + token.slice(place + cut)
  })
/** Segments of good ones put together anew. */
export const partLevel = fc
  .array(fc.tuple(one(good), fc.nat(2)), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.map(([token, at]) => partsOf(token)[at]).join('.'))
