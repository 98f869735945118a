import type { ApiType } from '../gateway/route.ts'
import type { Problem } from '../manifest/problem.ts'
import type { FileRoute } from '../manifest/referenced-files.ts'

/** An API of a template. Routes are sorted by path; those of one path stay in the template's order. */
export type Api = {
  readonly type: ApiType
  readonly logicalId: string
  /** Of a WebSocket API `$connect` alone; of an AppSync API the fields of its operations. */
  readonly routes: readonly ApiRoute[]
  /** Fields of the other types of an AppSync API, which a routes file may list too. */
  readonly otherFields: readonly FileRoute[]
  /** How much of its routes a routes file has: `some` where the template does not show them all. */
  readonly listed: 'all' | 'some' | 'none'
}

/** A route, and what stands in front of it. `resource` is the logical id of what declares it. */
export type ApiRoute = FileRoute & {
  readonly resource: string
  readonly authorization: Authorization
  readonly authorizer: RouteAuthorizer | undefined
  /** API Gateway answers by itself. REST APIs alone have such integrations. */
  readonly isMock: boolean
  problem(code: Problem['code'], message: string, mend: string): Problem
}

/** As CloudFormation has it. A Lambda authorizer is CUSTOM, AppSync's too. */
export type Authorization =
  | 'NONE'
  | 'AWS_IAM'
  | 'CUSTOM'
  | 'COGNITO_USER_POOLS'
  | 'JWT'
  | 'API_KEY'
  | 'AMAZON_COGNITO_USER_POOLS'
  | 'OPENID_CONNECT'
  | 'AWS_LAMBDA'

/** The logical id of an authorizer of the template; or, where it is not `here`, what the route says of it. */
export type RouteAuthorizer = { readonly name: string; readonly here: boolean }

/** By path and not by its parameters' names, in an order that no locale changes. */
export function sortRoutes(routes: readonly ApiRoute[]): readonly ApiRoute[] {
  const pathOf = ({ key }: ApiRoute): string => key.slice(key.indexOf(' ') + 1)
  return [...routes].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : 0))
}
