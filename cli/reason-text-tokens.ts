/** What a reason means, and what whoever sees it can do about it. */
export type ReasonText = { readonly means: string; readonly mend: string }

/** Of the token endpoint, and of secrets and their rotation. */
export const tokenReasonTexts = {
  client_missing: {
    means: 'The request says of no client who it is.',
    mend: 'Authenticate by `client_secret_basic`, `client_secret_post` or `private_key_jwt`.',
  },
  client_ambiguous: {
    means: 'The request authenticates its client in more than one way, or for two clients.',
    mend: 'Use one way: a header, or parameters, or an assertion.',
  },
  client_invalid: {
    means:
      'There is no such client, or what it shows is not its own: a wrong or an outdated secret, or an assertion that fails a check.',
    mend: 'Read the present secret again (`AWSCURRENT`, or `POST /clients/self/secret` while the old one is accepted). An assertion has `iss` and `sub` = the client, `aud` = the issuer alone, a `jti` and at most ten minutes.',
  },
  assertion_replayed: {
    means: 'An assertion with this `jti` was used before.',
    mend: 'Sign a new assertion, with a `jti` of its own, for each request.',
  },
  grant_unsupported: {
    means: 'The token endpoint does not know the grant type.',
    mend: 'Use `client_credentials`, or `urn:ietf:params:oauth:grant-type:token-exchange`.',
  },
  audience_unknown: {
    means:
      'Tokens for this audience are not given, or not to this client; or none was named and there are several.',
    mend: 'Name one of `tokens.audiences` as `audience`, and one of the client’s `allowedAudiences`.',
  },
  secret_unavailable: {
    means:
      'A secret could not be read: Secrets Manager (or Cognito) is down, slow, turns calls away or denies them.',
    mend: 'Try again. If it stays, see the error in the record: the network, or what the function’s role may read.',
  },
  secret_unusable: {
    means:
      'A secret is not there, is being deleted, has no current version, or does not hold what it should.',
    mend: 'See the record for which; docs/secrets.md says what each kind of secret holds. A rotation by hand of the right value mends it.',
  },
  signing_key_missing: {
    means: 'No signing key is published whose time has come, so nothing can be signed.',
    mend: 'Rotate the signing keys once (`aws secretsmanager rotate-secret`); the first key signs at once.',
  },
  rotation_refused: {
    means:
      'A step of a rotation is not in order: Secrets Manager’s own rules, or a check of the next value, forbid it.',
    mend: 'See the message in the record. Secrets Manager tries again by itself; docs/secrets.md says how to start over.',
  },
  rotation_too_soon: {
    means: 'The secret before is still accepted, and would be cut off by another rotation.',
    mend: 'Wait, or take `AWSPREVIOUS` off the version before (docs/secrets.md), which ends its time at once.',
  },
} as const satisfies Readonly<Record<string, ReasonText>>
