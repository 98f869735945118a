import type { Parameters } from 'fast-check'
import { numberVariable, variable } from '../../shared/config.ts'

/** Runs and seed of a property test; fast-check prints the seed and the shrunk case of a run that fails. */
export function fuzzParameters(): Parameters<unknown> {
  const numRuns = numberVariable('POSTERN_FUZZ_RUNS', 100, 1, 1_000_000)
  if (variable('POSTERN_FUZZ_SEED') === undefined) return { numRuns }
  return { numRuns, seed: numberVariable('POSTERN_FUZZ_SEED', 0, -(2 ** 31), 2 ** 31 - 1) }
}
