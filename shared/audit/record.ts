import type { Outcome } from '../reason.ts'
import { metricsMember } from './metrics.ts'

/**
 * What one invocation leaves behind: flat, one line of JSON. It starts as a deny by a fault of ours and is filled in
 * as the call goes through the checks, so that whatever breaks off leaves a true record. Never holds a token, only
 * its SHA-256, and of the claims only the subject.
 */
export type DecisionRecord = {
  readonly kind: 'decision'
  /** Epoch milliseconds. */
  readonly timeMs: number
  readonly decisionId: string
  effect: 'allow' | 'deny'
  reason: Outcome
  /** Which check, in words; only for refusals and faults. */
  message?: string
  app: string
  /** Always 1: what the metric of that name adds up. */
  readonly decisions: 1
  api?: 'rest' | 'http' | 'websocket' | 'appsync' | 'broker'
  apiId?: string
  stage?: string
  requestId?: string
  /** The address API Gateway was called from, where the event has it; never any other text. */
  sourceIp?: string
  method?: string
  path?: string
  route?: string
  issuer?: string
  subject?: string
  /** Names, joined by commas. */
  roles?: string
  tokenSha256?: string
  keyAgeSeconds?: number
  /** Whether the token had been verified before: 1 if so. Their average is the hit rate of that cache. */
  tokenRemembered?: 0 | 1
  durationMs?: number
} & BorrowRecord

/** What the broker adds. Of credentials it holds the access key's id alone, which CloudTrail has with every call. */
export type BorrowRecord = {
  /** `credentials`, `roles`, or STS's own name of an action. */
  action?: string
  /** The role that was borrowed by. */
  role?: string
  awsRole?: string
  /** Names, joined by spaces, since a comma may be in one; absent for all that the role has. */
  scopes?: string
  /** Also the session's source identity. */
  sessionName?: string
  sessionSeconds?: number
  accessKeyId?: string
  /** Epoch milliseconds. */
  expiresAtMs?: number
  /** Whether the lease was held already: 1 if so. Their average is the hit rate of that cache. */
  leaseHeld?: 0 | 1
  /** From the call to STS to its answer; absent where the lease was held. */
  stsMs?: number
  packedPercent?: number
  /** Keys of the optional tags that STS had no room for, joined by commas. */
  droppedTags?: string
  /** STS's RoleSessionName, by which nothing is decided. */
  askedSessionName?: string
  /** Whether GetCallerIdentity will know the access key. */
  identityStored?: 0 | 1
  /** The client that proved itself. */
  client?: string
  /** By which of its secrets. */
  secretStage?: 'current' | 'pending' | 'previous'
  /** Of a token that was signed. */
  audience?: string
  /** Its `jti`. */
  tokenId?: string
}

export function startRecord(decisionId: string, app: string, timeMs: number): DecisionRecord {
  return { kind: 'decision', timeMs, decisionId, effect: 'deny', reason: 'internal_error', app, decisions: 1 }
}

/** Longer texts of a stranger (a path may have 1,600 bytes) are cut there, with an ellipsis. */
export const maxTextLength = 256

export function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text
}

/**
 * The record as one line, with the metrics CloudWatch is to make of it. Only two members hold a stranger's text, so no
 * others are looked through.
 */
export function recordLine(record: DecisionRecord): string {
  const line = `${JSON.stringify(record).slice(0, -1)},${metricsMember(record)}}`
  const { path = '', subject = '' } = record
  return controls.test(path) || controls.test(subject) ? escapeControls(line) : line
}

/**
 * JSON text without what terminals and log readers act on. JSON escapes the C0 controls; DEL, C1, and Unicode's
 * separators and direction marks are escaped here.
 */
export function escapeControls(json: string): string {
  return json.replaceAll(everyControl, escapeCharacter)
}

const controls = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const everyControl = new RegExp(controls, 'g')

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
