import type { Issuer, KeySource } from '../access/access.ts'
import { cognitoIssuerUrl } from './cognito.ts'
import { compileConditions } from './compile-matcher.ts'
import type { PinnedKeys } from './pinned-keys.ts'
import type { IssuerText } from './schema-issuer.ts'

type Built = Exclude<IssuerText, { type: 'postern' }>

/** `localIssuers` is the base under which local mode serves each issuer's keys; it replaces `keys` and nothing else. */
export function compileIssuer(
  name: string,
  text: IssuerText,
  pinned: PinnedKeys | undefined,
  localIssuers: string | undefined,
): Issuer {
  if (text.type === 'postern') throw new Error('an issuer of type postern went past not_built_yet')
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

function issuerUrl(text: Built): string {
  return text.type === 'cognito' ? cognitoIssuerUrl(text.userPoolId) : text.issuer
}

function keysOf(text: Built, pinned: PinnedKeys | undefined): KeySource {
  if (text.type === 'cognito') return { jwksUri: `${issuerUrl(text)}/.well-known/jwks.json` }
  if (pinned !== undefined) return { jwks: { keys: pinned.keys } }
  if (text.jwksUri !== undefined) return { jwksUri: text.jwksUri }
  // OpenID Connect Discovery section 4: one trailing slash goes before the path is appended.
  return { discovery: `${text.issuer.replace(/\/$/, '')}/.well-known/openid-configuration` }
}

function localKeys(base: string, text: Built): KeySource {
  if (text.type === 'cognito') return { jwksUri: `${base}/.well-known/jwks.json` }
  if (text.jwksUri !== undefined || text.jwks !== undefined) return { jwksUri: `${base}/jwks` }
  return { discovery: `${base}/.well-known/openid-configuration` }
}

function typOf(text: Built): readonly string[] {
  if (text.typ === undefined) return text.tokenUse === 'id' ? ['', 'jwt'] : ['', 'jwt', 'at+jwt']
  const types = (typeof text.typ === 'string' ? [text.typ] : text.typ).map((typ) => typ.toLowerCase())
  return [...new Set(types.map((typ) => (typ === 'absent' ? '' : typ)))]
}
