import { PosternError } from '../error.ts'
import { clientSecretOf, newClientSecret } from './client-secret.ts'
import type { Kind } from './rotate.ts'
import type { Versions } from './versions.ts'

/**
 * A client's secret of 256 bits: what the broker accepts it reads by stages, so there is nobody to be told. While the
 * one before is still accepted there is no next one; taking its AWSPREVIOUS away ends that at once.
 */
export function clientKind(overlapSeconds: number, nowMs: () => number): Kind {
  return {
    check: (versions) => checkOverlap(versions, overlapSeconds, nowMs()),
    next: (current) => newClientSecret(current.text),
    test(pending) {
      clientSecretOf(pending.text)
    },
  }
}

/** Throws `rotation_too_soon`, with how to force it. */
export function checkOverlap(
  { current, previous, currentSinceMs, isDated }: Versions,
  overlapSeconds: number,
  nowMs: number,
): void {
  if (previous === undefined) return
  // RotateSecret is itself a change: of a current version that no rotation made only its making is sure.
  const sinceMs = isDated ? currentSinceMs : current.createdAtMs
  const leftSeconds = Math.ceil((sinceMs + overlapSeconds * 1000 - nowMs) / 1000)
  if (leftSeconds <= 0) return
  const message = `the version before is accepted for another ${leftSeconds} s; to end that now, take AWSPREVIOUS off it (docs/secrets.md)`
  throw new PosternError('rotation_too_soon', message, { leftSeconds })
}
