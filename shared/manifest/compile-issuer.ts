import type { Issuer, KeySource } from '../access/access.ts'
import { cognitoIssuerUrl } from './cognito.ts'
import { compileConditions } from './compile-matcher.ts'
import type { PinnedKeys } from './pinned-keys.ts'
import type { IssuerText } from './schema-issuer.ts'
import type { TokensText } from './schema-tokens.ts'

type Foreign = Exclude<IssuerText, { type: 'postern' }>

export type IssuerSettings = { readonly tokens: TokensText | undefined; readonly localIssuers?: string }

/** `localIssuers` is the base under which local mode serves each issuer's keys; it replaces `keys` and nothing else. */
export function compileIssuer(
  name: string,
  text: IssuerText,
  pinned: PinnedKeys | undefined,
  { tokens, localIssuers }: IssuerSettings,
): Issuer {
  if (text.type === 'postern') return posternIssuer(name, text, tokens as TokensText, localIssuers)
  const cognito = text.type === 'cognito'
  return {
    name,
    type: text.type,
    iss: issuerUrl(text),
    keys:
      localIssuers === undefined
        ? keysOf(text, pinned)
        : localKeys(`${localIssuers.replace(/\/$/, '')}/${name}`, text),
    algorithms: text.algorithms ?? (cognito ? ['RS256'] : ['RS256', 'ES256']),
    audience: cognito ? text.clientIds : text.audience,
    tokenUse: text.tokenUse,
    typ: typOf(text),
    require: compileConditions(text.require),
    clockSkewSeconds: text.clockSkewSeconds,
    maxKeyAgeSeconds: text.maxKeyAgeSeconds,
    maxKeyStaleSeconds: text.maxKeyStaleSeconds,
  }
}

/** RFC 9068 section 2.1: what Postern signs are access tokens, and say so. */
function posternIssuer(
  name: string,
  text: Extract<IssuerText, { type: 'postern' }>,
  tokens: TokensText,
  localIssuers: string | undefined,
): Issuer {
  return {
    name,
    type: 'postern',
    iss: tokens.issuer,
    keys: {
      jwksUri:
        localIssuers === undefined ? `${tokens.issuer}${jwksPath}` : `${localIssuers}/${name}${jwksPath}`,
    },
    algorithms: text.algorithms ?? ['ES256'],
    audience: text.audience ?? tokens.audiences ?? [],
    tokenUse: 'access',
    typ: text.typ === undefined ? ['at+jwt'] : typOf(text),
    require: compileConditions(text.require),
    clockSkewSeconds: text.clockSkewSeconds,
    maxKeyAgeSeconds: text.maxKeyAgeSeconds,
    maxKeyStaleSeconds: text.maxKeyStaleSeconds,
  }
}

const jwksPath = '/.well-known/jwks.json'

function issuerUrl(text: Foreign): string {
  return text.type === 'cognito' ? cognitoIssuerUrl(text.userPoolId) : text.issuer
}

function keysOf(text: Foreign, pinned: PinnedKeys | undefined): KeySource {
  if (text.type === 'cognito') return { jwksUri: `${issuerUrl(text)}${jwksPath}` }
  if (pinned !== undefined) return { jwks: { keys: pinned.keys } }
  if (text.jwksUri !== undefined) return { jwksUri: text.jwksUri }
  // OpenID Connect Discovery section 4: one trailing slash goes before the path is appended.
  return { discovery: `${text.issuer.replace(/\/$/, '')}/.well-known/openid-configuration` }
}

function localKeys(base: string, text: Foreign): KeySource {
  if (text.type === 'cognito') return { jwksUri: `${base}${jwksPath}` }
  if (text.jwksUri !== undefined || text.jwks !== undefined) return { jwksUri: `${base}/jwks` }
  return { discovery: `${base}/.well-known/openid-configuration` }
}

function typOf(text: Pick<IssuerText, 'typ' | 'tokenUse'>): readonly string[] {
  if (text.typ === undefined) return text.tokenUse === 'id' ? ['', 'jwt'] : ['', 'jwt', 'at+jwt']
  const types = (typeof text.typ === 'string' ? [text.typ] : text.typ).map((typ) => typ.toLowerCase())
  return [...new Set(types.map((typ) => (typ === 'absent' ? '' : typ)))]
}
