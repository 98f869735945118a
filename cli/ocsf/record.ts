import { isIP } from 'node:net'
import { z } from 'zod'
import type { DecisionRecord } from '../../shared/audit/record.ts'
import { type Outcome, reasons } from '../../shared/reason.ts'
import { lentMembers } from './session.ts'

/** A decision record that was read from a log, or what is wrong with it, naming members and never their values. */
export type Reading = { readonly record: DecisionRecord } | { readonly wrong: string }

const outcomes = ['granted', ...Object.keys(reasons)] as readonly Outcome[]

const text = z.string('is not a text').min(1, 'is empty')
const number = z.number('is not a number')
const whole = number.int('is not a whole number').nonnegative('is below 0')

const flag = z.union([z.literal(0), z.literal(1)], 'is neither 0 nor 1')

/** Members that are unknown are left out, whatever they hold. A member that is not here does not compile. */
const shape = {
  kind: z.literal('decision'),
  timeMs: whole.max(8.64e15, 'is past every date'),
  decisionId: text,
  effect: z.enum(['allow', 'deny'], 'is neither allow nor deny'),
  reason: z.enum(outcomes, 'is no reason of this version'),
  message: text.optional(),
  app: text,
  // Records of 0.1.0 lack it.
  decisions: z.literal(1, 'is not 1').default(1),
  api: z.enum(['rest', 'http', 'websocket', 'appsync', 'broker'], 'is no type of API').optional(),
  apiId: text.optional(),
  stage: text.optional(),
  requestId: text.optional(),
  sourceIp: text.refine((ip) => isIP(ip) !== 0, 'is no IP address').optional(),
  // Empty for the handshake of a WebSocket API.
  method: z.string('is not a text').optional(),
  path: text.optional(),
  route: text.optional(),
  issuer: text.optional(),
  subject: text.optional(),
  roles: z.string('is not a text').optional(),
  tokenSha256: z
    .string('is not a text')
    .regex(/^[\w-]{43}$/, 'is no SHA-256 in base64url')
    .optional(),
  keyAgeSeconds: number.optional(),
  tokenRemembered: flag.optional(),
  durationMs: number.optional(),
  action: text.optional(),
  role: text.optional(),
  awsRole: text.optional(),
  scopes: text.optional(),
  sessionName: text.optional(),
  sessionSeconds: whole.optional(),
  accessKeyId: text.optional(),
  expiresAtMs: whole.max(8.64e15, 'is past every date').optional(),
  leaseHeld: flag.optional(),
  stsMs: number.optional(),
  packedPercent: number.optional(),
  droppedTags: text.optional(),
  askedSessionName: text.optional(),
  identityStored: flag.optional(),
  client: text.optional(),
  secretStage: z.enum(['current', 'pending', 'previous']).optional(),
  audience: text.optional(),
  tokenId: text.optional(),
} as const satisfies Record<keyof DecisionRecord, z.ZodType>

/** The members of a record, in the order in which the authorizer's own type has them. */
export const recordMembers: readonly string[] = Object.keys(shape)

const recordSchema = z.object(shape).superRefine((record, context) => {
  const { effect, reason, issuer, subject, action } = record
  const contradicts = (member: string, message: string) =>
    context.addIssue({ code: 'custom', path: [member], message })
  if ((effect === 'allow') !== (reason === 'granted')) contradicts('reason', 'contradicts "effect"')
  // A client of Postern's own has no issuer but Postern.
  if ((issuer === undefined) !== (subject === undefined) && action !== 'token')
    contradicts('subject', 'does not go with "issuer"')
  // Of an access key nothing is proved, so nobody is known.
  if (
    effect === 'allow' &&
    subject === undefined &&
    action !== 'GetCallerIdentity' &&
    action !== 'client-secret'
  )
    contradicts('subject', 'is missing, and the call was allowed')
  if (effect !== 'allow' || !lendingActions.includes(action)) return
  for (const name of lentMembers)
    if (record[name] === undefined) contradicts(name, 'is missing, and credentials were handed out')
})

const lendingActions: readonly (string | undefined)[] = ['credentials', 'AssumeRoleWithWebIdentity']

/** Checks what claims to be a decision record. */
export function readRecord(value: unknown): Reading {
  const parsed = recordSchema.safeParse(value)
  if (parsed.success) return { record: parsed.data as DecisionRecord }
  const wrong = parsed.error.issues.map(({ path, message, code }) => {
    const isMissing = code !== 'custom' && !Object.hasOwn(value as object, path[0] ?? '')
    return `"${String(path[0])}" ${isMissing ? 'is missing' : message}`
  })
  return { wrong: wrong.join(', ') }
}
