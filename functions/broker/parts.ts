import type { Identities } from '../../shared/state/identities.ts'
import type { Leases } from '../../shared/sts/leases.ts'
import type { Call } from './call.ts'
import type { Caller } from './caller.ts'
import type { OAuth } from './oauth.ts'

/** What the broker's protocols are made of; built once. */
export type Parts = {
  readonly identify: (call: Call, token: string) => Promise<Caller>
  readonly leases: Leases
  /** `undefined` without a table: then GetCallerIdentity knows no key. */
  readonly identities: Identities | undefined
  /** `undefined` where the manifest has no `tokens`. */
  readonly oauth: OAuth | undefined
  /** Epoch milliseconds. */
  readonly nowMs: () => number
}
