import type { RouteNode } from '../gateway/route.ts'
import type { Json } from '../json.ts'

/**
 * The access manifest as `postern build` compiles it: plain data, indexed and frozen, embedded in the bundle.
 * Positions (`number`) point into `rules` and `roles`.
 */
export type Access = {
  readonly version: 1
  readonly issuers: readonly Issuer[]
  /** One where the manifest has no `apps`, and that one answers for every API. */
  readonly apps: readonly App[]
  /** Positions in `apps` by a name that Lambda's alias may have, and by an API's id; absent without `apps`. */
  readonly appOf?: {
    readonly alias: Readonly<Record<string, number>>
    readonly apiId: Readonly<Record<string, number>>
  }
  readonly roles: readonly Role[]
  readonly rules: readonly Rule[]
  /** Per issuer name: where to look for the rules that could match a token of that issuer. */
  readonly index: Readonly<Record<IssuerName, RuleIndex>>
  /** What Postern signs itself; absent where it signs nothing. */
  readonly tokens?: Tokens
  readonly clients?: readonly Client[]
  /** Secrets beside those of clients and the signing keys. */
  readonly secrets?: readonly OtherSecret[]
}

/** Postern as an issuer (design section 7). */
export type Tokens = {
  /** `iss` of every token, below which discovery and keys are served. */
  readonly issuer: string
  /** What tokens for callers may be for; STS is never among them. */
  readonly audiences: readonly string[]
  /** A token's lifetime, 60 to 3600 seconds. */
  readonly durationSeconds: number
  /** Days between two rotations of the signing keys. */
  readonly rotateDays: number
}

/** A bot without an identity provider: exactly one of `jwks` and `secret`. */
export type Client = {
  readonly name: string
  readonly allowedAudiences: readonly string[]
  /** Public keys for private_key_jwt (RFC 7523). */
  readonly jwks?: { readonly keys: readonly Json[] }
  readonly secret?: ClientSecret
}

export type ClientSecret = {
  /** The name or the ARN in Secrets Manager. */
  readonly id: string
  /** How long the one before is still accepted after a rotation. */
  readonly overlapSeconds: number
  readonly rotateDays: number
}

/** `cognito`: a secret of an app client, rotated in the pool. `manual`: people rotate it, and its age is watched. */
export type OtherSecret =
  | {
      readonly name: string
      readonly kind: 'cognito'
      readonly id: string
      readonly userPoolId: string
      readonly clientId: string
      readonly overlapSeconds: number
      readonly rotateDays: number
    }
  | { readonly name: string; readonly kind: 'manual'; readonly id: string; readonly maxAgeDays: number }

/** As much of a list as run-time code needs: an array, or rows that are parsed when first asked for (rows.ts). */
export type Rows<T> = Pick<readonly T[], 'length' | 'at'>

/** The access manifest as run-time code reads it. */
export type AccessRows = Omit<Access, 'apps' | 'roles' | 'rules'> & {
  readonly apps: Rows<App>
  readonly roles: Rows<Role>
  readonly rules: Rows<Rule>
}

/** An issuer's key in the manifest (`staff`), not its URL. */
export type IssuerName = string

export type Algorithm =
  | 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519' // biome-ignore format: a table

/** A configured trust root. It owns its keys: nothing is ever looked up by `kid` alone. */
export type Issuer = {
  readonly name: IssuerName
  readonly type: 'cognito' | 'oidc' | 'postern'
  /** What the token's `iss` must equal, byte for byte. */
  readonly iss: string
  readonly keys: KeySource
  readonly algorithms: readonly Algorithm[]
  /** cognito: client ids that `client_id` (access) or `aud` (id) must be one of. oidc: audiences; `null` was written out. */
  readonly audience: readonly string[] | null
  readonly tokenUse: 'access' | 'id'
  /** Lower-case `typ` values without `application/`; `''` stands for an absent `typ`. */
  readonly typ: readonly string[]
  readonly require: readonly Condition[]
  /** Leeway for `nbf` and `iat`, 0 to 60; `exp` has none. */
  readonly clockSkewSeconds: number
  readonly maxKeyAgeSeconds: number
  readonly maxKeyStaleSeconds: number
}

export type KeySource =
  | { readonly discovery: string }
  | { readonly jwksUri: string }
  | { readonly jwks: { readonly keys: readonly Json[] } }

