import { escapeControls } from '../../shared/audit/record.ts'
import type { Surroundings } from '../command.ts'
import type { Origin } from './common.ts'
import { ocsfEvent } from './event.ts'
import { linesOf } from './lines.ts'
import { entriesOf } from './unwrap.ts'

export type Counts = { converted: number; skipped: number; malformed: number }

/** The output is handed on in pieces of about that many characters, at the latest when the input pauses. */
const pieceLength = 64 * 1024

/**
 * Converts a log as it comes, one event a line, and holds no more of it than has come at a time (100 MB take 3 s and
 * 150 MB of memory), but for a line that is a whole document.
 */
export async function convert(
  input: Surroundings['stdin'],
  name: string,
  origin: Origin,
  { write, complain }: Pick<Surroundings, 'write' | 'complain'>,
): Promise<Counts> {
  const counts: Counts = { converted: 0, skipped: 0, malformed: 0 }
  let output = ''
  let lineNumber = 0
  for await (const lines of linesOf(input)) {
    for (const line of lines) {
      lineNumber++
      if (line.trim() === '') continue
      for (const { reading, event, account } of entriesOf(line)) {
        if (reading === undefined) counts.skipped++
        else if ('wrong' in reading) {
          counts.malformed++
          const place = `${name}:${lineNumber}${event === undefined ? '' : `, event ${event}`}`
          complain(`${place}: this decision record is malformed: ${reading.wrong}\n`)
        } else {
          counts.converted++
          const from = { ...origin, account: account ?? origin.account }
          output += `${escapeControls(JSON.stringify(ocsfEvent(reading.record, from)))}\n`
        }
        if (output.length < pieceLength) continue
        if (!(await write(output))) return counts
        output = ''
      }
    }
    if (output !== '' && !(await write(output))) return counts
    output = ''
  }
  return counts
}
