import type { WebSocketApi } from './model.ts'
import { isRecord } from './resources.ts'

/** A message cannot pass itself off as the opening or the end of a connection. */
const reserved = new Set(['$connect', '$disconnect', '$default'])

/**
 * The route a message takes: the one its own member names, else `$default`, which an API need not have. A member that is
 * no text names none ([U]).
 */
export function messageRouteKey(api: WebSocketApi, message: string): string {
  const named = api.selection.reduce<unknown>(
    (value, name) => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    parsed(message),
  )
  return typeof named === 'string' && !reserved.has(named) && api.routes.has(named) ? named : '$default'
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}
