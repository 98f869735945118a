import { PosternError } from '../error.ts'
import type { MethodArn } from './arn.ts'
import { matchesResource, resourcePatterns } from './resource-pattern.ts'

export type Statement = {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: 'execute-api:Invoke'
  readonly Resource: readonly string[]
}
export type PolicyDocument = { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] }

/** API Gateway's limit for one Resource, in characters (facts A7). */
export const maxResourceLength = 512

/**
 * The document that covers a caller's whole grant, since API Gateway caches it and evaluates it for other requests.
 * `grants` are the route keys of the caller's roles; REST APIs have no `$default`, whose pattern is every route. Throws `answer_too_large` for a Resource past the limit.
 *
 * Not exact yet: `?*` crosses `/`, so `GET /orders/{id}` also covers `/orders/1/refunds` while the document is
 * cached. The verdict on the request at hand is always right; see `refusing`.
 */
export function renderPolicy(
  prefix: string,
  grants: readonly string[],
  api: 'rest' | 'http',
): PolicyDocument {
  const patterns = new Set<string>()
  for (const key of grants)
    if (api === 'http' || key !== 'ANY $default')
      for (const pattern of resourcePatterns(prefix, key)) patterns.add(pattern)
  for (const pattern of patterns)
    if (pattern.length > maxResourceLength)
      throw new PosternError('answer_too_large', 'a route is longer than API Gateway takes in a policy', {
        maxResourceLength,
      })
  return patterns.size === 0 ? denyAll(prefix) : document('Allow', [...patterns])
}

/**
 * The same document without the patterns that would let a refused request in. It may refuse more than it must
 * while it is cached, and takes nothing from the request's own text.
 */
export function refusing(policy: PolicyDocument, arn: MethodArn): PolicyDocument {
  const text = `${arn.prefix}/${arn.method}${arn.path}`
  const statement = policy.Statement[0]
  if (statement?.Effect !== 'Allow') return policy
  const kept = statement.Resource.filter((pattern) => !matchesResource(pattern, text))
  if (kept.length === statement.Resource.length) return policy
  return kept.length === 0 ? denyAll(arn.prefix) : document('Allow', kept)
}

/** Refuses every request of the stage: for a token that was refused, and for a caller without any grant. */
export function denyAll(prefix: string): PolicyDocument {
  return document('Deny', [`${prefix}/*`])
}

function document(effect: 'Allow' | 'Deny', resources: readonly string[]): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: resources }],
  }
}
