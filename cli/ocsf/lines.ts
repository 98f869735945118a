import { CommandError, exit } from '../command.ts'

/** The longest line, which may be a whole document of events: one of 100 MB takes 650 MB of memory and 5 s. */
export const maxLineLength = 256 * 1024 * 1024

/**
 * The lines of a stream, as many at a time as have come. A document over several lines, which is what the AWS CLI
 * prints and which begins with a brace alone, is one line.
 */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array | string>,
  maxLength: number = maxLineLength,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder()
  let rest = ''
  let isDocument: boolean | undefined
  for await (const chunk of stream) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
    rest += text
    isDocument ??= beginsDocument(rest)
    if (isDocument === false && text.includes('\n')) {
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      yield lines
    }
    if (rest.length > maxLength) throw tooLong(maxLength)
  }
  rest += decoder.decode()
  if (rest !== '') yield isDocument && isJson(rest) ? [rest] : rest.split('\n')
}

/** `undefined` while that cannot be told. Looks at the beginning alone: a line may come in a thousand chunks. */
function beginsDocument(text: string): boolean | undefined {
  const begin = text.slice(0, 256).trimStart()
  if (begin === '') return text.length < 256 ? undefined : false
  const [, next] = /^\{[ \t\r]*(.|\n)?/.exec(begin) ?? ['', begin]
  return next === undefined ? undefined : next === '\n'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function tooLong(maxLength: number): CommandError {
  const message = `there is a line, or a document, of more than ${maxLength} characters`
  const mend = 'write one event a line, as `jq -c .events[]` does, or ask for a shorter time'
  return new CommandError(exit.unknown, message, mend)
}
