import type { Issuer } from '../shared/access/access.ts'
import { type BrokerReason, isOfBroker, type Outcome } from '../shared/reason.ts'

/**
 * The checks as shared/token, shared/access, shared/sts and the functions make them, in their order, and what each is
 * about. They are not made here: the first that fails is the reason, so the reason alone says how far a call came.
 */
const beforeToken = {
  event: 'the event is one that authorizers get',
  app: 'the call is for an app of the manifest',
  token_place: 'the event carries the place of the token',
} as const
const ofToken = {
  token: 'there is one token',
  size: 'at most 8 KiB',
  encoding: 'three parts in strict base64url',
  header: 'the header is one plain JSON object',
  payload: 'the payload is one plain JSON object',
  crit: 'the header demands no extension',
  typ: 'typ is of a kind that is taken',
  issuer: 'iss is an issuer of the manifest',
  algorithm: "alg is on the issuer's list",
  key: 'the issuer publishes the key',
  key_fits: 'the key fits the algorithm',
  signature: "the signature is that key's",
  exp: 'exp is a date still to come',
  nbf_iat: 'nbf and iat, where there, are past dates',
  audience: 'meant for this audience or client',
  token_use: 'access or ID token, as configured',
  required_claims: 'the claims the issuer requires',
  subject: 'sub names the caller',
  proof: 'not bound to a key by cnf',
} as const
const ofStage = { stage: 'the stage is one that is deployed' } as const
const ofRoute = {
  // Made last, for an allow and for a deny, and its reason is the one that is left: so it says nothing of those below.
  answer: 'claims that are handed on, or stand in a route, are safe, and the answer fits',
  role: 'a role trusts the caller',
  path: 'the path is canonical',
  route: 'the route is known',
  grant: 'a role of the caller lists the route',
  policy: 'a cached policy can say so',
} as const
const ofRoutesFile = { routes_file: 'the routes file has the route that API Gateway took' } as const
const ofAsking = { asked: 'the length asked for is one that STS gives' } as const
const ofRole = {
  has_role: 'a role of the caller is the one asked for, or includes it',
  lends: 'it lends an AWS role',
  one_role: 'no other role could be meant',
  scope: 'it has the scopes asked for',
  trust_lasts: 'the trust in the caller lasts for the shortest session',
  token_lasts: 'so does the token, where sessions end with it',
  session: 'claims in tags and policy may stand there, and both are within what STS takes',
} as const

const checkTexts = {
  ...beforeToken,
  ...ofToken,
  ...ofStage,
  ...ofRoute,
  ...ofRoutesFile,
  ...ofAsking,
  ...ofRole,
} as const

export type CheckId = keyof typeof checkTexts
export type Check = { readonly id: CheckId; readonly about: string; readonly result: Result }
export type Result = 'ok' | 'failed' | 'not_reached'

/** What a token is put to: a request alone, an authorizer's event, or the broker's lending of a role. */
export type CheckKind = 'request' | 'event' | 'role'

const inOrder: Readonly<Record<CheckKind, readonly CheckId[]>> = {
  request: idsOf(ofToken, ofRoute),
  event: idsOf(beforeToken, ofToken, ofStage, ofRoute, ofRoutesFile),
  role: idsOf(ofAsking, ofToken, ofRole),
}

function idsOf(...groups: readonly object[]): readonly CheckId[] {
  return groups.flatMap((group) => Object.keys(group) as CheckId[])
}

/** Which check a reason is the failure of. `undefined`: of none of these, but of the event or of Postern itself. */
const checkOfReason: Readonly<Record<Exclude<Outcome, BrokerReason>, CheckId | undefined>> = {
  token_missing: 'token',
  token_ambiguous: 'token',
  token_too_large: 'size',
  token_malformed: 'encoding',
  token_encrypted: 'encoding',
  encoding_invalid: 'encoding',
  header_invalid: 'header',
  crit_unsupported: 'crit',
  payload_invalid: 'payload',
  typ_not_allowed: 'typ',
  issuer_unknown: 'issuer',
  algorithm_not_allowed: 'algorithm',
  key_unknown: 'key',
  key_ambiguous: 'key',
  keys_unavailable: 'key',
  keys_stale: 'key',
  key_unfit: 'key_fits',
  signature_invalid: 'signature',
  expiry_invalid: 'exp',
  not_before_invalid: 'nbf_iat',
  issued_at_invalid: 'nbf_iat',
  token_expired: 'exp',
  token_not_yet_valid: 'nbf_iat',
  audience_not_allowed: 'audience',
  token_use_not_allowed: 'token_use',
  claim_required: 'required_claims',
  subject_invalid: 'subject',
  proof_required: 'proof',
  role_none: 'role',
  path_not_canonical: 'path',
  route_unknown: 'route',
  route_not_granted: 'grant',
  policy_narrowed: 'policy',
  claim_unsafe: 'answer',
  answer_too_large: 'answer',
  granted: undefined,
  routes_stale: 'routes_file',
  stage_unknown: 'stage',
  event_unknown: 'event',
  event_invalid: 'event',
  app_unknown: 'app',
  token_place_unreachable: 'token_place',
  internal_error: undefined,
}

/** The same of the broker's, where a role is to be borrowed; the others are of other requests to it, or of STS. */
const checkOfBorrowing: Readonly<Record<BrokerReason | 'claim_unsafe', CheckId | undefined>> = {
  request_invalid: 'asked',
  role_not_granted: 'has_role',
  role_lends_nothing: 'lends',
  role_ambiguous: 'one_role',
  scope_unknown: 'scope',
  trust_too_short: 'trust_lasts',
  token_too_short: 'token_lasts',
  claim_unsafe: 'session',
  session_too_large: 'session',
  endpoint_unknown: undefined,
  action_unknown: undefined,
  identity_unknown: undefined,
  sts_refused: undefined,
  sts_throttled: undefined,
  sts_unavailable: undefined,
  store_unavailable: undefined,
  // Of tokens and secrets, which `explain` does not ask about.
  client_missing: undefined,
  client_ambiguous: undefined,
  client_invalid: undefined,
  assertion_replayed: undefined,
  grant_unsupported: undefined,
  audience_unknown: undefined,
  secret_unavailable: undefined,
  secret_unusable: undefined,
  signing_key_missing: undefined,
  rotation_refused: undefined,
  rotation_too_soon: undefined,
}

/** A user pool's tokens have their client in a claim that goes by the token's use, so that is looked at first. */
function swapped(id: CheckId): CheckId {
  if (id === 'audience') return 'token_use'
  return id === 'token_use' ? 'audience' : id
}

/** How far a call came. `issuerType` is known once the check of the issuer has passed. */
export function checksOf(
  outcome: Outcome,
  issuerType: Issuer['type'] | undefined,
  kind: CheckKind,
): readonly Check[] {
  const ids = issuerType === 'cognito' ? inOrder[kind].map(swapped) : inOrder[kind]
  const failed = checkFailed(outcome, kind)
  const reached = outcome === 'granted' ? ids.length : failed === undefined ? 0 : ids.indexOf(failed)
  return ids.map((id, at) => ({ id, about: checkTexts[id], result: resultAt(at, reached, id === failed) }))
}

function checkFailed(outcome: Outcome, kind: CheckKind): CheckId | undefined {
  if (isOfBroker(outcome) || (outcome === 'claim_unsafe' && kind === 'role'))
    return kind === 'role' ? checkOfBorrowing[outcome] : undefined
  return checkOfReason[outcome]
}

function resultAt(at: number, reached: number, failed: boolean): Result {
  if (failed) return 'failed'
  return at < reached ? 'ok' : 'not_reached'
}
