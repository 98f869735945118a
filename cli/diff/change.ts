import type { Condition, IssuerName } from '../../shared/access/access.ts'
import { matcherText } from '../role-misses.ts'

/** `widened`: somebody may do what nobody, or not they, could do before, or may do it for longer. */
export type Effect = 'widened' | 'narrowed' | 'neutral'

/** Every kind of change: closed, stable, never localised, and each of one effect. */
export const kinds = {
  // What a rule's callers may call.
  routes_gained: 'widened',
  routes_lost: 'narrowed',
  expires_later: 'widened',
  expires_earlier: 'narrowed',
  public_gained: 'widened',
  public_lost: 'narrowed',
  // What they may borrow, and what sessions of a role that lends are like.
  loans_gained: 'widened',
  loans_lost: 'narrowed',
  credentials_widened: 'widened',
  credentials_narrowed: 'narrowed',
  credentials_changed: 'neutral',
  // Where it could not be told, since the routes cross in too many ways.
  routes_uncompared: 'widened',
  // Which tokens are taken.
  issuer_widened: 'widened',
  issuer_narrowed: 'narrowed',
  issuer_added: 'neutral',
  issuer_removed: 'neutral',
  issuer_renamed: 'neutral',
  // Which tokens are given.
  tokens_widened: 'widened',
  tokens_narrowed: 'narrowed',
  tokens_moved: 'neutral',
  // Apps, their settings, and what the root lets them hand out.
  app_added: 'widened',
  app_removed: 'narrowed',
  apis_added: 'widened',
  apis_removed: 'narrowed',
  bound_widened: 'widened',
  bound_narrowed: 'narrowed',
  setting_widened: 'widened',
  setting_narrowed: 'narrowed',
  setting_changed: 'neutral',
  // Names, of which backends may think something.
  role_added: 'neutral',
  role_removed: 'neutral',
  role_renamed: 'neutral',
  role_changed: 'neutral',
  role_given: 'neutral',
  role_taken: 'neutral',
} as const satisfies Record<string, Effect>

export type Kind = keyof typeof kinds

/** Who: the callers of an issuer whose claims meet these conditions, in words. */
export type RuleText = {
  readonly issuer: IssuerName
  readonly claims: Readonly<Record<string, string>>
  readonly not: Readonly<Record<string, string>>
  readonly expiresAt?: string
}

/** A route of a change as the manifest writes it; with an example where only a part of its requests changed. */
export type RoutePart = { readonly route: string; readonly example?: string }

export type Change = {
  readonly kind: Kind
  readonly effect: Effect
  readonly app?: string
  readonly role?: string
  readonly issuer?: IssuerName
  readonly rule?: RuleText
  readonly routes?: readonly string[]
  /** ARNs of AWS roles that are lent. */
  readonly awsRoles?: readonly string[]
  /** A request that is now decided otherwise. */
  readonly example?: string
  readonly message: string
}

export function change(kind: Kind, message: string, about: Omit<Change, 'kind' | 'effect' | 'message'> = {}) {
  return { kind, effect: kinds[kind], ...about, message } satisfies Change
}

/** The parts of a rule that say whom it trusts. */
export type Trust = {
  readonly issuer: IssuerName
  readonly claims: readonly Condition[]
  readonly not: readonly Condition[]
  readonly expiresAt?: number
}

export function ruleText({ issuer, claims, not, expiresAt }: Trust): RuleText {
  const texts = (conditions: readonly Condition[]) =>
    Object.fromEntries(conditions.map(({ claim, matcher }) => [claim.name, matcherText(matcher)]))
  const rule = { issuer, claims: texts(claims), not: texts(not) }
  return expiresAt === undefined ? rule : { ...rule, expiresAt: instantText(expiresAt) }
}

/** `callers of staff with cognito:groups "orders", not event_name "push", until 2027-03-31T00:00:00Z` */
export function whoText({ issuer, claims, not, expiresAt }: RuleText): string {
  const conditions = [
    ...Object.entries(claims).map(([claim, text]) => `${claim} ${text}`),
    ...Object.entries(not).map(([claim, text]) => `not ${claim} ${text}`),
  ]
  const who = conditions.length === 0 ? 'any caller' : 'callers'
  const which = conditions.length === 0 ? '' : ` with ${conditions.join(', ')}`
  return `${who} of ${issuer}${which}${expiresAt === undefined ? '' : ` until ${expiresAt}`}`
}

export function instantText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
}
