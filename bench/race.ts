/** A contestant. `prepare` makes what one operation takes, unseen before, and is not timed. */
export type Lane<Input = unknown> = {
  readonly name: string
  readonly prepare: (i: number) => Input
  readonly run: (input: Input) => unknown
}

/** Lanes of different inputs stand in one list: what `prepare` made goes to the same lane's `run` alone. */
export function lane<Input>(
  name: string,
  prepare: (i: number) => Input,
  run: (input: Input) => unknown,
): Lane {
  return { name, prepare, run } as Lane
}

export type Result = {
  /** Median over the rounds of the mean of a batch. */
  readonly medianUs: number
  /** Median over the rounds of this lane's batch by the first lane's batch of the same round. */
  readonly ratio: number
}

/**
 * Times lanes side by side: in each round every lane handles the same batch of items, in turn, each round beginning
 * with another lane. The machine's noise then falls on all of them, and ratios hold where times do not. Batches are
 * made just before they are handled, as a function's runtime parses an event and then calls the handler: inputs made
 * long before would have left the processor's caches. The first quarter of the rounds warms up.
 */
export async function race(
  lanes: readonly Lane[],
  options: { readonly rounds: number; readonly batch: number },
): Promise<ReadonlyMap<string, Result>> {
  const times: number[][] = lanes.map(() => [])
  for (let round = 0; round < options.rounds; round++)
    for (let turn = 0; turn < lanes.length; turn++) {
      const at = (turn + round) % lanes.length
      const { prepare, run } = lanes[at] as Lane
      const inputs = Array.from({ length: options.batch }, (_, i) => prepare(round * options.batch + i))
      ;(times[at] as number[]).push(await timeBatch(run, inputs))
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

async function timeBatch(run: Lane['run'], inputs: readonly unknown[]): Promise<number> {
  const start = process.hrtime.bigint()
  for (const input of inputs) {
    const result = run(input)
    if (result instanceof Promise) await result
  }
  return Number(process.hrtime.bigint() - start) / inputs.length / 1000
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
