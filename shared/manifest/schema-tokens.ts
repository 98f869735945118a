import { z } from 'zod'
import { wrongIssuerUrl } from './issuer-url.ts'
import { audienceText } from './schema-issuer.ts'
import { keys, list, ruled, text, textLike, wholeNumber } from './shapes.ts'
import { isStsAudience } from './sts-audience.ts'

const secretId = textLike(
  /^(?:[\w/+=.@-]{1,512}|arn:aws(?:-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]{1,512}-[A-Za-z0-9]{6})$/,
  'the name or the whole ARN of a secret',
)

const overlapSeconds = wholeNumber(600, 2_592_000).default(86_400).meta({
  title: 'Overlap',
  description: 'How long the secret before is still accepted after a rotation, in seconds, 600 to 2592000.',
})

const rotateDays = wholeNumber(1, 1000)
  .default(30)
  .meta({ title: 'Rotation', description: 'Days between two rotations, 1 to 1000.' })

const audience = ruled(audienceText, (value) =>
  isStsAudience(value)
    ? {
        code: 'audience_reserved',
        message: 'is what AWS roles trust: whoever held such a token could assume them by itself',
        mend: 'name the API or the service that the tokens are for',
      }
    : undefined,
)

export const tokens = keys({
  issuer: text(
    'an https URL (http on loopback alone) without query, fragment or user info',
    'issuer_url_invalid',
    (value) => wrongIssuerUrl(value) ?? (value.endsWith('/') ? 'ends in a slash' : undefined),
  ).meta({
    title: 'Issuer',
    description:
      'The address of the broker’s API, and `iss` of every token: discovery, keys and /token are below it.',
  }),
  audiences: list(audience, 'a list of audiences').optional().meta({
    title: 'Audiences',
    description: 'Audiences that tokens may be asked for.',
  }),
  durationSeconds: wholeNumber(60, 3600).default(900).meta({
    title: 'Duration',
    description: 'Lifetime of a token, in seconds, 60 to 3600.',
  }),
  rotateDays,
})

export const client = keys({
  owner: text('an address or a team')
    .optional()
    .meta({ title: 'Owner', description: 'Who answers for the client.' }),
  jwks: text('the path of a JWKS file')
    .optional()
    .meta({ title: 'Key set', description: 'Its public keys, for private_key_jwt.' }),
  secret: secretId.optional().meta({
    title: 'Secret',
    description:
      'Its client secret in Secrets Manager: by a name, the stack makes it; by an ARN, it is there already.',
  }),
  allowedAudiences: list(audienceText, 'a list of audiences').meta({
    title: 'Audiences',
    description: 'Those of `tokens.audiences` that it may ask tokens for.',
  }),
  overlapSeconds,
  rotateDays,
})

const cognitoSecret = keys({
  kind: z.literal('cognito').meta({
    title: 'Kind',
    description: 'The secret of an app client of a user pool, which holds two at a time.',
  }),
  secret: secretId.meta({ title: 'Secret', description: 'Where it is kept: JSON with clientSecret.' }),
  userPoolId: textLike(/^[\w-]+_[0-9A-Za-z]+$/, "a user pool's id, as in eu-west-1_Ab12Cd34E").meta({
    title: 'User pool',
    description: 'The pool that has the app client.',
  }),
  clientId: textLike(/^[\w+]{1,128}$/, "an app client's id of letters, digits and _").meta({
    title: 'App client',
    description: 'The app client whose secret it is.',
  }),
  overlapSeconds,
  rotateDays,
})

const manualSecret = keys({
  kind: z.literal('manual').meta({ title: 'Kind', description: 'People rotate it; its age is watched.' }),
  secret: secretId.meta({ title: 'Secret', description: 'Its name or ARN.' }),
  maxAgeDays: wholeNumber(1, 1000).default(90).meta({
    title: 'Age',
    description: 'Days after which the alarm says that it is due, 1 to 1000.',
  }),
})

export const secret = z.discriminatedUnion('kind', [cognitoSecret, manualSecret], {
  error: (issue) => (issue.code === 'invalid_union' ? 'cognito or manual' : 'a map with a kind'),
})

export type TokensText = z.infer<typeof tokens>
export type ClientText = z.infer<typeof client>
export type SecretText = z.infer<typeof secret>
