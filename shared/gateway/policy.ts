import { PosternError } from '../error.ts'
import type { MethodArn } from './arn.ts'
import type { Grants } from './grants.ts'
import { matchesResource } from './matches-resource.ts'
import { merge } from './merge.ts'
import { type Ground, groundOf, isWide, type Patterns, plan, type Reach } from './plan.ts'
import { reachableTree } from './reachable.ts'
import type { Api } from './resolve.ts'
import { type Effect, resourcesOf } from './resource.ts'
import { methods, type RouteNode } from './route.ts'
import { labelsFor, routeStates } from './route-states.ts'
import { crookedSpellings } from './spellings.ts'

export type Statement = {
  readonly Effect: Effect
  readonly Action: 'execute-api:Invoke'
  readonly Resource: readonly string[]
}
export type PolicyDocument = { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] }

/** R as the renderer needs it. `proven`: a routes file lists all that the API has, so nothing else is ever asked for. */
export type RouteTable = { readonly tree: RouteNode; readonly api: Api; readonly proven: boolean }

/** API Gateway's limit for one Resource, in characters (facts A7). */
export const maxResourceLength = 512

/** A policy without its ARN prefix: Resources below `arn:…:apiId/stage/`. */
export type Policy = {
  readonly allow: readonly string[]
  readonly deny: readonly string[]
  /** Whether it denies granted requests, since no pattern tells them from refused ones. */
  readonly narrowed: boolean
  /** Whether no document can hold it, so that it is not whole. */
  readonly tooMany: boolean
}

/**
 * The policy that covers a caller's whole grant and nothing else of R, as far as patterns can say it; what they
 * cannot is denied. Its verdicts do not depend on the request, since API Gateway caches it and holds other requests
 * against it (docs/cache-safe-policies.md). With the reach "routes" it leaves out the Denies of what no route of R
 * serves, which take longest to find. Throws `answer_too_large` for more routes than can be told apart.
 */
export function policyFor(table: RouteTable, grants: Grants, reach: Reach = 'everything'): Policy {
  return policyOf(plan(groundFor(table, grants), reach))
}

/** R as far as the caller's own patterns reach, and what of it is granted. */
export function groundFor(table: RouteTable, grants: Grants): Ground {
  return groundOn({ ...table, tree: reachableTree(table.tree, grants) }, grants)
}

/** A policy and its document are made one after the other, from one ground; it is too large to be kept for each. */
function groundOn({ tree, api }: RouteTable, grants: Grants): Ground {
  if (last?.grants === grants && last.tree === tree && last.api === api) return last.ground
  const ground = groundOf(routeStates(tree, api, labelsFor(tree, grants.own)), grants)
  last = { tree, api, grants, ground }
  return ground
}

let last: { tree: RouteNode; api: Api; grants: Grants; ground: Ground } | undefined

function policyOf({ allow, deny, narrowed, tooMany }: Patterns): Policy {
  const crooked = allow.some(isWide) ? crookedSpellings : []
  return {
    allow: allow.flatMap((one) => resourcesOf(one, 'Allow')),
    deny: [...deny.flatMap((one) => resourcesOf(one, 'Deny')), ...crooked],
    narrowed: narrowed.length > 0 && !tooMany,
    tooMany,
  }
}

/** What the policy says of a request; its path is canonical. */
export function permits({ allow, deny }: Policy, method: string, path: string): boolean {
  const request = method + path
  const takes = (resource: string): boolean => matchesResource(resource, request)
  return allow.some(takes) && !deny.some(takes)
}

/**
 * The document for an ARN prefix (`arn:…:apiId/stage`), in `maxBytes` of JSON. Where the whole policy does not fit,
 * patterns are merged at the cost of nothing but what no route serves, and of that only where the table is proven.
 * `least` is the policy with the reach "routes". Throws `answer_too_large` where merging does not do, and for a
 * Resource past API Gateway's limit.
 */
