import type { DecisionRecord } from '../../shared/audit/record.ts'
import type { Answer } from './call.ts'

/**
 * What a step must come to. `reason` is that of the record, else the one the caller is told, else `-`: the gateway
 * answers by itself where a token is missing or a cached policy decides. `record` is its effect, `none` without one.
 */
export type Expected = {
  readonly status: number
  readonly reason: string
  readonly record: 'allow' | 'deny' | 'none'
}

export type Step = {
  readonly title: string
  readonly expect: Expected
  readonly call: () => Promise<Answer>
  /** What else must hold afterwards; a sentence where it does not. */
  readonly also?: () => string | undefined
}

export type Played = {
  readonly step: Step
  readonly observed: Expected
  readonly problems: readonly string[]
}

/** Plays one step and holds what came of it against what is expected. `records` is filled as records come in. */
export async function play(step: Step, records: DecisionRecord[]): Promise<Played> {
  records.length = 0
  const answer = await step.call()
  const observed = observe(answer, records)
  const problems = (['status', 'reason', 'record'] as const)
    .filter((what) => observed[what] !== step.expect[what])
    .map((what) => `expected ${what} ${step.expect[what]}, got ${observed[what]}`)
  if (records.length > 1) problems.push(`expected one record, got ${records.length}`)
  const more = step.also?.()
  if (more !== undefined) problems.push(more)
  return { step, observed, problems }
}

function observe(answer: Answer, records: readonly DecisionRecord[]): Expected {
  const record = records[0]
  const told = typeof answer.body.reason === 'string' ? answer.body.reason : '-'
  return { status: answer.status, reason: record?.reason ?? told, record: record?.effect ?? 'none' }
}

/** One line a step: what was done, what came of it, and what should have. */
export function describe({ step, observed, problems }: Played): string {
  const { status, reason, record } = observed
  const by = record === 'none' ? 'no record' : record
  const line = `${problems.length === 0 ? ' ok ' : 'FAIL'}  ${status} ${reason.padEnd(22)} ${by.padEnd(9)}  ${step.title}`
  return [line, ...problems.map((problem) => `      ${problem}`)].join('\n')
}
