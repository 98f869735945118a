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
  api?: 'rest' | 'http' | 'websocket' | 'appsync'
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
