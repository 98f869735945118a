import type { App } from '../../shared/access/access.ts'
import { type Claims, claimValue } from '../../shared/access/claims.ts'
import type { Decision } from '../../shared/access/decide.ts'
import { ownRoutesOf } from '../../shared/access/own-routes.ts'
import { type CallerPolicy, policyOf } from '../../shared/access/policy-of.ts'
import { PosternError } from '../../shared/error.ts'
import { type MethodArn, stageName } from '../../shared/gateway/arn.ts'
import {
  allowOnly,
  allows,
  denyAll,
  documentOf,
  type PolicyDocument,
  refusing,
  renderPolicy,
} from '../../shared/gateway/policy.ts'
import type { Api } from '../../shared/gateway/resolve.ts'
import { type Reason, reasons } from '../../shared/reason.ts'
import { type AppSyncAnswer, appSyncAnswer } from './appsync.ts'
import type { Call, GatewayCall } from './event.ts'

/** Flat strings on every API type (facts A4): backends see nothing else on REST. */
export type Context = Readonly<Record<string, string>>
export type PolicyAnswer = {
  readonly principalId: string
  readonly policyDocument: PolicyDocument
  readonly context: Context
}
export type SimpleAnswer = { readonly isAuthorized: boolean; readonly context: Context }
export type Answer = PolicyAnswer | SimpleAnswer | AppSyncAnswer

/** API Gateway's limit for the whole answer (facts A7). */
export const maxAnswerBytes = 8192
/** The context's share of the answer is rounded up to whole steps of this many bytes. */
export const contextStepBytes = 512
/** Documents kept of one policy: one for an ARN prefix and a size of context. */
export const maxDocuments = 16

/** A verified caller as the answer names it. `roleNames` are those of the decision's roles, joined by commas. */
export type Caller = {
  readonly issuer: string
  readonly claims: Claims
  readonly roleNames: string
  readonly decisionId: string
  /** Until the token's `exp`. */
  readonly secondsLeft: number
}

/** The answer to a verified caller. Throws `answer_too_large` (ours) and `claim_unsafe`. */
export function render(call: Call, decision: Decision, caller: Caller): Answer {
  const context = contextOf(call.app, caller)
  if (call.api === 'appsync') return appSyncAnswer(call.app, decision, context, caller.secondsLeft)
  if (call.simple) {
    roomBeside('', context)
    return { isAuthorized: decision.effect === 'allow', context }
  }
  const principalId = `${caller.issuer}|${context.subject}`
  if (call.api === 'websocket') {
    roomBeside(principalId, context)
    return { principalId, policyDocument: handshakePolicy(call.arn, decision), context }
  }
  const known = policyFor(call, call.api, decision, caller.claims)
  const document = documentFor(known, call, decision, principalId, context)
  return { principalId, policyDocument: heldAgainst(document, call, decision), context }
}

/** Nothing of a WebSocket API is cached, and nothing but `$connect` is asked about. */
function handshakePolicy(arn: MethodArn, { effect }: Decision): PolicyDocument {
  return effect === 'allow' ? documentOf(arn.prefix, { allow: [arn.path], deny: [] }) : denyAll(apiOf(arn))
}

function documentFor(
  known: CallerPolicy,
  { app, arn }: GatewayCall,
  { effect }: Decision,
  principalId: string,
  context: Context,
): PolicyDocument {
  try {
    const { document, bytes } = rendered(known, arn.prefix, mostRoom)
    if (bytes <= leastRoomBeside(principalId, context)) return document
    const room = roomBeside(principalId, context)
    return bytes <= room ? document : rendered(known, arn.prefix, room).document
  } catch (error) {
    // What is not cached need not cover the caller's other requests.
    if (app.cacheSeconds > 0 || !(error instanceof PosternError)) throw error
    roomBeside(principalId, context)
    return effect === 'allow' ? allowOnly(arn) : denyAll(arn.prefix)
  }
}

function policyFor({ app, arn }: GatewayCall, api: Api, { roles }: Decision, claims: Claims): CallerPolicy {
  return policyOf(app, api, stageName.test(arn.stage) ? roles : [], ownRoutesOf(roles, claims))
}

