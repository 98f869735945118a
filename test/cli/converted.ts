import { postern } from './run.ts'

// biome-ignore lint/suspicious/noExplicitAny: an event is whatever the command makes of a record
export type Event = Record<string, any>

export type Converted = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly events: readonly Event[]
}

/** What `postern ocsf -` makes of a log. */
export async function converted(log: string, ...options: readonly string[]): Promise<Converted> {
  const run = await postern(['ocsf', '-', ...options], { input: log })
  const lines = run.stdout.split('\n').filter((line) => line !== '')
  return { ...run, events: lines.map((line): Event => JSON.parse(line)) }
}
