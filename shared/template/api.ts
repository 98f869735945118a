import type { Problem } from '../manifest/problem.ts'
import type { FileRoute } from '../manifest/referenced-files.ts'

/** A REST or HTTP API of a template. Routes are sorted by path; those of one path stay in the template's order. */
export type Api = {
  readonly type: 'rest' | 'http'
  readonly logicalId: string
  readonly routes: readonly ApiRoute[]
}

/** A route, and what stands in front of it. `resource` is the logical id of its Method, Route or quick-created Api. */
export type ApiRoute = FileRoute & {
  readonly resource: string
  readonly authorization: Authorization
  readonly authorizer: RouteAuthorizer | undefined
  /** API Gateway answers by itself. HTTP APIs have no such integration. */
  readonly isMock: boolean
  problem(code: Problem['code'], message: string, mend: string): Problem
}

export type Authorization = 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'COGNITO_USER_POOLS' | 'JWT'

/** The logical id of an authorizer of the template; or, where it is not `here`, what the route says of it. */
export type RouteAuthorizer = { readonly name: string; readonly here: boolean }

/** By path and not by its parameters' names, in an order that no locale changes. */
export function sortRoutes(routes: readonly ApiRoute[]): readonly ApiRoute[] {
  const pathOf = ({ key }: ApiRoute): string => key.slice(key.indexOf(' ') + 1)
  return [...routes].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : pathOf(a) > pathOf(b) ? 1 : 0))
}