/** The APIs that are answered alike: those of an app of the manifest, or one that several apps share. */
export type App = {
  /** `api` for the root's own; of a shared API its apps' names, joined by commas. */
  readonly name: string
  /** The apps whose roles count here; absent where all do, since there are no others. */
  readonly of?: readonly string[]
  readonly token: { readonly place: 'header' | 'query' | 'cookie'; readonly name: string }
  readonly response: 'policy' | 'simple'
  readonly cacheSeconds: number
  readonly encodedPaths: 'refuse' | 'allow'
  /** Claims handed on to the backend in the authorizer's context. */
  readonly context: readonly ClaimName[]
  /** R of design section 5: the API's routes and the finer ones the manifest names, as a tree, per API type. */
  readonly routes: { readonly rest: RouteNode; readonly http: RouteNode }
  /** The fields of AppSync's APIs that the routes file lists, as `Query.orders`. */
  readonly fields: readonly string[]
  /** Whether the routes file lists the APIs of that type, so that there are no routes beside R. */
  readonly proven: { readonly rest: boolean; readonly http: boolean }
}

export type Role = {
  /** `app.role` for one of an included manifest. */
  readonly name: string
  /** The app whose APIs it counts for; absent without `apps`. */
  readonly app?: string
  /** Route keys (`GET /orders/{}`), see shared/gateway/route.ts; those of the roles that it includes are among them. */
  readonly routes: readonly string[]
  /** Routes of which the caller's own part is granted. */
  readonly own?: readonly OwnRouteClaims[]
  /** What the role lends itself. */
  readonly credentials?: RoleCredentials
  /** Positions of the roles whose `credentials` its callers may borrow: its own, and those of roles it includes. */
  readonly lends?: readonly number[]
}

/** The AWS role that a role lends, and what the STS sessions in it are like. */
export type RoleCredentials = {
  readonly roleArn: string
  readonly via: 'assume-role' | 'web-identity'
  /** 900 to 43200; by assume-role at most 3600, as maxDurationSeconds. */
  readonly durationSeconds: number
  readonly maxDurationSeconds: number
  /** Whether a session ends no later than the token it was asked for with. */
  readonly endsWithToken: boolean
  readonly externalId?: string
  readonly tags: readonly SessionTag[]
  readonly policyArns: readonly string[]
  /** By name, what a session may be narrowed to; `null` lends the AWS role unnarrowed. */
  readonly scopes: Readonly<Record<string, readonly Statement[]>> | null
}

export type SessionTag = {
  readonly key: string
  readonly value: Template
  /** Whether it may be dropped where STS finds the session too large. */
  readonly optional: boolean
  /** Whether it stays when the session assumes another AWS role. */
  readonly transitive: boolean
}

/** A statement of a session policy, always an Allow. */
export type Statement = {
  readonly actions: readonly string[]
  readonly resources: readonly Template[]
  /** By operator, then by condition key. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly Template[]>>>>
}

/** Literal text, and claims of the caller between it. */
export type Template = readonly (string | TemplateClaim)[]

/** `segment`: one safe word. `path`: several between slashes. `text`: what STS's tags may hold, in tags alone. */
export type TemplateClaim = { readonly claim: ClaimName; readonly as: 'segment' | 'path' | 'text' }

/** `GET /users/{claims.sub}`: the route `GET /users/{}` where segment `at` is the caller's claim. */
export type OwnRouteClaims = {
  readonly key: string
  readonly claims: readonly { readonly at: number; readonly claim: ClaimName }[]
}

export type Rule = {
  readonly role: number
  readonly claims: readonly Condition[]
  readonly not: readonly Condition[]
  /** Epoch seconds from which the rule no longer holds. */
  readonly expiresAt?: number
}

/** A claim's name as the manifest writes it, with its path: one name, or the steps of a JSON Pointer. */
export type ClaimName = { readonly name: string; readonly path: readonly string[] }

export type Condition = { readonly claim: ClaimName; readonly matcher: Matcher }

export type Matcher =
  | { readonly equals: string | number | boolean }
  | { readonly pattern: Pattern }
  | { readonly any: readonly Matcher[] }
  | { readonly all: readonly Matcher[] }
  | { readonly present: true }

/** A pattern in pieces: literal text, 1 for `*` (no `/`, no `:`), 2 for `**` (anything). */
export type Pattern = readonly (string | 1 | 2)[]

/** Each rule stands in exactly one place: under an equality, else under a literal prefix, else among the scanned. */
export type RuleIndex = {
  readonly claims: readonly ClaimIndex[]
  readonly scanned: readonly number[]
  /** Of tokens that Postern signs: only roles that the token's `scope` names count. */
  readonly scoped?: true
}

/** One position stands alone: ten thousand lists of one take 11 ms of a cold start to freeze. */
export type Positions = number | readonly number[]

export type ClaimIndex = {
  readonly claim: ClaimName
  readonly equals: Readonly<Record<string, Positions>>
  readonly prefixes: Readonly<Record<string, Positions>>
  /** The distinct lengths of `prefixes`, in UTF-16 units. */
  readonly prefixLengths: readonly number[]
}
