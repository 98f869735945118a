import { wrong } from './arguments.ts'
import { readBounded } from './bounded-file.ts'
import type { Surroundings } from './command.ts'
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
  return (await readBounded({ what: 'the token', file, maxBytes: maxTokenFileBytes, stdin })).trimEnd()
}

export const looksLikeToken = /^(bearer\s+)?[\w-]{8,}\.[\w-]{2,}\.[\w.-]*\s*$/i
