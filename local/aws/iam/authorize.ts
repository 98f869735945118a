import { evaluate, type IamRequest, takesEffect, type Verdict } from './evaluate.ts'
import type { Policy } from './policy.ts'
import { type Closeness, closeness, type Named } from './principals.ts'

/** The policies that bound a caller: its identity's, and for a session what it was narrowed to, if it was. */
export type Bounds = {
  readonly policies: readonly Policy[]
  readonly sessionPolicies: readonly Policy[] | undefined
}

/** Why a caller may not: a deny that is written, or the policies of which none allows. */
export type Refusal =
  | 'identity_deny'
  | 'session_deny'
  | 'trust_deny'
  | 'no_identity_allow'
  | 'no_session_allow'
  | 'no_trust_allow'

/** Without a resource's own policy: identity policies and session policies must both allow. `undefined` is yes. */
export function refusal(bounds: Bounds, request: IamRequest): Refusal | undefined {
  const identity = evaluate(bounds.policies, request)
  const session = sessionVerdict(bounds, request)
  if (identity === 'explicit_deny') return 'identity_deny'
  if (session === 'explicit_deny') return 'session_deny'
  if (identity !== 'allow') return 'no_identity_allow'
  return session === 'allow' ? undefined : 'no_session_allow'
}

/**
 * An action upon a role, which has a policy of its own. In one account the trust policy suffices where it names the
 * caller closer than by the account, though what names the role and not the session does not reach past a session
 * policy (facts B4). Across accounts both sides must allow.
 */
export function trustRefusal(
  trust: { readonly policy: Policy; readonly account: string },
  caller: Named & Bounds,
  request: IamRequest,
): Refusal | undefined {
  const allows = new Set<Closeness>()
  for (const statement of trust.policy) {
    const close = statement.principals && closeness(statement.principals, caller)
    if (close === undefined || !takesEffect(statement, request)) continue
    if (statement.effect === 'Deny') return 'trust_deny'
    allows.add(close)
  }
  const own = refusal(caller, request)
  if (own === 'identity_deny' || own === 'session_deny') return own
  if (allows.size === 0) return 'no_trust_allow'
  if (trust.account !== caller.account) return own
  if (allows.has('session')) return undefined
  if (allows.has('identity') || allows.has('everyone'))
    return sessionVerdict(caller, request) === 'allow' ? undefined : 'no_session_allow'
  return own
}

function sessionVerdict({ sessionPolicies }: Bounds, request: IamRequest): Verdict {
  return sessionPolicies === undefined ? 'allow' : evaluate(sessionPolicies, request)
}
