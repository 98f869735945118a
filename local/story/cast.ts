import type { App, Role } from '../../shared/access/access.ts'
import { ownRoutesOf } from '../../shared/access/own-routes.ts'
import { parseRoute, type RouteNode, routeKey } from '../../shared/gateway/route.ts'
import type { SampleCaller } from '../issuer/sample-callers.ts'
import type { World } from '../world.ts'

export type Actor = SampleCaller & {
  readonly token: string
  /** The app whose API the caller calls. */
  readonly app: App
  readonly grants: readonly string[]
  /** Whether the caller may open a WebSocket. */
  readonly connects: boolean
}

/** Who plays: every sample caller with a token and a route, what each may call, and one route it may not. */
export function cast(world: World): readonly Actor[] {
  const routes = new Map(world.access.apps.map((app) => [app, guardedRoutes(world, app)]))
  return world.callers.flatMap((caller) => {
    const role = world.access.roles.find(({ name }) => name === caller.role)
    const app = world.access.apps.find(({ of }) => of === undefined || of.includes(role?.app ?? ''))
    if (role === undefined || app === undefined || caller.token === undefined) return []
    const whole = (routes.get(app) ?? []).filter((route) => grantedBy(role, route))
    const grants = [...whole, ...ownRoutes(role, caller)]
    const connects = role.routes.includes('ANY $connect')
    return grants.length === 0 ? [] : [{ ...caller, token: caller.token, app, grants, connects }]
  })
}

/** A route that an actor's role does not grant, in the order of the routes file; `undefined` if it may do all. */
export function refusedRoute(world: World, actor: Actor): string | undefined {
  return guardedRoutes(world, actor.app).find(
    (route) => !route.startsWith('ANY ') && !actor.grants.some((grant) => keyOf(grant) === keyOf(route)),
  )
}

/** The routes of R behind the authorizer, those of one path together. */
export function guardedRoutes(world: World, app: App): readonly string[] {
  const routes = [...walk(app.routes.rest)]
  return routes.filter((route) => route !== '$default' && !world.isPublic(app, route))
}

function grantedBy(role: Role, route: string): boolean {
  const key = keyOf(route)
  return role.routes.includes(key) || role.routes.includes(key.replace(/^\S+/, 'ANY'))
}

/** `GET /users/{claims.sub}` with the value of the sample's token in its place. */
function ownRoutes(role: Role, { token }: SampleCaller): readonly string[] {
  const payload = token?.split('.')[1]
  if (payload === undefined) return []
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return ownRoutesOf([role], claims).routes.map(({ key, values }) => {
    const [method, path = ''] = key.split(' ')
    const segments = path.split('/').map((segment, at) => {
      const own = values.find((one) => one.at === at - 1)?.value
      return own ?? (segment === '{+}' ? '{rest+}' : segment === '{}' ? '{any}' : segment)
    })
    return `${method} ${segments.join('/')}`
  })
}

function keyOf(route: string): string {
  const parsed = parseRoute(route)
  if (typeof parsed === 'string') throw new Error(parsed)
  return routeKey(parsed)
}

function* walk(node: RouteNode): Generator<string> {
  yield* Object.values(node.methods ?? {})
  yield* Object.values(node.greedy ?? {})
  for (const child of Object.values(node.literals ?? {})) yield* walk(child)
  if (node.parameter) yield* walk(node.parameter)
}
