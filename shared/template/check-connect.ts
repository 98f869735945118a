import type { LoadedPart } from '../manifest/part.ts'
import { guardOf } from './guard-of.ts'
import type { Findings, Wiring } from './wiring.ts'

/** WebSocket APIs and the manifest speak of each other: a handshake that no role lists, and a role's that is not there. */
export function checkConnect(
  { manifest, source }: LoadedPart,
  wiring: Wiring,
  only: string | undefined,
  { warnings }: Findings,
): void {
  const connects = wiring.apis.filter(({ type }) => type === 'websocket').flatMap(({ routes }) => routes)
  const roles = Object.entries(manifest.roles ?? {})
  const granting = roles.filter(([, { routes = [] }]) => routes.includes(connect))
  const guard = guardOf(wiring, only)
  if (granting.length === 0 && !manifest.api?.public?.includes(connect))
    for (const route of connects) {
      if (!['postern', 'unseen'].includes(guard(route))) continue
      const message = `Postern guards "${connect}", and no role lists it: nobody can connect`
      warnings.push(route.problem('route_ungranted', message, `list "${connect}" in a role of the manifest`))
    }
  if (connects.length > 0) return
  for (const [name, { routes = [] }] of granting) {
    const path = ['roles', name, 'routes', routes.indexOf(connect)]
    const message = `the role lists "${connect}", and the template has no WebSocket API: there is nothing to connect to`
    const mend = 'take it out, or hold the template that declares the WebSocket API against the manifest too'
    warnings.push(source.problem('route_unreachable', path, message, mend))
  }
}

const connect = '$connect'
