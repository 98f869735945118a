import type { ApiRoute } from './api.ts'
import { isLambdaAuthorizer } from './authorizer.ts'
import type { Wiring } from './wiring.ts'

/**
 * What stands in front of a route. `unseen`: a Lambda authorizer that the template does not show, which is taken for
 * Postern's as any other is, unless `only` names the one that is.
 */
export type Guard = 'nothing' | 'postern' | 'unseen' | 'other'

export function guardOf({ authorizers }: Wiring, only: string | undefined): (route: ApiRoute) => Guard {
  const lambda = new Set(authorizers.filter(isLambdaAuthorizer).map(({ logicalId }) => logicalId))
  return ({ authorization, authorizer }) => {
    if (authorization === 'NONE') return 'nothing'
    if (authorization !== 'CUSTOM') return 'other'
    if (only !== undefined && authorizer?.name !== only) return 'other'
    if (authorizer?.here === true) return lambda.has(authorizer.name) ? 'postern' : 'other'
    return authorizer === undefined ? 'postern' : 'unseen'
  }
}
