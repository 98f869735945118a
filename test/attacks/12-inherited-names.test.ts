import {
  type Attack,
  attackAccess,
  attackClass,
  type Control,
  otherUrl,
  partnerUrl,
  staffUrl,
} from '../support/attacks.ts'
import { makeKey } from '../support/keys.ts'
import { baseClaims, minter, nowSeconds } from '../support/token.ts'

const key = makeKey('P-256', 'k1')
const staff = makeKey('RSA', 'staff')
const claims = baseClaims(partnerUrl)
const mint = minter(key, 'ES256', claims)
const mintStaff = minter(staff, 'RS256', {
  ...baseClaims(staffUrl),
  aud: undefined,
  token_use: 'access',
  client_id: '3n4b5c6d7e',
})

/** `__proto__` in JSON is a member like any other; it is written here as text, since a literal would set the prototype. */
function behindProto(member: string, value: unknown, from = claims): string {
  const rest = Object.fromEntries(
    Object.entries(from).filter(([name]) => name !== member && from[name] !== undefined),
  )
  return `${JSON.stringify(rest).slice(0, -1)},"__proto__":${JSON.stringify({ [member]: value })}}`
}

const names = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'prototype',
  '__defineGetter__',
]
const values = ['null', '1', 'true', '"x"', '[]', '{}', '{"prototype":{"sub":"admin"}}']
const withMember = (name: string, value: string) =>
  `${JSON.stringify(claims).slice(0, -1)},"${name}":${value}}`

attackClass('inherited names', attackAccess({ partner: [key], staff: [staff] }), {
  controls: [
    ['no such claim', mint()],
    ['of Cognito', mintStaff()],
    ...names.flatMap((name) =>
      values.map(
        (value): Control => [`a claim "${name}" of ${value}`, mint({ claims: withMember(name, value) })],
      ),
    ),
    ...names.map((name): Control => [`the subject "${name}"`, mint({ claims: { sub: name } })]),
    [
      'a header member "__proto__"',
      mint({ header: '{"alg":"ES256","kid":"k1","__proto__":{"crit":["x"]}}' }),
    ],
  ],
  attacks: [
    ['exp behind __proto__', 'expiry_invalid', mint({ claims: behindProto('exp', nowSeconds + 600) })],
    ['sub behind __proto__', 'subject_invalid', mint({ claims: behindProto('sub', 'admin') })],
    ['aud behind __proto__', 'audience_not_allowed', mint({ claims: behindProto('aud', 'orders') })],
    ['iss behind __proto__', 'issuer_unknown', mint({ claims: behindProto('iss', partnerUrl) })],
    ['alg behind __proto__', 'header_invalid', mint({ header: '{"kid":"k1","__proto__":{"alg":"ES256"}}' })],
    [
      'token_use behind __proto__',
      'token_use_not_allowed',
      mintStaff({
        claims: behindProto('token_use', 'access', { ...baseClaims(staffUrl), client_id: '3n4b5c6d7e' }),
      }),
    ],
    [
      'client_id behind __proto__',
      'audience_not_allowed',
      mintStaff({
        claims: behindProto('client_id', '3n4b5c6d7e', {
          ...baseClaims(staffUrl),
          token_use: 'access',
          client_id: undefined,
        }),
      }),
    ],
    ...names.map((name): Attack => [`iss "${name}"`, 'issuer_unknown', mint({ claims: { iss: name } })]),
    ...names.map(
      (name): Attack => [`aud "${name}"`, 'audience_not_allowed', mint({ claims: { aud: name } })],
    ),
    ...names.map((name): Attack => [`kid "${name}"`, 'key_unknown', mint({ header: { kid: name } })]),
    ...names.map((name): Attack => [`typ "${name}"`, 'typ_not_allowed', mint({ header: { typ: name } })]),
    ['an array of claims', 'payload_invalid', mint({ claims: JSON.stringify([claims]) })],
    ['an array with members', 'payload_invalid', mint({ claims: JSON.stringify([['iss', partnerUrl]]) })],
    [
      "another issuer's name behind __proto__",
      'issuer_unknown',
      mint({ claims: behindProto('iss', otherUrl) }),
    ],
  ],
})
