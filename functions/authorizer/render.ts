import type { App, Role } from '../../shared/access/access.ts'
import { type Claims, claimValue } from '../../shared/access/claims.ts'
import type { Decision } from '../../shared/access/decide.ts'
import { PosternError } from '../../shared/error.ts'
import { denyAll, type PolicyDocument, refusing, renderPolicy } from '../../shared/gateway/policy.ts'
import { type Reason, reasons } from '../../shared/reason.ts'
import type { Call } from './event.ts'

/** Flat strings on every API type (facts A4): backends see nothing else on REST. */
export type Context = Readonly<Record<string, string>>
export type Answer =
  | { readonly principalId: string; readonly policyDocument: PolicyDocument; readonly context: Context }
  | { readonly isAuthorized: boolean; readonly context: Context }

/** API Gateway's limit for the whole answer (facts A7). */
export const maxAnswerBytes = 8192
/** Documents kept, each for one caller's set of roles on one stage. */
export const maxPolicies = 1000

type Policy = { readonly document: PolicyDocument; readonly bytes: number }

export type Renderer = {
  /** The answer to a verified caller. Throws `answer_too_large` (ours) and `claim_unsafe`. */
  verdict(call: Call, decision: Decision, caller: Caller): Answer
}

/** A verified caller as the answer names it. `roleNames` are those of the decision's roles, joined by commas. */
export type Caller = {
  readonly issuer: string
  readonly claims: Claims
  readonly roleNames: string
  readonly decisionId: string
}

export function createRenderer(app: App): Renderer {
  // Prefixes and names of roles are long-lived strings whose hashes V8 keeps; one key joined of them would be copied
  // and hashed anew on every call.
  const policies = {
    rest: new Map<string, Map<string, Policy>>(),
    http: new Map<string, Map<string, Policy>>(),
  }
  let count = 0

  function policyOf({ api, arn }: Call, roles: readonly Role[], roleNames: string): Policy {
    const { prefix } = arn
    const known = policies[api].get(prefix)?.get(roleNames)
    if (known) return known
    const document = renderPolicy(
      prefix,
      roles.flatMap((role) => role.routes),
      api,
    )
    const policy = { document, bytes: Buffer.byteLength(JSON.stringify(document)) }
    if (policy.bytes > maxAnswerBytes) throw tooLarge()
    if (++count > maxPolicies) {
      policies.rest.clear()
      policies.http.clear()
      count = 1
    }
    const ofPrefix = policies[api].get(prefix) ?? new Map<string, Policy>()
    policies[api].set(prefix, ofPrefix.set(roleNames, policy))
    return policy
  }

  return {
    verdict(call, decision, caller) {
      const context = contextOf(app, caller)
      const allowed = decision.effect === 'allow'
      if (call.simple) return { isAuthorized: allowed, context: withinLimit(context, '', 0) }
      const principalId = `${caller.issuer}|${context.subject}`
      const { document, bytes } = policyOf(call, decision.roles, caller.roleNames)
      const policyDocument = allowed ? document : refusing(document, call.arn)
      return { principalId, policyDocument, context: withinLimit(context, principalId, bytes) }
    },
  }
}

/**
 * What API Gateway is told of a token that was refused: on HTTP APIs a deny, but only where the refusal is final, as
 * it will be cached (design section 5). Everything else is thrown: `Unauthorized`, letter for letter, is REST's
 * 401; any other message is a 500 and is not cached.
 */
export function refusal(call: Call | undefined, reason: Reason, decisionId: string): Answer {
  const { fault, final, http } = reasons[reason]
  if (fault === 'ours' || !call) throw new Error(reason)
  if (http === 401 && (call.api === 'rest' || !final)) throw new Error('Unauthorized')
  const context = { decisionId, deniedReason: reason }
  if (call.simple) return { isAuthorized: false, context }
  return { principalId: 'refused', policyDocument: denyAll(call.arn.prefix), context }
}

/**
 * The same for every route of a caller, as it is cached: `deniedReason` is what a 403 from this document can only
 * mean. Throws `claim_unsafe` for a claim with control characters, which some backend would put into a header.
 */
function contextOf(app: App, { issuer, claims, roleNames, decisionId }: Caller): Context {
  const context: Record<string, string> = {}
  for (const claim of app.context) {
    const value = claimValue(claims, claim)
    if (value === undefined || value === null) continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (controls.test(text))
      throw new PosternError('claim_unsafe', `the claim "${claim.name}" has control characters`, {
        claim: claim.name,
      })
    context[claim.name] = text
  }
  context.issuer = issuer
  context.subject = claims.sub as string
  context.roles = roleNames
  context.app = app.name
  context.decisionId = decisionId
  context.deniedReason = 'route_not_granted'
  return context
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const controls = /[\u0000-\u001f\u007f-\u009f]/

/**
 * The policy is counted once, when it is rendered. The context is counted by a bound first: JSON makes at most six
 * bytes of a UTF-16 unit, and the exact count costs 1.5 us.
 */
function withinLimit(context: Context, principalId: string, policyBytes: number): Context {
  let units = principalId.length
  for (const name in context) units += name.length + (context[name] as string).length
  const rest = maxAnswerBytes - frameBytes - policyBytes
  if (units * 6 <= rest || Buffer.byteLength(JSON.stringify([context, principalId])) <= rest) return context
  throw tooLarge()
}

function tooLarge(): PosternError {
  return new PosternError('answer_too_large', 'the policy and the context are more than API Gateway takes', {
    maxAnswerBytes,
  })
}

/** The names and punctuation of the answer, with some to spare. */
const frameBytes = 256
