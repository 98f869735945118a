/** A contestant: one operation on item `i`, which no lane has seen before. */
export type Lane = { readonly name: string; readonly run: (i: number) => unknown }

export type Result = {
  /** Median over the rounds of the mean of a batch. */
  readonly medianUs: number
  /** Median over the rounds of this lane's batch by the first lane's batch of the same round. */
  readonly ratio: number
}

/**
 * Times lanes side by side: in each round every lane handles the same batch of items, in turn and each round beginning with
 * another lane. The machine's noise then falls on all of them, and ratios hold where times do not. The first
 * quarter of the rounds warms up.
 */
export async function race(
  lanes: readonly Lane[],
  options: { readonly rounds: number; readonly batch: number },
): Promise<ReadonlyMap<string, Result>> {
  const times: number[][] = lanes.map(() => [])
  for (let round = 0; round < options.rounds; round++)
    for (let turn = 0; turn < lanes.length; turn++) {
      const at = (turn + round) % lanes.length
      const us = await timeBatch((lanes[at] as Lane).run, round * options.batch, options.batch)
      ;(times[at] as number[]).push(us)
    }
  const warm = times.map((lane) => lane.slice(Math.floor(options.rounds / 4)))
  const first = warm[0] as number[]
  return new Map(
    lanes.map(({ name }, at) => {
      const lane = warm[at] as number[]
      return [name, { medianUs: median(lane), ratio: median(lane.map((us, i) => us / (first[i] as number))) }]
    }),
  )
}

async function timeBatch(run: Lane['run'], from: number, count: number): Promise<number> {
  const start = process.hrtime.bigint()
  for (let i = from; i < from + count; i++) {
    const result = run(i)
    if (result instanceof Promise) await result
  }
  return Number(process.hrtime.bigint() - start) / count / 1000
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
