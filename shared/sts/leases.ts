import { digestOf } from './assume-role.ts'
import { isFresh, type Lease } from './lease.ts'
import { type MintDependencies, mint } from './mint.ts'
import type { Session } from './session.ts'

/** Leases of one execution environment; of 2 KB each. */
export const maxLeases = 1000

/** A lease, and whether it was held already (`held`), or asked of STS for this call or one beside it. */
export type Leased = { readonly lease: Lease; readonly held: boolean }

export type Leases = {
  /** Throws what `mint` throws; a failure is kept for nobody. */
  borrow(session: Session): Promise<Leased>
}

/**
 * Leases by the digest of the complete STS request: two calls share one only where STS would be told the same, and
 * what it is told follows from claims that were verified for each. One call of STS is in flight for a session.
 */
export function createLeases(dependencies: MintDependencies): Leases {
  const leases = new Map<string, Lease>()
  const flights = new Map<string, Promise<Lease>>()

  async function fly(session: Session, digest: string): Promise<Lease> {
    try {
      const lease = await mint(session, dependencies)
      makeRoom()
      leases.set(digest, lease)
      return lease
    } finally {
      flights.delete(digest)
    }
  }

  /** The oldest goes: it is the nearest to its end, most often. */
  function makeRoom(): void {
    for (const digest of leases.keys()) {
      if (leases.size < maxLeases) return
      leases.delete(digest)
    }
  }

  return {
    async borrow(session) {
      const digest = digestOf(session)
      const known = leases.get(digest)
      if (known !== undefined) {
        if (isFresh(known, dependencies.nowMs())) return { lease: known, held: true }
        leases.delete(digest)
      }
      const flight = flights.get(digest) ?? fly(session, digest)
      flights.set(digest, flight)
      return { lease: await flight, held: false }
    },
  }
}
