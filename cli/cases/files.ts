import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError, exit } from '../command.ts'

const isCasesFile = (name: string): boolean => /\.(ya?ml|json)$/i.test(name)

/** The file itself, or every file of cases in the folder and those below it, in an order that is always the same. */
export function casesFiles(place: string): readonly string[] {
  const kinds = 'files of cases end in .yml, .yaml or .json'
  try {
    if (!statSync(place).isDirectory()) {
      if (isCasesFile(place)) return [place]
      throw new CommandError(exit.unknown, `${place}: this is not a file of cases`, kinds)
    }
    const files = [...walk(place)].sort()
    if (files.length === 0)
      throw new CommandError(exit.unknown, `${place}: there are no cases in this folder`, kinds)
    return files
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    const why = code === 'ENOENT' ? 'there is no such file or folder' : `it cannot be read (${code})`
    const mend = 'check the path; it is relative to the folder you are in'
    throw new CommandError(exit.unknown, `${place}: ${why}`, mend, { cause })
  }
}

/** Hidden folders and installed packages hold nobody's cases. Links to folders are not followed: they could go round. */
function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    if (entry.isDirectory()) yield* walk(path)
    else if (isCasesFile(entry.name)) yield path
  }
}
