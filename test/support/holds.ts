import fc from 'fast-check'
import { fuzzParameters } from './fuzz.ts'

/** Holds a property over arbitrary values, `times` the usual number of runs. A failure prints its seed. */
export async function holds<Values>(
  property: fc.IProperty<Values> | fc.IAsyncProperty<Values>,
  { times = 1 }: { readonly times?: number } = {},
): Promise<void> {
  const { numRuns = 100, ...others } = fuzzParameters()
  await fc.assert(property, { ...others, numRuns: Math.ceil(numRuns * times) } as fc.Parameters<Values>)
}
