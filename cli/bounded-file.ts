import { createReadStream } from 'node:fs'
import { CommandError, exit, type Surroundings } from './command.ts'

export type BoundedFile = {
  /** As a message names it: "the event". */
  readonly what: string
  /** `-` for standard input. */
  readonly file: string
  readonly maxBytes: number
  readonly stdin: Surroundings['stdin']
}

/** The text of a small file, or of standard input. Throws a CommandError where it cannot be read, or is larger. */
export async function readBounded({ what, file, maxBytes, stdin }: BoundedFile): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of file === '-' ? stdin : createReadStream(file)) {
      const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      bytes += part.length
      if (bytes > maxBytes) break
      chunks.push(part)
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    const mend = `name a file that holds ${what}, or - for standard input`
    throw new CommandError(exit.unknown, `${what}'s file "${file}" cannot be read (${code})`, mend)
  }
  if (bytes > maxBytes) {
    const mend = `name the file that holds ${what} alone`
    throw new CommandError(exit.unknown, `${what}'s file has more than ${maxBytes} bytes`, mend)
  }
  return Buffer.concat(chunks).toString('utf8')
}
