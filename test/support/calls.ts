import { createAuthorizer } from '../../functions/authorizer/authorize.ts'
import type { Answer } from '../../functions/authorizer/render.ts'
import type { Access } from '../../shared/access/access.ts'
import type { JsonObject } from '../../shared/json.ts'
import { nowMs } from './token.ts'

/** What came of one invocation: the answer or what was thrown, and the one line it left behind. */
export type Outcome = {
  readonly answer: Answer | undefined
  readonly thrown: Error | undefined
  readonly line: string
  readonly record: Readonly<Record<string, unknown>>
}

export type Stand = {
  readonly call: (event: unknown) => Promise<Outcome>
  /** Addresses that were fetched, in order. */
  readonly fetched: readonly string[]
  clock: { nowMs: number }
}

export type Fetch = (url: string) => Promise<JsonObject>

const offline: Fetch = async (url) => {
  throw new Error(`nothing may be fetched here: ${url}`)
}

/** A real authorizer with a clock of the test's and every fetch counted. */
export function standOf(access: Access, fetchJson: Fetch = offline): Stand {
  const lines: string[] = []
  const fetched: string[] = []
  const clock = { nowMs }
  const authorizer = createAuthorizer(access, {
    nowMs: () => clock.nowMs,
    emit: (line) => lines.push(line),
    fetchJson(url) {
      fetched.push(url)
      return fetchJson(url)
    },
  })
  async function call(event: unknown): Promise<Outcome> {
    const before = lines.length
    let answer: Answer | undefined
    let thrown: Error | undefined
    try {
      answer = await authorizer(event)
    } catch (error) {
      thrown = error as Error
    }
    if (lines.length !== before + 1) throw new Error(`${lines.length - before} records for one invocation`)
    const line = lines[before] as string
    return { answer, thrown, line, record: JSON.parse(line) }
  }
  return { call, fetched, clock }
}
