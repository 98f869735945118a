import {
  type Attack,
  attackAccess,
  attackClass,
  type Control,
  loginsUrl,
  partnerUrl,
  peopleUrl,
  staffUrl,
} from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, nowSeconds } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const staff = makeKey('RSA', 'staff')
const people = makeKey('RSA', 'people')
const logins = makeKey('P-256', 'logins')
const mint = minter(key, 'ES256', baseClaims(partnerUrl))
const mintStaff = minter(staff, 'RS256', {
  ...baseClaims(staffUrl),
  aud: undefined,
  token_use: 'access',
  client_id: '3n4b5c6d7e',
})
const mintPeople = minter(people, 'RS256', { ...baseClaims(peopleUrl), aud: '3n4b5c6d7e', token_use: 'id' })
const mintLogin = minter(logins, 'ES256', baseClaims(loginsUrl))
const withTyp = (typ: unknown) => mint({ header: { typ } })
const proof = JSON.stringify({ jti: 'x', htm: 'GET', htu: 'https://api.example/orders', iat: nowSeconds })

const refusedTypes = [
  'dpop+jwt',
  'DPoP+JWT',
  'application/dpop+jwt',
  'logout+jwt',
  'secevent+jwt',
  'id+jwt',
  'rt+jwt',
  'JWE',
  'JOSE',
  'JOSE+JSON',
  'client-authentication+jwt',
  'token-introspection+jwt',
  'oauth-authz-req+jwt',
  'wit+jwt',
  'kb+jwt',
  'sd+jwt',
  'vc+sd-jwt',
  'JWT ',
  ' JWT',
  'JWT;v=1',
  'JWT, at+jwt',
  'application/application/jwt',
  'text/jwt',
  'jwt+at',
  'at',
  'J\u0000WT', // biome-ignore format: a list
]

attackClass(
  'the wrong kind of token',
  attackAccess({ partner: [key], staff: [staff], people: [people], logins: [logins] }),
  {
    controls: [
      ...[
        'JWT',
        'jwt',
        'at+jwt',
        'AT+JWT',
        'application/at+jwt',
        'application/JWT',
        'Application/jwt',
        undefined,
      ].map((typ): Control => [`typ ${typ}`, withTyp(typ)]),
      ['a Cognito access token for staff', mintStaff()],
      ['a Cognito id token for people', mintPeople()],
      ['an OIDC id token for logins', mintLogin({ claims: { nonce: 'n', at_hash: 'h', c_hash: 'h' } })],
      ['a Cognito access token has no audience', mintStaff({ claims: { scope: 'orders/read' } })],
    ],
    attacks: [
      ...refusedTypes.map((typ): Attack => [`typ ${typ}`, 'typ_not_allowed', withTyp(typ)]),
      [
        'a DPoP proof, which names no issuer',
        'typ_not_allowed',
        mint({ header: { typ: 'dpop+jwt', jwk: key.jwk }, claims: proof }),
      ],
      [
        'a DPoP proof without its typ',
        'issuer_unknown',
        mint({ header: { typ: 'JWT', jwk: key.jwk }, claims: proof }),
      ],
      [
        'an access token (at+jwt) where an id token is due',
        'typ_not_allowed',
        mintLogin({ header: { typ: 'at+jwt' } }),
      ],
      [
        'a Cognito id token where an access token is due',
        'token_use_not_allowed',
        mintStaff({ claims: { token_use: 'id', aud: '3n4b5c6d7e' } }),
      ],
      [
        'a Cognito access token where an id token is due',
        'token_use_not_allowed',
        mintPeople({ claims: { token_use: 'access', client_id: '3n4b5c6d7e' } }),
      ],
      ...[undefined, null, 'refresh', 'ACCESS', '', ['access'], true].map(
        (use): Attack => [
          `Cognito, token_use ${JSON.stringify(use)}`,
          'token_use_not_allowed',
          mintStaff({ claims: { token_use: use } }),
        ],
      ),
      ...['nonce', 'at_hash', 'c_hash'].flatMap((claim): Attack[] =>
        ['x', '', null, false, 0].map(
          (value): Attack => [
            `an OIDC id token, by ${claim} ${JSON.stringify(value)}`,
            'token_use_not_allowed',
            mint({ claims: { [claim]: value } }),
          ],
        ),
      ),
      [
        'a token bound to a DPoP key',
        'proof_required',
        mint({ claims: { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } } }),
      ],
      [
        'a token bound to a certificate',
        'proof_required',
        mint({ claims: { cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } } }),
      ],
      ...[{}, null, false, '', 0, { unknown: 1 }].map(
        (cnf): Attack => [`cnf ${JSON.stringify(cnf)}`, 'proof_required', mint({ claims: { cnf } })],
      ),
      ['a bound Cognito token', 'proof_required', mintStaff({ claims: { cnf: { jkt: 'x' } } })],
      ['a bound id token', 'proof_required', mintLogin({ claims: { cnf: { jkt: 'x' } } })],
      ...[
        undefined,
        null,
        '',
        ' ',
        'a b',
        'a\nb',
        'a\u0000',
        '\u202ea',
        '\ud800',
        'x'.repeat(256),
        5,
        ['bot-1'],
        {},
      ].map(
        (sub): Attack => [
          `sub ${JSON.stringify(sub)?.slice(0, 20)}`,
          'subject_invalid',
          mint({ claims: { sub } }),
        ],
      ),
    ],
  },
)
