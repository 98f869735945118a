import { readFile } from 'node:fs/promises'

/** The fenced blocks of one language in a Markdown file, in order, with the line each begins at. */
export async function blocks(
  file: string,
  language: string,
): Promise<readonly { line: number; text: string }[]> {
  const found: { line: number; text: string }[] = []
  let open: { line: number; lines: string[] } | undefined
  for (const [at, line] of (await readFile(file, 'utf8')).split('\n').entries()) {
    if (!open && line.startsWith('```'))
      open = { line: line === `\`\`\`${language}` ? at + 1 : -1, lines: [] }
    else if (open && line === '```') {
      if (open.line !== -1) found.push({ line: open.line, text: open.lines.join('\n') })
      open = undefined
    } else open?.lines.push(line)
  }
  return found
}
