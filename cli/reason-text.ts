import type { Outcome } from '../shared/reason.ts'
import { type ReasonText, tokenReasonTexts } from './reason-text-tokens.ts'

/** For `postern explain` and docs/reasons.md. A reason without a text does not compile. */
export const reasonTexts: Readonly<Record<Outcome, ReasonText>> = {
  token_missing: {
    means: 'There is no token where the manifest looks for it.',
    mend: 'Send the token in the place that `api.token` names (by default the header `Authorization: Bearer TOKEN`).',
  },
  token_ambiguous: {
    means: 'There are several values where one token is due.',
    mend: 'Send one token: one header, one query value or one cookie of that name, and no commas in it.',
  },
  token_too_large: {
    means: 'The token is longer than 8,192 characters.',
    mend: 'Have the issuer put fewer claims into it; long lists of groups are the usual cause.',
  },
  token_malformed: {
    means: 'The token is not a JWT: not three parts between dots, or not a bare token after `Bearer`.',
    mend: 'Send the token as the issuer gave it: whole, without quotes, JSON or a second `Bearer` around it.',
  },
  token_encrypted: {
    means: 'The token has five parts: it is encrypted, and Postern reads no encrypted tokens.',
    mend: 'Have the issuer sign its access tokens without encrypting them.',
  },
  encoding_invalid: {
    means: 'A part of the token is not strict base64url.',
    mend: 'Send the token unchanged: padding, line breaks or characters such as + and / got into it on the way.',
  },
  header_invalid: {
    means: "The token's header is not one plain JSON object with text for alg, kid and typ.",
    mend: 'Get a new token. If that one is refused too, its issuer makes headers that RFC 7515 does not allow.',
  },
  payload_invalid: {
    means:
      "The token's payload is not one plain JSON object: broken, nested too deep, or with a member twice.",
    mend: 'Get a new token. If that one is refused too, its issuer makes payloads that RFC 7519 does not allow.',
  },
  crit_unsupported: {
    means: 'The header demands an extension by crit or b64, and Postern understands none.',
    mend: 'Have the issuer sign plain tokens, without crit and b64.',
  },
  typ_not_allowed: {
    means: "The header's typ is not one the issuer may use: this is another kind of token.",
    mend: "Send an access token. If the issuer gives its access tokens another typ, list it in the issuer's `typ`.",
  },
  issuer_unknown: {
    means: 'The claim iss is none of the issuers of the manifest, compared byte for byte.',
    mend: 'Use a token of a configured issuer, or add the issuer under `issuers`; mind trailing slashes and the stage of `--vars`.',
  },
  algorithm_not_allowed: {
    means: "The token is signed with an algorithm that is not on its issuer's list.",
    mend: "If the issuer really signs with it, add it to the issuer's `algorithms`; none and HS256 are never taken.",
  },
  key_unknown: {
    means: "The issuer publishes no key with the token's kid, also after the keys were fetched anew.",
    mend: 'Get a new token: the old key was withdrawn, or another environment of the issuer signed this one.',
  },
  key_ambiguous: {
    means:
      'Several keys could be meant: the issuer publishes the kid twice, or several keys and the token has no kid.',
    mend: 'Have the issuer give each key a kid of its own and name it in its tokens.',
  },
  key_unfit: {
    means:
      'The key with that kid cannot verify this algorithm: wrong type, use or curve, or RSA below 2048 bits.',
    mend: 'Have the issuer publish a fitting key: its alg, use and curve must go with the algorithm it signs with.',
  },
  signature_invalid: {
    means: "The signature is not that of the issuer's key over this token.",
    mend: 'Get a new token and send it unchanged. If you did, somebody else made or altered this one.',
  },
  expiry_invalid: {
    means: 'The claim exp is missing or is not a date in seconds.',
    mend: 'Have the issuer put exp into its tokens, as a number of seconds since 1970.',
  },
  token_expired: {
    means: 'The token was good until its exp, and that is over.',
    mend: 'Get a new token. Postern grants no leeway on exp; check the clock of whoever keeps tokens until the last second.',
  },
  not_before_invalid: {
    means: 'The claim nbf is not a date in seconds.',
    mend: 'Have the issuer write nbf as a number of seconds since 1970, or leave it out.',
  },
  issued_at_invalid: {
    means: 'The claim iat is not a date in seconds.',
    mend: 'Have the issuer write iat as a number of seconds since 1970, or leave it out.',
  },
  token_not_yet_valid: {
    means: "The token's nbf or iat is in the future, by more than the issuer's `clockSkewSeconds`.",
    mend: "Wait and try again, or set the issuer's clock right; `clockSkewSeconds` goes up to 60.",
  },
  audience_not_allowed: {
    means: 'The token is meant for somebody else: its audience or client is not on the list of its issuer.',
    mend: "Ask for a token for this API, or add its audience to the issuer's `audience` (`clientIds` for cognito).",
  },
  token_use_not_allowed: {
    means: 'This is an ID token where an access token is due, or the reverse.',
    mend: "Send the other token of the two, or set the issuer's `tokenUse` to the kind its callers send.",
  },
  claim_required: {
    means: 'A claim that the issuer demands of all its tokens under `require` is missing or differs.',
    mend: "Get a token with that claim, or change the issuer's `require`.",
  },
  subject_invalid: {
    means: 'The claim sub is not 1 to 255 printable characters without white space.',
    mend: 'Have the issuer name its subjects by an id: sub is what records and backends know a caller by.',
  },
  proof_required: {
    means: 'The claim cnf binds the token to a key, and Postern does not read proofs of possession yet.',
    mend: 'Ask the issuer for a plain bearer token.',
  },
  claim_unsafe: {
    means:
      'A claim that is handed on to the backend has control characters in it, or one that stands in the route or in a session is missing or holds more than letters, digits and `_ . @ = + -`.',
    mend: "Mend the value at the issuer, or take the claim out of `api.context`, of the route or of the role's `credentials`.",
  },
  role_none: {
    means: 'The token is good, and no role trusts its caller.',
    mend: 'Add a rule to the `trust` of the role the caller should have; `postern explain` names the conditions that failed.',
  },
  route_unknown: {
    means: "The request matches no route of the API's routes file or of the manifest.",
    mend: 'Check method and path. If the route is new, add it to the routes file and to the role that may call it.',
  },
  route_not_granted: {
    means: 'The caller has roles, and none of them lists this route, nor ANY on the same path.',
    mend: 'Add the route to a role of the caller, or have the caller trusted by a role that lists it.',
  },
  policy_narrowed: {
    means:
      'A role lists the route, and no policy that API Gateway may cache can tell this request from one that is refused.',
    mend: 'Look into `postern check`, which names such routes. Grant the other route as well, give one of them another path, or set `cacheSeconds: 0`.',
  },
  path_not_canonical: {
    means:
      'The path could be read in two ways: an empty, `.` or `..` segment, a trailing slash, a backslash, a control character or a percent escape.',
    mend: 'Call the path in its plain form. Where values must be escaped, set `encodedPaths: allow` under `api`.',
  },
  stage_unknown: {
    means: 'The request names no stage: it comes from the test button of the API Gateway console.',
    mend: 'Call the deployed API; nothing is granted without a stage.',
  },
  keys_unavailable: {
    means:
      "The issuer's keys could not be fetched, and none are held: the token was neither accepted nor refused.",
    mend: "Check that the issuer's address and jwksUri are right and answer within 1.5 s, then try again.",
  },
  keys_stale: {
    means:
      "The token's key is not held, or the held keys are too old, and the issuer's keys could not be fetched just now.",
    mend: 'Try again in ten seconds. If it stays, the issuer is down or does not publish the key it signs with.',
  },
  event_unknown: {
    means:
      'What invoked the function is no authorizer event of a REST, HTTP or WebSocket API, nor of AppSync.',
    mend: 'Attach the function as the authorizer of such an API; nothing else can be answered.',
  },
  event_invalid: {
    means:
      'The authorizer event is broken: a member is missing or has another type than API Gateway gives it.',
    mend: 'Check what invokes the function; API Gateway itself sends no such event.',
  },
  token_place_unreachable: {
    means:
      'The manifest looks for the token where such an event has none: a TOKEN authorizer carries one header, AppSync the header Authorization.',
    mend: 'Set `api.token` to that header, or attach the function to a REST API as a REQUEST authorizer.',
  },
  app_unknown: {
    means:
      'The manifest has apps, and the call came neither by the Lambda alias of one nor through an API of one.',
    mend: "List the API's id under the app's `apiIds`, or invoke the function by an alias that has the app's name.",
  },
  answer_too_large: {
    means:
      "The caller's policy and context are more than the 8 KB (512 characters a resource) that API Gateway takes.",
    mend: 'Take long claims out of `api.context`, name a routes file so that patterns can be merged, or split the role; `postern check` says which.',
  },
  routes_stale: {
    means:
      'API Gateway serves the request by a route that neither the routes file nor the manifest has, so what the caller may call cannot be told.',
    mend: 'Write the routes file anew (`postern routes --template`), build and deploy. Nothing was cached.',
  },
  endpoint_unknown: {
    means: 'The broker has nothing at this path, or not for this method.',
    mend: 'It serves `GET /credentials/{role}`, `GET /roles`, `GET /health` and, for STS clients, `POST /`.',
  },
  action_unknown: {
    means: "The broker speaks two of STS's actions: AssumeRoleWithWebIdentity and GetCallerIdentity.",
    mend: 'Send other actions to AWS: take `AWS_ENDPOINT_URL_STS` out of the environment of what makes this call.',
  },
  request_invalid: {
    means: 'A parameter of the request is missing, unknown, there twice, or not what it may be.',
    mend: 'The message names it. `Policy` and `PolicyArns` are refused, since the manifest alone says what a session may do; ask for a scope.',
  },
  identity_unknown: {
    means:
      'GetCallerIdentity was asked for an access key that this broker did not hand out, or that is over.',
    mend: 'Ask AWS itself: take `AWS_ENDPOINT_URL_STS` out of the environment of what makes this call.',
  },
  role_not_granted: {
    means: 'There is no such role, or it is not one of this caller: the two look the same.',
    mend: 'Ask `GET /roles`, which lists what the caller may borrow; `postern explain` says which claim keeps it from a role of the manifest.',
  },
  role_lends_nothing: {
    means: 'The caller has the role, but the role has no `credentials`: it grants routes alone.',
    mend: 'Ask for a role that lends an AWS role (`GET /roles`), or give this one `credentials`.',
  },
  role_ambiguous: {
    means: 'Several roles of the caller lend the AWS role that `RoleArn` names.',
    mend: 'Name the role itself: `arn:postern:iam:::role/NAME`.',
  },
  scope_unknown: {
    means: 'The role has no scope of that name.',
    mend: 'The message lists its scopes; without `scope` the session has all of them.',
  },
  token_too_short: {
    means: "The role's sessions end with the token, and under 900 s of it are left, STS's shortest session.",
    mend: 'Get a token that lives longer, or take `endsWithToken` out of the role.',
  },
  trust_too_short: {
    means: "The rule by which the caller has the role expires in under 900 s, STS's shortest session.",
    mend: "Extend the rule's `expiresAt`, if the caller is still to have the role.",
  },
  session_too_large: {
    means: "The session's policy and tags, with the caller's claims in them, are more than STS takes.",
    mend: 'Ask for fewer scopes, mark tags that may be dropped as `optional`, or narrow by shorter claims.',
  },
  sts_refused: {
    means: 'STS does not let the broker assume the AWS role, or not with such a session.',
    mend: "The AWS role's trust policy must be what `postern trust-policy` prints, and the broker's own role needs the statements in `iam-statements.json` of its build.",
  },
  sts_throttled: {
    means: 'STS turns calls away: the account makes more than it allows for a Region (600 a second in all).',
    mend: 'Try again; SDKs do so by themselves. Fetching credentials less often helps: an SDK keeps them until they near their end.',
  },
  sts_unavailable: {
    means: 'STS could not be reached, did not answer in time, or gave no sound answer.',
    mend: "Try again. If it stays, see the record's message: the network, the Region, the broker's own credentials or its clock.",
  },
  store_unavailable: {
    means: "The broker's table could not be read, so it cannot say whose access key this is.",
    mend: "Try again. If it stays, check the table that `POSTERN_STATE_TABLE` names and the broker's permissions on it.",
  },
  ...tokenReasonTexts,
  internal_error: {
    means: 'A fault in Postern itself. Nothing was granted.',
    mend: 'Please report it, with the decision record and without the token.',
  },
  granted: {
    means: 'The token is good and a role of the caller lists the route, or lends what was asked for.',
    mend: 'Nothing: the caller may make this request.',
  },
}
