import { writeFileSync } from 'node:fs'
import { CommandError, exit } from './command.ts'

/** Writes a file that the command line names. Throws a CommandError where it cannot. */
export function writeWhole(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    const mend = 'name a file in a folder that exists and may be written to'
    throw new CommandError(exit.unknown, `${file} cannot be written (${code})`, mend, { cause })
  }
}
