import { randomUUID } from 'node:crypto'
import type { AccessRows, Client, Tokens } from '../../shared/access/access.ts'
import type { Claims } from '../../shared/access/claims.ts'
import { lendableBy } from '../../shared/access/lendable.ts'
import { rolesBy, rulesMet } from '../../shared/access/roles-of.ts'
import { PosternError } from '../../shared/error.ts'
import type { VerifyAssertion } from '../../shared/oauth/assertion.ts'
import { type ClientProof, clientProof } from '../../shared/oauth/client-auth.ts'
import { grantedAudience, grantedScope } from '../../shared/oauth/grant.ts'
import { signJwt } from '../../shared/oauth/sign.ts'
import { clientSecretOf, matchClientSecret } from '../../shared/secret/client-secret.ts'
import type { FindSigner } from '../../shared/secret/signer.ts'
import type { HeldSecret } from '../../shared/secret/store.ts'
import { fromHeader } from '../../shared/token/token-place.ts'
import { readParameters } from './borrow.ts'
import { type Call, type HttpAnswer, jsonAnswer } from './call.ts'
import type { Parts } from './parts.ts'

/** What Postern needs to be an issuer of tokens (design section 7). */
export type OAuth = {
  readonly access: AccessRows
  readonly tokens: Tokens
  readonly clients: readonly Client[]
  readonly secretOf: (client: Client) => HeldSecret | undefined
  readonly verifyAssertion: VerifyAssertion
  readonly findSigner: FindSigner
}

const clientParameters = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'] as const
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const tokenTypes = ['access_token', 'id_token', 'jwt'].map(
  (name) => `urn:ietf:params:oauth:token-type:${name}`,
)

/** `POST /token`: client credentials (RFC 6749 section 4.4) and token exchange (RFC 8693). */
export async function answerToken(parts: Parts, call: Call): Promise<HttpAnswer> {
  const oauth = oauthOf(parts)
  call.record.action = 'token'
  const form = formOf(call)
  const grant = form.get('grant_type')
  if (grant === 'client_credentials') return clientCredentials(oauth, call, form)
  if (grant === exchangeGrant) return exchange(oauth, parts, call, form)
  throw new PosternError(
    'grant_unsupported',
    `"grant_type" is neither client_credentials nor ${exchangeGrant}`,
  )
}

/** `POST /clients/self/secret`: the secret that is current, for a client that proves itself by one still accepted. */
export async function answerOwnSecret(parts: Parts, call: Call): Promise<HttpAnswer> {
  const oauth = oauthOf(parts)
  call.record.action = 'client-secret'
  const parameters = readParameters(formOf(call), clientParameters)
  const { client, proof } = await authenticated(oauth, call, parameters)
  const held = oauth.secretOf(client)
  if (client.secret === undefined || held === undefined)
    throw new PosternError('request_invalid', 'this client has keys of its own, and no secret')
  // What is held may be from before a rotation: it would be kept until the next one, and what was accepted by it may
  // have been revoked since.
  const versions = await held.reread()
  const { overlapSeconds } = client.secret
  if (
    proof.method !== 'secret' ||
    matchClientSecret(versions, proof.secret, overlapSeconds, call.visit.nowMs) === undefined
  )
    throw wrongSecret()
  const { current, currentSinceMs } = versions
  return jsonAnswer(200, {
    client_id: client.name,
    client_secret: clientSecretOf(current.text),
    // Until then the one before is accepted too; when the next comes is not known beforehand.
    overlap_ends_at: Math.ceil(currentSinceMs / 1000) + overlapSeconds,
  })
}

function oauthOf({ oauth }: Parts): OAuth {
  if (oauth !== undefined) return oauth
  throw new PosternError('endpoint_unknown', 'the manifest has no "tokens", so that none are given')
}

function formOf({ body, headers }: Call): URLSearchParams {
  const [type = ''] = fromHeader(headers, 'content-type')
  if (body === '' || /^application\/x-www-form-urlencoded *(?:;|$)/i.test(type))
    return new URLSearchParams(body)
  throw new PosternError('request_invalid', 'the body is not application/x-www-form-urlencoded')
}

async function clientCredentials(oauth: OAuth, call: Call, form: URLSearchParams): Promise<HttpAnswer> {
  const known = ['grant_type', 'scope', 'audience', 'resource', ...clientParameters]
  const parameters = readParameters(form, known)
  const { client } = await authenticated(oauth, call, parameters)
  const aud = grantedAudience(
    { audience: parameters.audience, resource: parameters.resource },
    client.allowedAudiences,
  )
  const subject = `client:${client.name}`
  call.record.subject = subject
  const issuer = oauth.access.issuers.find(({ type }) => type === 'postern')
  // Its roles follow from who it is, and never from the scope that it asks for.
  const claims = { iss: oauth.tokens.issuer, sub: subject, client_id: client.name, aud } as unknown as Claims
  const rules = issuer ? rulesMet(oauth.access, issuer.name, claims, call.visit.nowMs / 1000) : []
  const scope = grantedScope(parameters.scope, rolesBy(oauth.access, rules), lendableBy(oauth.access, rules))
  return signed(oauth, call, { sub: subject, client_id: client.name, aud, scope, endsAt: undefined })
}

