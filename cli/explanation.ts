import type { Request } from '../shared/access/decide.ts'
import type { Facts } from '../shared/error.ts'
import type { Outcome } from '../shared/reason.ts'
import type { Tag } from '../shared/sts/session.ts'
import type { Check } from './checks.ts'
import type { RoleMiss } from './role-misses.ts'

/**
 * What `postern explain --json` prints; its keys are stable. Holds no token and, of the claims, the subject and those
 * that stand in a session.
 */
export type Explanation = {
  readonly effect: 'allow' | 'deny'
  readonly reason: Outcome
  /** The failed check in words, and what it expected. */
  readonly message?: string
  readonly facts?: Facts
  /** What the fetch of keys ran into. */
  readonly cause?: string
  readonly means: string
  readonly mend: string
  readonly checks: readonly Check[]
  /** Which issuer the token was held against, once that check passed. */
  readonly issuer?: string
  /** Known once every check of the token has passed. */
  readonly caller?: { readonly issuer: string; readonly subject: string; readonly roles: readonly string[] }
  readonly rolesMissed: readonly RoleMiss[]
  /** Absent where no request could be read out of the event. */
  readonly request?: Request
  /** The app it is for. */
  readonly app?: string
  /** The route of R that the request resolves to, whoever calls; absent where that is none or one of several. */
  readonly route?: string
  /** Whether several routes could be meant, whose order AWS does not document. */
  readonly severalRoutes?: true
  /** Whether the manifest lists that route under `api.public`: no authorizer belongs in front of it. */
  readonly public?: true
  /** The roles that list the route; of what is borrowed, those whose callers may. */
  readonly grantedBy: readonly string[]
  /** What is to be borrowed, in place of a request. */
  readonly borrow?: Borrow
  /** What the role lends, whoever asks: its own AWS role and those of the roles that it includes. */
  readonly lends?: readonly Loan[]
  /** The session that the broker would ask of STS. */
  readonly session?: PlannedSession
}

export type Borrow = {
  /** A role's name, or the ARN of an AWS role. */
  readonly role: string
  readonly scopes?: readonly string[]
  readonly durationSeconds?: number
}

export type Loan = {
  readonly role: string
  readonly awsRole: string
  /** `null`: the AWS role is lent unnarrowed. */
  readonly scopes: readonly string[] | null
}

/** Whose end, or which length, a session's length comes from. */
export type Bound = 'asked' | 'durationSeconds' | 'maxDurationSeconds' | 'trust' | 'token'

export type PlannedSession = {
  readonly awsRole: string
  readonly name: string
  readonly sourceIdentity: string
  readonly seconds: number
  readonly boundedBy: Bound
  readonly tags: readonly Tag[]
  readonly policyArns: readonly string[]
  /** The session policy; absent where the AWS role is lent unnarrowed. */
  readonly policy?: object
  readonly externalId?: string
}

/** How it came out, as far as the code that decided says so. */
export type Verdict = Pick<Explanation, 'effect' | 'reason' | 'message' | 'facts' | 'cause'>
