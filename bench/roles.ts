import { createLab, eventOf } from './lab.ts'
import { bundleOf, firstRepositoryId, handlerOf } from './manifest.ts'
import { type Result, race } from './race.ts'
import { type Row, ratioRow, type Section, type Size, us } from './row.ts'

const roleCounts = [10, 100, 1000, 10_000] as const
const repeatedLimitUs = 10
const ratioLimit = 1.3
const rounds: Readonly<Record<Size, number>> = { quick: 80, full: 400 }
const firstSeenBatch = 10
const repeatedBatch = 200

/** Decisions with ever more roles in the manifest: of a repeated token, and of ones first seen. */
export async function roleCountSection(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const handlers = []
  for (const count of roleCounts) handlers.push(await handlerOf(await bundleOf(lab, count, folder)))
  const known = eventOf(lab.token('RS256', firstRepositoryId + 5))
  const fresh = Array.from({ length: rounds[size] * firstSeenBatch }, () =>
    eventOf(lab.token('RS256', firstRepositoryId + 5)),
  )
  const repeated = await race(
    handlers.map((handler, at) => ({ name: String(roleCounts[at]), run: () => handler(known) })),
    { rounds: rounds[size], batch: repeatedBatch },
  )
  const first = await race(
    handlers.map((handler, at) => ({ name: String(roleCounts[at]), run: (i: number) => handler(fresh[i]) })),
    { rounds: rounds[size], batch: firstSeenBatch },
  )
  return {
    title: 'A repeated token, and ever more roles',
    note: 'Whole decisions, record included. Each role trusts by two equalities and a pattern; the caller has one. RS256.',
    rows: [repeatedRow(repeated), ...growth('repeated', repeated), ...growth('first seen', first)],
  }
}

function repeatedRow(results: ReadonlyMap<string, Result>): Row {
  const median = results.get('10')?.medianUs ?? Number.NaN
  return {
    what: 'a repeated token, 10 roles',
    value: us(median),
    limit: us(repeatedLimitUs),
    within: median < repeatedLimitUs,
  }
}

function growth(token: string, results: ReadonlyMap<string, Result>): readonly Row[] {
  return [...results].map(([count, { medianUs, ratio }]) =>
    ratioRow(
      `${token}, ${count} roles`,
      us(medianUs),
      ratio,
      '10 roles',
      count === '10' ? undefined : ratioLimit,
    ),
  )
}