async function exchange(oauth: OAuth, parts: Parts, call: Call, form: URLSearchParams): Promise<HttpAnswer> {
  const parameters = readParameters(form, [
    'grant_type',
    'subject_token',
    'subject_token_type',
    'requested_token_type',
    'scope',
    'audience',
    'resource',
    ...clientParameters,
  ])
  const { subject_token = '', subject_token_type = '', requested_token_type = accessTokenType } = parameters
  if (subject_token === '') throw new PosternError('request_invalid', '"subject_token" is missing')
  if (!tokenTypes.includes(subject_token_type))
    throw new PosternError('request_invalid', `"subject_token_type" is none of ${tokenTypes.join(', ')}`)
  if (![accessTokenType, tokenTypes[2]].includes(requested_token_type))
    throw new PosternError('request_invalid', `"requested_token_type" is not ${accessTokenType}`)
  const proof = clientProof(fromHeader(call.headers, 'authorization'), parameters)
  const client = proof && (await prove(oauth, call, proof))
  const allowed = client?.allowedAudiences ?? oauth.tokens.audiences
  const caller = await parts.identify(call, subject_token)
  const own = caller.issuer.type === 'postern'
  // Who was sent one of our tokens may narrow it, and not turn it against another audience.
  const within = own ? allowed.filter((one) => [caller.claims.aud].flat().includes(one)) : allowed
  const aud = grantedAudience({ audience: parameters.audience, resource: parameters.resource }, within)
  const sub = own ? String(caller.claims.sub) : `${caller.issuer.name}:${caller.claims.sub}`
  const scope = grantedScope(parameters.scope, caller.roles, caller.lendable)
  // A token that says nothing but who somebody is would mean something to who trusts us.
  if (scope === '') throw new PosternError('role_none', 'no role trusts the caller')
  return signed(oauth, call, {
    sub,
    client_id: client?.name ?? sub,
    aud,
    scope,
    endsAt: caller.times.expiresAt,
  })
}

async function authenticated(
  oauth: OAuth,
  call: Call,
  parameters: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly client: Client; readonly proof: ClientProof }> {
  const proof = clientProof(fromHeader(call.headers, 'authorization'), parameters)
  if (proof === undefined) throw new PosternError('client_missing', 'the request says of no client who it is')
  return { client: await prove(oauth, call, proof), proof }
}

async function prove(oauth: OAuth, call: Call, proof: ClientProof): Promise<Client> {
  if (proof.method === 'private_key_jwt') {
    const client = await oauth.verifyAssertion(proof.assertion, call.visit.nowMs)
    if (proof.client !== undefined && proof.client !== client.name)
      throw new PosternError('client_ambiguous', 'the request names two clients')
    call.record.client = client.name
    return client
  }
  const client = oauth.clients.find(({ name }) => name === proof.client)
  const held = client && oauth.secretOf(client)
  if (client?.secret === undefined || held === undefined) throw wrongSecret()
  await matchOrReread(held, client.secret.overlapSeconds, proof.secret, call)
  call.record.client = client.name
  return client
}

/** A secret that does not fit is read again once, before its client is refused. */
async function matchOrReread(
  held: HeldSecret,
  overlapSeconds: number,
  secret: string,
  call: Call,
): Promise<void> {
  const versions = await held.versions()
  let found = matchClientSecret(versions, secret, overlapSeconds, call.visit.nowMs)
  if (found === undefined) {
    found = matchClientSecret(await held.reread(), secret, overlapSeconds, call.visit.nowMs)
  }
  if (found === undefined) throw wrongSecret()
  call.record.secretStage = found
}

/** In the same words for a client that is not there. */
function wrongSecret(): PosternError {
  return new PosternError('client_invalid', 'there is no such client, or this is not its secret')
}

type Granted = {
  readonly sub: string
  readonly client_id: string
  readonly aud: string
  readonly scope: string
  /** Epoch seconds at which the token that is exchanged ends: no other outlives it. */
  readonly endsAt: number | undefined
}

/** An access token in the form of RFC 9068, and the answer of RFC 6749 section 5.1. */
async function signed(
  { tokens, findSigner }: OAuth,
  { record, visit }: Call,
  { endsAt = Number.POSITIVE_INFINITY, scope, ...granted }: Granted,
): Promise<HttpAnswer> {
  const iat = Math.floor(visit.nowMs / 1000)
  const exp = Math.min(iat + tokens.durationSeconds, Math.floor(endsAt))
  const jti = randomUUID()
  const claims = { iss: tokens.issuer, ...granted, iat, exp, jti, ...(scope !== '' && { scope }) }
  const access_token = signJwt(await findSigner(), 'at+jwt', claims)
  record.audience = granted.aud
  record.scopes = scope
  record.expiresAtMs = exp * 1000
  record.tokenId = jti
  return jsonAnswer(
    200,
    {
      access_token,
      issued_token_type: accessTokenType,
      token_type: 'Bearer',
      expires_in: exp - iat,
      ...(scope !== '' && { scope }),
    },
    { pragma: 'no-cache' },
  )
}
