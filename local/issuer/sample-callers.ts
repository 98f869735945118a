import type {
  Access,
  ClaimName,
  Condition,
  Issuer,
  IssuerName,
  Rule,
  RuleIndex,
  Template,
} from '../../shared/access/access.ts'
import { claimValue } from '../../shared/access/claims.ts'
import { meets } from '../../shared/access/match.ts'
import { positionsIn } from '../../shared/access/roles-of.ts'
import type { JsonObject } from '../../shared/json.ts'
import type { ClaimSet } from './issuer.ts'
import { payloadOf } from './keys.ts'
import { essentialConditions, isEssential } from './sample-essentials.ts'
import { emptyClaims, otherValue, place, type SampleClaims, sampleValue } from './sample-values.ts'
import type { LocalIssuers } from './server.ts'

/** Somebody whom one trust rule lets have its role. */
export type SampleCaller = {
  /** `orders-reader@staff`, and `orders-reader@staff-2` for the second rule of the two. */
  readonly name: string
  readonly issuer: IssuerName
  readonly role: string
  /** What the rule asks for; the token holds what such an issuer adds, too. */
  readonly claims: JsonObject
} & Outcome

type Outcome =
  | { readonly token: string; readonly problem?: never }
  /** No token meets the rule, or none was found: the reason, as a clause. */
  | { readonly problem: string; readonly token?: never }

/** One caller for each trust rule, in the manifest's order, with a token its issuer signed just now. */
export async function sampleCallers(access: Access, issuers: LocalIssuers): Promise<SampleCaller[]> {
  const callers: SampleCaller[] = []
  const counts = new Map<string, number>()
  for (const { rule, issuer } of rulesOfIssuers(access)) {
    const role = access.roles[rule.role]?.name ?? ''
    const base = `${role}@${issuer.name}`
    const count = (counts.get(base) ?? 0) + 1
    counts.set(base, count)
    const claims = emptyClaims()
    const outcome = await callerOf(rule, issuer, issuers, claims, lentClaims(access, rule.role))
    callers.push({
      name: count === 1 ? base : `${base}-${count}`,
      issuer: issuer.name,
      role,
      claims,
      ...outcome,
    })
  }
  return callers
}

/** The same callers, each whose token ends within two minutes with a new one. */
export function withFreshTokens(
  callers: readonly SampleCaller[],
  issuers: LocalIssuers,
): Promise<readonly SampleCaller[]> {
  const soonSeconds = issuers.nowMs() / 1000 + 120
  return Promise.all(
    callers.map(async (caller) => {
      if (caller.token === undefined || Number(payloadOf(caller.token).exp) > soonSeconds) return caller
      return { ...caller, token: await issuers.sign(caller.issuer, caller.claims) }
    }),
  )
}

/** Fills in `claims` and has them signed. */
async function callerOf(
  rule: Rule,
  issuer: Issuer,
  issuers: LocalIssuers,
  claims: SampleClaims,
  lent: readonly ClaimName[],
): Promise<Outcome> {
  if (rule.expiresAt !== undefined && rule.expiresAt * 1000 <= issuers.nowMs())
    return { problem: `the rule expired at ${new Date(rule.expiresAt * 1000).toISOString()}` }
  const asked = [...issuer.require, ...rule.claims]
  const wanted = [...essentialConditions(issuer, [...asked, ...rule.not]), ...asked]
  const unmet = fillIn(claims, wanted, rule.not)
  if (unmet !== undefined)
    return { problem: `no value of the claim "${unmet}" meets everything the manifest asks of it` }

  let token = await issuers.sign(issuer.name, claims)
  const filledIn = rule.not.filter((one) => meets(payloadOf(token), one))
  if (filledIn.length > 0) {
    const without = avoid(claims, filledIn, rule.not)
    token = await issuers.sign(issuer.name, { ...claims, ...without })
  }
  const absent = lent.filter((claim) => claimValue(payloadOf(token), claim) === undefined)
  if (absent.length > 0) {
    fillIn(
      claims,
      absent.map((claim) => ({ claim, matcher: { present: true } })),
      rule.not,
    )
    token = await issuers.sign(issuer.name, claims)
  }
  const payload = payloadOf(token)
  const missed = wanted.find((one) => !meets(payload, one)) ?? rule.not.find((one) => meets(payload, one))
  return missed === undefined
    ? { token }
    : { problem: `the rule's conditions get in each other's way at the claim "${missed.claim.name}"` }
}

/** What sessions are made of that callers with the role may borrow: an issuer's tokens hold it, though no rule asks for it. */
function lentClaims({ roles }: Access, role: number): readonly ClaimName[] {
  const lent = (roles[role]?.lends ?? []).flatMap((at) => roles[at]?.credentials ?? [])
  const statements = lent.flatMap(({ scopes }) => Object.values(scopes ?? {}).flat())
  const conditions = statements.flatMap(({ conditions: all = {} }) =>
    Object.values(all).flatMap(Object.values),
  )
  const templates: readonly Template[] = [
    ...lent.flatMap(({ tags }) => tags.map(({ value }) => value)),
    ...statements.flatMap(({ resources }) => resources),
    ...conditions.flat(),
  ]
  return templates.flat().flatMap((piece) => (typeof piece === 'string' ? [] : piece.claim))
}

/** Returns the name of a claim that has no value to meet it all. */
function fillIn(
  claims: SampleClaims,
  wanted: readonly Condition[],
  not: readonly Condition[],
): string | undefined {
  for (const conditions of Map.groupBy(wanted, pathOf).values()) {
    const { claim } = conditions[0] as Condition
    const present = claimValue(claims, claim)
    // A pointer into this claim may have made it already.
    if (present !== undefined && conditions.every((one) => meets(claims, one))) continue
    const excluded = not.filter((one) => pathOf(one) === pathOf({ claim }))
    const value = sampleValue(conditions, excluded)
    if (value === undefined) return claim.name
    place(claims, claim.path, value)
  }
  return undefined
}

/**
 * What an issuer fills in by itself may be what `not` excludes. Such a claim gets another value;
 * one that may have none at all is returned, to be left out.
 */
function avoid(claims: SampleClaims, filledIn: readonly Condition[], not: readonly Condition[]): ClaimSet {
  const without: Record<string, undefined> = {}
  for (const condition of filledIn) {
    const { path } = condition.claim
    const other = otherValue(not.filter((one) => pathOf(one) === pathOf(condition)))
    if (other !== undefined) place(claims, path, other)
    else if (path[0] !== undefined && !isEssential(path[0])) without[path[0]] = undefined
  }
  return without
}

function pathOf({ claim }: Pick<Condition, 'claim'>): string {
  return JSON.stringify(claim.path)
}

/** A rule does not name its issuer: the index it stands in does. */
function rulesOfIssuers({ issuers, index, rules }: Access): { rule: Rule; issuer: Issuer }[] {
  const found = issuers.flatMap((issuer) => positions(index[issuer.name]).map((at) => ({ at, issuer })))
  return found.sort((a, b) => a.at - b.at).map(({ at, issuer }) => ({ rule: rules[at] as Rule, issuer }))
}

function positions(index: RuleIndex | undefined): number[] {
  const lists = index?.claims.flatMap((one) => [...Object.values(one.equals), ...Object.values(one.prefixes)])
  return [...new Set([...(lists ?? []).flatMap(positionsIn), ...(index?.scanned ?? [])])]
}
