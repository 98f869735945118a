/** What one reason means on every protocol. A missing column does not compile. */
export type Effect = {
  /** Whose fault: a refusal of the caller, or our own, which is a 5xx and never a cached deny. */
  readonly fault: 'caller' | 'ours'
  /** Whether the same token gets the same refusal for ever. What time or a fetch could cure is not final, and not cached. */
  readonly final: boolean
  readonly http: 400 | 401 | 403 | 404 | 500 | 503
  /** STS's wire code (facts B3). */
  readonly sts: string
  /** RFC 6749 section 5.2, RFC 8693 section 2.2.2. */
  readonly oauth: string
}

const badToken = {
  fault: 'caller',
  final: true,
  http: 401,
  sts: 'InvalidIdentityToken',
  // RFC 8693 section 2.2.2: a subject token that is not good is an invalid request.
  oauth: 'invalid_request',
} as const
const notYet = { ...badToken, final: false } as const
const rejected = { ...badToken, sts: 'IDPRejectedClaim' } as const
const notAllowed = {
  fault: 'caller',
  final: true,
  http: 403,
  sts: 'AccessDenied',
  oauth: 'access_denied',
} as const
const noKeys = {
  fault: 'ours',
  final: false,
  http: 503,
  sts: 'IDPCommunicationError',
  oauth: 'temporarily_unavailable',
} as const
const ourFault = {
  fault: 'ours',
  final: false,
  http: 500,
  sts: 'InternalFailure',
  oauth: 'server_error',
} as const

const badRequest = {
  fault: 'caller',
  final: false,
  http: 400,
  sts: 'ValidationError',
  oauth: 'invalid_request',
} as const
const unavailable = {
  fault: 'ours',
  final: false,
  http: 503,
  sts: 'ServiceUnavailable',
  oauth: 'temporarily_unavailable',
} as const

const badClient = { ...badRequest, http: 401, sts: 'InvalidIdentityToken', oauth: 'invalid_client' } as const

/** Reasons of the broker alone, and of what keeps its keys and secrets. */
const ofBroker = {
  // The request, in the order of the checks.
  endpoint_unknown: { ...badRequest, http: 404, sts: 'InvalidAction' },
  action_unknown: { ...badRequest, sts: 'InvalidAction' },
  request_invalid: badRequest,
  identity_unknown: { ...badRequest, http: 403, sts: 'InvalidClientTokenId' },
  // What is asked for. An unknown role, and one that is not the caller's, look the same.
  role_not_granted: notAllowed,
  role_lends_nothing: notAllowed,
  role_ambiguous: badRequest,
  scope_unknown: { ...badRequest, oauth: 'invalid_scope' },
  client_missing: badClient,
  client_ambiguous: badRequest,
  client_invalid: badClient,
  assertion_replayed: badClient,
  grant_unsupported: { ...badRequest, oauth: 'unsupported_grant_type' },
  audience_unknown: { ...badRequest, oauth: 'invalid_target' },
  token_too_short: { ...rejected, http: 403 },
  trust_too_short: notAllowed,
  session_too_large: { ...notAllowed, http: 400, sts: 'PackedPolicyTooLarge' },
  // Ours.
  sts_refused: ourFault,
  sts_throttled: { ...unavailable, sts: 'Throttling' },
  sts_unavailable: unavailable,
  store_unavailable: unavailable,
  secret_unavailable: unavailable,
  secret_unusable: ourFault,
  signing_key_missing: unavailable,
  // A rotation's.
  rotation_refused: ourFault,
  rotation_too_soon: ourFault,
} as const satisfies Record<string, Effect>

/** The one table of reasons: closed, stable, logged, never localised. docs/reasons.md is generated from it. */
export const reasons = {
  // The token, in the order of the checks.
  token_missing: { ...badToken, http: 401, sts: 'MissingAuthenticationToken' },
  token_ambiguous: badToken,
  token_too_large: badToken,
  token_malformed: badToken,
  token_encrypted: badToken,
  encoding_invalid: badToken,
  header_invalid: badToken,
  payload_invalid: badToken,
  crit_unsupported: badToken,
  typ_not_allowed: badToken,
  issuer_unknown: badToken,
  algorithm_not_allowed: badToken,
  key_unknown: notYet,
  key_ambiguous: notYet,
  key_unfit: notYet,
  signature_invalid: badToken,
  expiry_invalid: badToken,
  token_expired: { ...badToken, sts: 'ExpiredTokenException' },
  not_before_invalid: badToken,
  issued_at_invalid: badToken,
  token_not_yet_valid: notYet,
  audience_not_allowed: rejected,
  token_use_not_allowed: rejected,
  claim_required: rejected,
  subject_invalid: rejected,
  proof_required: rejected,
  claim_unsafe: { ...rejected, http: 403 },
  // The request.
  role_none: notAllowed,
  route_unknown: notAllowed,
  route_not_granted: notAllowed,
  policy_narrowed: notAllowed,
  path_not_canonical: notAllowed,
  stage_unknown: notAllowed,
  // Ours.
  keys_unavailable: noKeys,
  keys_stale: noKeys,
  event_unknown: { ...ourFault, http: 400, sts: 'ValidationError', oauth: 'invalid_request' },
  event_invalid: { ...ourFault, http: 400, sts: 'ValidationError', oauth: 'invalid_request' },
  token_place_unreachable: ourFault,
  app_unknown: ourFault,
  answer_too_large: ourFault,
  routes_stale: ourFault,
  internal_error: ourFault,
  ...ofBroker,
} as const satisfies Record<string, Effect>

export type Reason = keyof typeof reasons
export type BrokerReason = keyof typeof ofBroker

/** Whether the broker alone gives it, and no authorizer. */
export function isOfBroker(reason: string): reason is BrokerReason {
  return Object.hasOwn(ofBroker, reason)
}

/** What a decision record carries as its reason: `granted` for an allow. */
export type Outcome = Reason | 'granted'
