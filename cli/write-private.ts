import { randomUUID } from 'node:crypto'
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError, exit } from './command.ts'

/**
 * Writes a file that its owner alone may read, from its first byte: a new one beside the place, which it then takes
 * in one step. So a file that stood there, and was open to others, keeps neither its mode nor its readers. Throws a
 * CommandError where it cannot, and where the place is a link or anything else than a file.
 */
export function writePrivate(file: string, text: string): void {
  const partial = `${file}.${randomUUID()}`
  try {
    const present = lstatSync(file, { throwIfNoEntry: false })
    if (present?.isSymbolicLink()) throw refused(file, 'is a symbolic link')
    if (present && !present.isFile()) throw refused(file, 'is there and is not a file')
    // `wx`: what somebody else laid there, a link even, is neither followed nor overwritten.
    writeFileSync(partial, text, { flag: 'wx', mode: 0o600, flush: true })
    renameSync(partial, file)
  } catch (cause) {
    discard(partial)
    if (cause instanceof CommandError) throw cause
    throw refused(
      file,
      `cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      cause,
    )
  }
}

function discard(partial: string): void {
  try {
    rmSync(partial, { force: true })
  } catch {
    // Where it could not be made, it cannot be looked for either; why is said already.
  }
}

function refused(file: string, why: string, cause?: unknown): CommandError {
  const mend = 'name a file of your own, in a folder that exists and may be written to'
  return new CommandError(exit.unknown, `${file} ${why}`, mend, { cause })
}
