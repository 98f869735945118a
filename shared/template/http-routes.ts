import type { Problem } from '../manifest/problem.ts'
import type { ApiRoute } from './api.ts'
import { Properties } from './properties.ts'
import { refersTo } from './rest-routes.ts'
import { readGuard } from './route-authorizer.ts'
import { fileRoute } from './route-text.ts'
import type { Part, Template } from './template.ts'

export const httpApiType = 'AWS::ApiGatewayV2::Api'

/** The routes of the APIs `httpApis`. Those of WebSocket APIs are passed over, those of an API elsewhere reported. */
export function readHttpRoutes(
  template: Template,
  httpApis: readonly Part[],
  problems: Problem[],
  only?: string,
): ReadonlyMap<string, readonly ApiRoute[]> {
  const properties = new Properties(template, problems)
  const routes = new Map<string, ApiRoute[]>(httpApis.map(({ logicalId }) => [logicalId, []]))
  for (const api of httpApis) {
    const route = quickCreated(api, template, problems)
    if (route !== undefined) routes.get(api.logicalId)?.push(route)
  }
  for (const part of template.parts('AWS::ApiGatewayV2::Route')) {
    if (only !== undefined && !refersTo(part, 'ApiId', only)) continue
    const api = properties.referred(part, 'ApiId', [httpApiType])?.part
    const found = api && routes.get(api.logicalId)
    if (found === undefined) continue
    const key = properties.text(part, 'RouteKey')
    const guard = readGuard(part, 'http', properties, template, problems)
    const route = key === undefined ? undefined : fileRoute(part, 'http', upperCase(key), problems)
    if (!guard || !route) continue
    found.push({ ...route, ...guard, resource: part.logicalId, isMock: false, problem: part.problem })
  }
  return routes
}

/** `get /orders` -> `GET /orders`. */
function upperCase(routeKey: string): string {
  return routeKey.replace(/^[A-Za-z]+(?= )/, (method) => method.toUpperCase())
}

/**
 * The one route of a quick-created API: `RouteKey`, `$default` where it is left out, to `Target`. It has no authorizer
 * but what AWS::ApiGatewayV2::ApiGatewayManagedOverrides lays over it.
 */
function quickCreated(api: Part, template: Template, problems: Problem[]): ApiRoute | undefined {
  const isSet = (property: string): boolean => api.value(property).kind !== 'absent'
  if (!isSet('Target') && !isSet('RouteKey')) return undefined
  const key = isSet('RouteKey') ? new Properties(template, problems).text(api, 'RouteKey') : '$default'
  const route = key === undefined ? undefined : fileRoute(api, 'http', upperCase(key), problems)
  const overrides = template
    .parts('AWS::ApiGatewayV2::ApiGatewayManagedOverrides')
    .find((part) => refersTo(part, 'ApiId', api.logicalId))
  const managed = overrides?.value('Route')
  const part = overrides?.within(managed?.kind === 'plain' ? managed.value : undefined) ?? api
  const guard = readGuard(part, 'http', new Properties(template, problems), template, problems)
  if (!route || !guard) return undefined
  return { ...route, ...guard, resource: part.logicalId, isMock: false, problem: part.problem }
}
