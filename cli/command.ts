import type { CommandSpec } from './help.ts'

/** What every command ends with; scripts rely on it. */
export const exit = { ok: 0, no: 1, usage: 2, unknown: 3 } as const
export type ExitCode = (typeof exit)[keyof typeof exit]

/** What a command ends with: the result for standard output, complaints for standard error. */
export type Ending = {
  /** One of `exit`, but where a command ran another program: then it is that one's. */
  readonly exitCode: number
  readonly stdout?: string
  readonly stderr?: string
}

/** Where a command reads and how it may write. */
export type Surroundings = {
  readonly nowMs: () => number
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly paint: Paint
  /** Writes what is too long to be held until the end. Resolves when more may come; to `false` if nobody reads it. */
  readonly write: (text: string) => Promise<boolean>
  /** Standard error, at once. */
  readonly complain: (text: string) => void
}

/** Colours a word where standard output is a terminal that wants colours, and leaves it alone elsewhere. */
export type Paint = (color: 'green' | 'red' | 'dim' | 'bold', text: string) => string

export type Command = {
  readonly spec: CommandSpec
  readonly run: (args: readonly string[], surroundings: Surroundings) => Ending | Promise<Ending>
}

/** A command that cannot give its answer: `usage` for a wrong call, `unknown` where it could not be found out. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode
  readonly mend: string

  constructor(exitCode: ExitCode, message: string, mend: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.mend = mend
  }
}
