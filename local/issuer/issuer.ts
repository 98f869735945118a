import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Algorithm, Issuer } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'

/** Claims to put into a token. `undefined` leaves out a claim that would be filled in otherwise. */
export type ClaimSet = Readonly<Record<string, Json | undefined>>

export type SignOptions = {
  /** Default: the first the issuer really signs with. One that is not in its manifest entry makes a token to refuse. */
  readonly algorithm?: Algorithm
  /** The `kid` to claim; the key stays the same. */
  readonly kid?: string
  /** Header parameters to add or replace; `undefined` removes one. */
  readonly header?: ClaimSet
  /** From now to `exp`, negative for an expired token. Default: what that kind of issuer gives. */
  readonly expiresInSeconds?: number
  /** Which of its tokens: Cognito's three, GitHub's `legacy-subject`. Default: what the manifest's `tokenUse` asks for. */
  readonly shape?: 'access' | 'id' | 'machine' | 'legacy-subject'
  /** Sign the claims as they are, with nothing filled in. */
  readonly raw?: boolean
}

/** A new key signs from now on; the old ones stay published unless `drop`. */
export type RotateOptions = { readonly drop?: boolean }

/** Stands in for one issuer of the manifest: its claims, its header, its key set, its documents. */
export type LocalIssuer = {
  /** Who may ask its token endpoint for tokens as a service does; absent where it has no such endpoint. */
  readonly clients?: readonly IssuerClient[]
  sign(claims: ClaimSet, options: SignOptions): Promise<string>
  rotate(options: RotateOptions): Promise<void>
  /** `path` is what follows `/{name}`, without the query. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): void
}

/** A client of an issuer, with the secret that it has as long as the issuer runs. */
export type IssuerClient = { readonly id: string; readonly secret: string }

export type IssuerSettings = {
  readonly issuer: Issuer
  /** `http://127.0.0.1:8601/staff` */
  readonly url: string
  readonly nowMs: () => number
}

export const discoveryPath = '/.well-known/openid-configuration'
/** Cognito's and ours, the common short one, GitHub's. */
export const jwksPaths: readonly string[] = ['/.well-known/jwks.json', '/jwks', '/.well-known/jwks']

/** `iat` and `exp` in epoch seconds. */
export function lifetime(
  nowMs: number,
  options: SignOptions,
  usualSeconds: number,
): { iat: number; exp: number } {
  const iat = Math.floor(nowMs / 1000)
  return { iat, exp: iat + (options.expiresInSeconds ?? usualSeconds) }
}

/** For the kinds whose documents are data: answers discovery and keys, and 404 for the rest. */
export function answerDocument(path: string, response: ServerResponse, documents: Documents): void {
  const document =
    path === discoveryPath ? documents.discovery : jwksPaths.includes(path) ? documents.jwks : undefined
  response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(document ?? { message: `nothing is served at ${path}` }))
}

type Documents = { readonly discovery: Json; readonly jwks: Json }
