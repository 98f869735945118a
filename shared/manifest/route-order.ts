import { type Method, methods, type Route } from '../gateway/route.ts'
import { segmentsOf } from './route-index.ts'

export type Api = 'rest' | 'http'

/**
 * Whether a request that two routes take is certainly `a`'s and not `b`'s, as far as these two go: the order of
 * shared/gateway/resolve.ts (facts A9), for templates. Only for routes that have a request in common.
 */
export function comesBefore(a: Route, b: Route, api: Api): boolean {
  if (a.path === '$default' || b.path === '$default') return a.path !== '$default'
  const [one, other] = [shapeOf(a.path), shapeOf(b.path)]
  // Of one shape and with a request in common, they are one path.
  if (one === other) return a.method !== 'ANY' && b.method === 'ANY'
  if (api === 'rest') return one < other
  if (one.endsWith('2') !== other.endsWith('2')) return other.endsWith('2')
  if (a.method === 'ANY' && b.method !== 'ANY') return false
  return [...one].every((kind, at) => kind <= (other[at] ?? '2'))
}

/** A digit a segment, the narrower the smaller: 0 for a literal, 1 for `{x}`, 2 for `{proxy+}`. */
function shapeOf(path: string): string {
  return segmentsOf(path)
    .map((segment) => (segment.endsWith('+}') ? '2' : segment.startsWith('{') ? '1' : '0'))
    .join('')
}

/** Whether every path that `inner` takes is one that `outer` takes. */
export function within(inner: string, outer: string): boolean {
  if (outer === '$default' || inner === '$default') return outer === '$default'
  const [some, all] = [segmentsOf(inner), segmentsOf(outer)]
  for (let at = 0; at < some.length || at < all.length; at++) {
    const [one, other] = [some[at], all[at]]
    if (one === undefined || other === undefined) return false
    if (other.endsWith('+}')) return true
    if (one.endsWith('+}')) return false
    if (!other.startsWith('{') && one !== other) return false
  }
  return true
}

/** The methods a route takes: ANY, those without a route of their own on its path (facts A9). */
export function methodsOf(route: Route, hasRoute: (method: Method) => boolean): readonly Method[] {
  if (route.method !== 'ANY') return [route.method]
  return route.path === '$default' ? methods : methods.filter((method) => !hasRoute(method))
}
