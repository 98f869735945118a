import type { Outcome } from '../http.ts'
import { Refused } from '../refused.ts'

/** How Secrets Manager answers. */
export type SecretsMode =
  | 'up'
  /** The connection is reset. */
  | 'down'
  /** 400 `AccessDeniedException`, whatever the policies say. */
  | 'denied'
  /** Never answers. */
  | 'hang'
  /** 500 `InternalServiceError`. */
  | 'error'
  /** 400 `ThrottlingException`. */
  | 'throttle'
  /** 200, and not JSON. */
  | 'garbage'

/** The answer that a mode gives whatever was asked; `undefined` where the request is looked at. */
export function outcomeOfMode(mode: SecretsMode): Outcome | Refused | undefined {
  switch (mode) {
    case 'hang':
      return 'hang'
    case 'down':
      return 'reset'
    case 'garbage':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: 'Maintenance <now' }
    case 'denied':
      return new Refused(400, 'AccessDeniedException', 'not authorized to perform this on any resource')
    case 'error':
      return new Refused(500, 'InternalServiceError', 'An error occurred on the server side.')
    case 'throttle':
      return new Refused(400, 'ThrottlingException', 'Rate exceeded')
    default:
      return undefined
  }
}
