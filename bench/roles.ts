import { createLab, eventOf, eventText } from './lab.ts'
import { bundleOf, firstRepositoryId, type Handler, handlerOf } from './manifest.ts'
import { type Lane, lane, type Result, race } from './race.ts'
import { type Row, ratioRow, type Section, type Size, us } from './row.ts'

const roleCounts = [10, 100, 1000, 10_000] as const
const repeatedLimitUs = 10
const ratioLimit = 1.3
const rounds: Readonly<Record<Size, number>> = { quick: 100, full: 500 }
const firstSeenBatch = 10
const repeatedBatch = 20

/** Decisions with ever more roles in the manifest: of a repeated token, and of ones first seen. */
export async function roleCountSection(size: Size, folder: string): Promise<Section> {
  const lab = createLab()
  const handlers: Handler[] = []
  for (const count of roleCounts) handlers.push(await handlerOf(await bundleOf(lab, count, folder)))
  const repeatedEvent = eventText(lab.token('RS256', firstRepositoryId + 5))
  const tokens = Array.from({ length: rounds[size] * firstSeenBatch }, () =>
    lab.token('RS256', firstRepositoryId + 5),
  )
  const lanes = (prepare: (i: number) => unknown): readonly Lane[] =>
    handlers.map((handler, at) => lane(String(roleCounts[at]), prepare, handler))
  const repeated = await race(
    lanes(() => JSON.parse(repeatedEvent)),
    { rounds: rounds[size], batch: repeatedBatch },
  )
  const first = await race(
    lanes((i) => eventOf(tokens[i] as string)),
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
