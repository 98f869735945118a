import { deflateRawSync } from 'node:zlib'
import { Refused } from '../refused.ts'

/** What a session carries along, and STS packs. */
export type Packed = {
  readonly policyText: string | undefined
  readonly policyArns: readonly string[]
  readonly tags: ReadonlyMap<string, string>
}

/**
 * The percentage of the space that a session's policies and tags take; `undefined` where it has none. How STS packs is
 * not published, so this is a stand-in: the deflated text against a budget. It grows with what is passed and is the
 * same each time, and says nothing of the percentage that AWS would answer.
 */
export function packedPercent(
  { policyText, policyArns, tags }: Packed,
  budgetBytes: number,
): number | undefined {
  if (policyText === undefined && policyArns.length === 0 && tags.size === 0) return undefined
  const text = JSON.stringify([policyText ?? '', ...policyArns, ...tags])
  const percent = Math.ceil((deflateRawSync(text).length * 100) / budgetBytes)
  if (percent > 100)
    throw new Refused(
      400,
      'PackedPolicyTooLarge',
      `Packed size of session tags consumes ${percent}% of allotted space.`,
    )
  return percent
}
