import { z } from 'zod'
import type { Algorithm } from '../access/access.ts'
import { wrongIssuerUrl, wrongKeysUri } from './issuer-url.ts'
import { conditions } from './schema-matcher.ts'
import { keys, list, oneOf, text, textLike, wholeNumber } from './shapes.ts'

/** Signatures with a public key alone: `none` and HS* would let anybody who reads a key set sign. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const satisfies readonly [Algorithm, ...Algorithm[]]

export const audienceText = text(
  'an audience without white space, up to 255 characters',
  'value_invalid',
  (value) =>
    value.length > 255 || /[\s\p{Cc}]/u.test(value) ? 'is too long, or holds white space' : undefined,
)

const typName = textLike(
  /^(?!application\/)[A-Za-z0-9!#$&^_.+-]{1,127}$/i,
  '"absent", or a media type without "application/", as in JWT or at+jwt',
)

const common = {
  algorithms: list(oneOf(algorithms), 'a list of signature algorithms').optional().meta({
    title: 'Algorithms',
    description: 'Signature algorithms a token may use. Default: RS256 for cognito; RS256, ES256 for oidc.',
  }),
  require: conditions(
    'Required claims',
    'Conditions that every token of this issuer must meet, whatever the role.',
  ).optional(),
  typ: z
    .union([typName, list(typName, 'a list of types')], { error: 'a type, or a list of types' })
    .optional()
    .meta({
      title: 'Token types',
      description:
        'What the `typ` header may be: absent, JWT, at+jwt, … Default: absent, JWT, at+jwt; for id tokens: absent, JWT.',
    }),
  tokenUse: oneOf(['access', 'id'])
    .default('access')
    .meta({ title: 'Token use', description: 'Whether callers send access tokens or id tokens.' }),
  clockSkewSeconds: wholeNumber(0, 60).default(5).meta({
    title: 'Clock skew',
    description: 'Leeway for `nbf` and `iat`, in seconds, 0 to 60. `exp` has none.',
  }),
  maxKeyAgeSeconds: wholeNumber(1, 86_400).default(3600).meta({
    title: 'Key age',
    description: 'How old fetched keys may be before they are fetched again, in seconds, 1 to 86400.',
  }),
  maxKeyStaleSeconds: wholeNumber(0, 604_800).default(86_400).meta({
    title: 'Stale keys',
    description: 'How long old keys may serve while the issuer is down, in seconds, 0 to 604800.',
  }),
}

const cognito = keys({
  type: z.literal('cognito').meta({ title: 'Type', description: 'An Amazon Cognito user pool.' }),
  userPoolId: textLike(/^[\w-]+_[0-9A-Za-z]+$/, "a user pool's id, as in eu-west-1_Ab12Cd34E").meta({
    title: 'User pool',
    description: "The pool's id, as in eu-west-1_Ab12Cd34E. Its issuer URL and keys follow from it.",
  }),
  clientIds: list(
    textLike(/^[\w+]{1,128}$/, "an app client's id of letters, digits and _"),
    'a list of app client ids',
  ).meta({ title: 'App clients', description: 'Ids of the app clients whose tokens are taken.' }),
  ...common,
})

const oidc = keys({
  type: z.literal('oidc').meta({ title: 'Type', description: 'An OpenID Connect provider.' }),
  issuer: text(
    'an https URL (http on loopback alone) without query, fragment or user info',
    'issuer_url_invalid',
    wrongIssuerUrl,
  ).meta({
    title: 'Issuer',
    description:
      "What a token's `iss` must equal, byte for byte: a trailing slash counts. https, or http on loopback.",
  }),
  audience: z
    .union([list(audienceText, 'a list of audiences, or null'), z.null()], {
      error: 'a list of audiences; null, written out, takes any',
    })
    .meta({
      title: 'Audience',
      description: 'One of these must be in `aud`. null, written out, takes tokens meant for anybody.',
    }),
  jwksUri: text(
    'an https URL (http on loopback alone) without fragment or user info',
    'issuer_url_invalid',
    wrongKeysUri,
  )
    .optional()
    .meta({
      title: 'Key set address',
      description: 'Where the keys are: https, or http on loopback. Default: from discovery.',
    }),
  jwks: text('the path of a JWKS file')
    .optional()
    .meta({ title: 'Pinned keys', description: 'A JWKS file beside the manifest; no network is used.' }),
  ...common,
})

const postern = keys({
  type: z
    .literal('postern')
    .meta({ title: 'Type', description: 'Tokens that Postern itself signs, as `tokens` says.' }),
  audience: list(audienceText, 'a list of audiences').optional().meta({
    title: 'Audience',
    description: 'One of these must be in `aud`. Default: every one of `tokens.audiences`.',
  }),
  ...common,
})

export const issuer = z.discriminatedUnion('type', [cognito, oidc, postern], {
  error: (issue) => (issue.code === 'invalid_union' ? 'cognito, oidc or postern' : 'a map with a type'),
})

export type IssuerText = z.infer<typeof issuer>
