import { z } from 'zod'
import { issuer } from './schema-issuer.ts'
import { claimName } from './schema-matcher.ts'
import { role, routes } from './schema-role.ts'
import { client, secret, tokens } from './schema-tokens.ts'
import { keys, list, named, oneKey, oneOf, plainName, text, textLike, wholeNumber } from './shapes.ts'

// RFC 9110 section 5.1, RFC 6265 section 4.1.1: names of headers and cookies are tokens.
const tokenName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/

const apiIds = list(textLike(/^[a-z0-9]{1,64}$/, "an API's id"), 'a list of API ids')
  .optional()
  .meta({
    title: 'API ids',
    description: 'The APIs that belong to the app. Of `api`: the root’s own, where there are apps.',
  })

const apiKeys = {
  routesFile: text('the path of a routes file').optional().meta({
    title: 'Routes file',
    description:
      'A JSON file of the API’s routes, {"rest": ["GET /orders"], "http": []}; relative to the manifest.',
  }),
  public: routes.optional().meta({
    title: 'Public routes',
    description: 'Routes that need no role.',
  }),
  token: oneKey({
    header: textLike(tokenName, "a header's name").optional().meta({
      title: 'Header',
      description: 'The header that holds the token; the case of its name does not count.',
    }),
    query: textLike(/^[\w.~-]{1,128}$/, "a query parameter's name")
      .optional()
      .meta({
        title: 'Query parameter',
        description: 'The query parameter that holds the token.',
      }),
    cookie: textLike(tokenName, "a cookie's name").optional().meta({
      title: 'Cookie',
      description: 'The cookie that holds the token.',
    }),
  })
    .optional()
    .meta({
      title: 'Token',
      description: 'The one place the token comes from. Default: the header authorization.',
    }),
  response: oneOf(['policy', 'simple'])
    .default('policy')
    .meta({
      title: 'Response',
      description:
        'simple: an HTTP API with simple responses, which needs cacheSeconds written out: 0, or more where ' +
        '$context.routeKey is an identity source.',
    }),
  cacheSeconds: wholeNumber(0, 3600).default(300).meta({
    title: 'Cache',
    description: 'How long API Gateway keeps an answer, in seconds, 0 to 3600.',
  }),
  encodedPaths: oneOf(['refuse', 'allow']).default('refuse').meta({
    title: 'Encoded paths',
    description: 'Whether a path may hold % at all. %2F, %5C and %00 are refused either way.',
  }),
  context: list(claimName, 'a list of claims').optional().meta({
    title: 'Context',
    description: "Claims that the backend gets in the authorizer's context.",
  }),
}

export const appSchema = keys({
  manifest: text('the path of a manifest').meta({
    title: 'Manifest',
    description: 'The app’s own manifest.',
  }),
  apiIds,
  allow: keys({
    routes: routes.optional().meta({ title: 'Routes', description: 'Routes at most.' }),
    awsRoles: list(
      textLike(
        /^arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/*-]+$/,
        'the ARN of an IAM role, * allowed',
      ),
      'a list of ARNs',
    )
      .optional()
      .meta({ title: 'AWS roles', description: 'ARNs of AWS roles at most; * stands for any text.' }),
    issuers: list(plainName, 'a list of issuers')
      .optional()
      .meta({ title: 'Issuers', description: 'Issuers at most.' }),
    tags: list(text('a tag key'), 'a list of tag keys')
      .optional()
      .meta({ title: 'Tags', description: 'Tag keys at most.' }),
    maxDurationSeconds: wholeNumber(900, 43_200, 'duration_invalid')
      .optional()
      .meta({ title: 'Longest duration', description: 'Length of a session at most, in seconds.' }),
  }).meta({ title: 'Allow', description: 'What the included manifest may hand out at most.' }),
  ...apiKeys,
})

const variableName = textLike(
  /^[A-Za-z_][A-Za-z0-9_-]*$/,
  'a name of letters, digits, _ and -',
  'name_invalid',
)

/** The access manifest: the key list of design section 3, its JSON Schema and its type in one definition. */
export const manifestSchema = keys({
  version: z.literal(1, { error: '1' }).meta({ title: 'Version', description: 'The manifest’s format: 1.' }),
  vars: named(variableName, text('text'), 'a map from names to text').optional().meta({
    title: 'Variables',
    description: 'Values by name, for text that refers to them; `--vars FILE` replaces them.',
  }),
  issuers: named(plainName, issuer, 'a map from names to issuers').meta({
    title: 'Issuers',
    description: 'Who may issue tokens.',
  }),
  api: keys({ ...apiKeys, apiIds })
    .optional()
    .meta({ title: 'API', description: 'The API that Postern answers for.' }),
  roles: named(plainName, role, 'a map from names to roles')
    .optional()
    .meta({ title: 'Roles', description: 'What callers may do, and who has which role.' }),
  apps: named(plainName, appSchema, 'a map from names to apps')
    .optional()
    .meta({ title: 'Apps', description: 'Manifests of other teams, and what they may hand out at most.' }),
  clients: named(plainName, client, 'a map from names to clients')
    .optional()
    .meta({ title: 'Clients', description: 'Bots without an identity provider.' }),
  tokens: tokens.optional().meta({ title: 'Tokens', description: 'Tokens that Postern signs.' }),
  secrets: named(plainName, secret, 'a map from names to secrets')
    .optional()
    .meta({ title: 'Secrets', description: 'Other secrets that Postern rotates, or whose age it watches.' }),
}).meta({ title: 'Access manifest', description: 'Which identities may call which routes.' })

/** A manifest that a root includes as an app's: what concerns the app alone (design section 3, Delegation). */
export const includedSchema = keys({
  version: manifestSchema.shape.version,
  vars: manifestSchema.shape.vars,
  api: keys(apiKeys).optional().meta({ title: 'API', description: 'The settings of the app’s API.' }),
  roles: manifestSchema.shape.roles,
}).meta({
  title: 'Included access manifest',
  description: 'The roles of an app, within what the root allows.',
})

/** An app's settings, wherever they stand: in its entry in the root or in its own manifest. */
export const apiSchema = keys(apiKeys)
export const apiSettings = Object.keys(apiKeys) as readonly (keyof typeof apiKeys)[]

export type Manifest = z.infer<typeof manifestSchema>
export type IncludedManifest = z.infer<typeof includedSchema>
export type AppText = NonNullable<Manifest['apps']>[string]
export type ApiText = z.infer<typeof apiSchema>
export type RoleText = NonNullable<Manifest['roles']>[string]
export type RuleText = NonNullable<RoleText['trust']>[number]
