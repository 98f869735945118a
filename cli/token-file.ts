import { createReadStream } from 'node:fs'
import { wrong } from './arguments.ts'
import { CommandError, exit, type Surroundings } from './command.ts'
import type { CommandSpec } from './help.ts'

/** A token has 8 KiB at most; a file far beyond that is some other file. */
export const maxTokenFileBytes = 64 * 1024

/** The token in a file, or on standard input for `-`, without white space at its end. */
export async function readToken(
  spec: CommandSpec,
  file: string,
  stdin: Surroundings['stdin'],
): Promise<string> {
  // The command line is open to every process of the machine, and this text would stand in an error message.
  if (looksLikeToken.test(file))
    throw wrong(spec, '--token takes a file, not the token itself; `--token -` reads it from standard input')
  try {
    return await readBounded(file === '-' ? stdin : createReadStream(file))
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    const mend = 'name a file that holds the token, or - for standard input'
    throw new CommandError(exit.unknown, `the token's file "${file}" cannot be read (${code})`, mend)
  }
}

const looksLikeToken = /^(bearer\s+)?[\w-]{8,}\.[\w-]{2,}\.[\w.-]*\s*$/i

async function readBounded(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    bytes += part.length
    if (bytes > maxTokenFileBytes)
      throw new CommandError(
        exit.unknown,
        `the token's file has more than ${maxTokenFileBytes} bytes; a token has 8192 at most`,
        'name the file that holds the token alone',
      )
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8').trimEnd()
}
