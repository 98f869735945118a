import type { Problem } from '../manifest/problem.ts'
import type { ApiRoute } from './api.ts'
import { Properties } from './properties.ts'
import { refersTo } from './rest-routes.ts'
import { readGuard } from './route-authorizer.ts'
import { fileRoute } from './route-text.ts'
import type { Part, Template } from './template.ts'

/**
 * The `$connect` of WebSocket APIs, by the API's logical id. No other route can have an authorizer: what is connected
 * may send (facts A1).
 */
export function readConnectRoutes(
  template: Template,
  apis: readonly Part[],
  problems: Problem[],
): ReadonlyMap<string, readonly ApiRoute[]> {
  const properties = new Properties(template, problems)
  const routes = template.parts('AWS::ApiGatewayV2::Route')
  return new Map(
    apis.map((api) => {
      const own = routes.filter((part) => refersTo(part, 'ApiId', api.logicalId))
      const connects = own.filter((part) => properties.text(part, 'RouteKey') === connect)
      const read = connects.flatMap((part) => {
        const guard = readGuard(part, 'websocket', properties, template, problems)
        return guard === undefined ? [] : [connectRoute(part, guard, problems)]
      })
      return [api.logicalId, (connects.length === 0 ? [openToAll(api, problems)] : read).flat()]
    }),
  )
}

const connect = '$connect'

function connectRoute(
  part: Part,
  guard: Pick<ApiRoute, 'authorization' | 'authorizer'>,
  problems: Problem[],
): readonly ApiRoute[] {
  const route = fileRoute(part, 'websocket', connect, problems)
  const { logicalId: resource, problem } = part
  return route === undefined ? [] : [{ ...route, ...guard, resource, isMock: false, problem }]
}

/** Without the route API Gateway lets everybody connect. */
function openToAll(api: Part, problems: Problem[]): readonly ApiRoute[] {
  const noGuard = { authorization: 'NONE', authorizer: undefined } as const
  return connectRoute(api, noGuard, problems).map((route) => ({
    ...route,
    problem: (code, message, mend) => api.problem(code, `${message} (the API has no such route)`, mend),
  }))
}