export function renderPolicy(
  prefix: string,
  table: RouteTable,
  grants: Grants,
  maxBytes: number,
  least: Policy = policyFor(table, grants, 'routes'),
): PolicyDocument {
  if (!least.tooMany && fits(documentOf(prefix, least), maxBytes)) {
    const policy = policyFor(table, grants)
    const whole = documentOf(prefix, policy)
    if (!policy.tooMany && fits(whole, maxBytes)) return whole
  }
  // Merged patterns reach further than the caller's own.
  const ground = groundOn(table, grants)
  const reach: Reach = table.proven ? 'routes' : 'everything'
  const room = { bytes: maxBytes - frameLength(prefix), prefixLength: prefix.length }
  const policy = least.tooMany ? least : policyOf(merge(ground, plan(ground, reach), reach, room))
  const merged = documentOf(prefix, policy)
  if (!policy.tooMany && fits(merged, maxBytes)) return merged
  throw new PosternError('answer_too_large', 'no policy for these routes fits into what API Gateway takes', {
    maxBytes,
    maxResourceLength,
  })
}

function fits(document: PolicyDocument, maxBytes: number): boolean {
  // Routes, ARNs and safe claims are ASCII.
  return (
    document.Statement.every(({ Resource }) => Resource.every(({ length }) => length <= maxResourceLength)) &&
    JSON.stringify(document).length <= maxBytes
  )
}

/** The length of a document whose patterns are all still to come: its frame and the crooked spellings. */
function frameLength(prefix: string): number {
  return JSON.stringify(documentOf(prefix, { allow: [''], deny: crookedSpellings })).length
}

/** A document of Resources below a prefix. */
export function documentOf(prefix: string, { allow, deny }: Pick<Policy, 'allow' | 'deny'>): PolicyDocument {
  if (allow.length === 0) return denyAll(prefix)
  const statement = (effect: Effect, resources: readonly string[]): Statement => ({
    Effect: effect,
    Action: 'execute-api:Invoke',
    Resource: resources.map((resource) => `${prefix}/${resource}`),
  })
  return {
    Version: '2012-10-17',
    Statement:
      deny.length === 0 ? [statement('Allow', allow)] : [statement('Allow', allow), statement('Deny', deny)],
  }
}

/** What the document says of a call. */
export function allows({ Statement }: PolicyDocument, arn: MethodArn): boolean {
  let allowed = false
  for (const { Effect, Resource } of Statement) {
    if (!Resource.some((resource) => matchesResource(resource, textOf(arn)))) continue
    if (Effect === 'Deny') return false
    allowed = true
  }
  return allowed
}

/**
 * The document without the Allows that take a call that was refused: one that no route of R serves, or that no Deny
 * can spell. It may refuse more than it must while it is cached, and takes nothing from the call's own text.
 */
export function refusing(document: PolicyDocument, arn: MethodArn): PolicyDocument {
  const [first, ...others] = document.Statement
  if (first?.Effect !== 'Allow') return document
  const Resource = first.Resource.filter((resource) => !matchesResource(resource, textOf(arn)))
  if (Resource.length === 0) return denyAll(arn.prefix)
  return { ...document, Statement: [{ ...first, Resource }, ...others] }
}

/**
 * Lets in one call, and those of the same method and as many segments: for an answer that is not cached, where no
 * policy can say more. Nothing of the call's text enters it.
 */
export function allowOnly({ prefix, method, path }: MethodArn): PolicyDocument {
  const known = methods.find((one) => one === method)
  if (known === undefined) return denyAll(prefix)
  return documentOf(prefix, { allow: [known + path.replace(/[^/]+/g, '?*')], deny: [] })
}

const textOf = ({ prefix, method, path }: MethodArn): string => `${prefix}/${method}${path}`

/** Refuses every request below a prefix: for a token that was refused, and for a caller without any grant. */
export function denyAll(prefix: string): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: [`${prefix}/*`] }],
  }
}