/**
 * The document's verdict on the call at hand is the decision's, whatever is asked for. It says more than the policy
 * only where nothing is cached, and less where no Deny can spell the request, or no route of R serves it.
 */
function heldAgainst(
  document: PolicyDocument,
  { app, arn }: GatewayCall,
  { effect }: Decision,
): PolicyDocument {
  if (!stageName.test(arn.stage)) return denyAll(apiOf(arn))
  const allowed = effect === 'allow'
  if ((allowed && app.cacheSeconds > 0) || allows(document, arn) === allowed) return document
  return allowed ? allowOnly(arn) : refusing(document, arn)
}

/** A stage without a stage's name, the `*` of the console's test, stands in no Resource. */
function apiOf({ prefix, stage }: MethodArn): string {
  return stageName.test(stage) ? prefix : prefix.slice(0, -stage.length - 1)
}

type Rendered = { readonly document: PolicyDocument; readonly bytes: number }

/** An answer has some context. */
const mostRoom = maxAnswerBytes - contextStepBytes

/** Remembers faults as well: that there is no document takes longest to find out. */
function rendered(known: CallerPolicy, prefix: string, room: number): Rendered {
  const ofPolicy = documents.get(known.policy) ?? new Map<string, Rendered | PosternError>()
  documents.set(known.policy, ofPolicy)
  const key = room === mostRoom ? prefix : `${prefix} ${room}`
  let held = ofPolicy.get(key)
  if (held === undefined) {
    if (ofPolicy.size >= maxDocuments) ofPolicy.clear()
    held = renderFor(known, prefix, room)
    ofPolicy.set(key, held)
  }
  if (held instanceof PosternError) throw new PosternError(held.reason, held.message, held.facts)
  return held
}

function renderFor(
  { table, grants, policy }: CallerPolicy,
  prefix: string,
  room: number,
): Rendered | PosternError {
  try {
    const document = renderPolicy(prefix, table, grants, room, policy)
    return { document, bytes: Buffer.byteLength(JSON.stringify(document)) }
  } catch (error) {
    if (error instanceof PosternError) return error
    throw error
  }
}

const documents = new WeakMap<CallerPolicy['policy'], Map<string, Rendered | PosternError>>()

/** By a bound: JSON makes at most six bytes of a UTF-16 unit, and the exact count costs 1.5 us. */
function leastRoomBeside(principalId: string, context: Context): number {
  let units = principalId.length
  for (const name in context) units += name.length + (context[name] as string).length
  return maxAnswerBytes - frameBytes - units * 6
}

/** The names and punctuation of the answer, with some to spare. */
const frameBytes = 256

/** The bytes that an answer leaves its document. In steps, so that callers with like contexts share one. */
function roomBeside(principalId: string, context: Context): number {
  const beside = Buffer.byteLength(JSON.stringify({ principalId, policyDocument: '', context }))
  const room = maxAnswerBytes - Math.ceil(beside / contextStepBytes) * contextStepBytes
  if (room > 0) return room
  throw new PosternError('answer_too_large', 'the context is more than API Gateway takes', { maxAnswerBytes })
}

/**
 * What API Gateway is told of a token that was refused: on HTTP APIs a deny, but only where the refusal is final, as
 * it will be cached (design section 5). Everything else is thrown: `Unauthorized`, letter for letter, is REST's and
 * WebSocket's 401; any other message is a 500 and is not cached. AppSync can be told not to keep an answer.
 */
export function refusal(call: Call | undefined, reason: Reason, decisionId: string): Answer {
  const { fault, final, http } = reasons[reason]
  if (fault === 'ours' || !call) throw new Error(reason)
  if (call.api === 'appsync') return { isAuthorized: false, ttlOverride: final ? call.app.cacheSeconds : 0 }
  if (http === 401 && (call.api !== 'http' || !final)) throw new Error('Unauthorized')
  const context = { decisionId, deniedReason: reason }
  if (call.simple) return { isAuthorized: false, context }
  return { principalId: 'refused', policyDocument: denyAll(apiOf(call.arn)), context }
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
