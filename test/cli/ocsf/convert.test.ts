import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommandError } from '../../../cli/command.ts'
import { convert } from '../../../cli/ocsf/convert.ts'
import { linesOf } from '../../../cli/ocsf/lines.ts'
import { recordLine, startRecord } from '../../../shared/audit/record.ts'
import { nowMs } from '../../support/token.ts'

const line = (id: string): string => recordLine(startRecord(id, 'api', nowMs))

async function* streamOf(chunks: Iterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
  yield* chunks
}
async function linesIn(
  chunks: Iterable<Uint8Array | string>,
  maxLength?: number,
): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const some of linesOf(streamOf(chunks), maxLength)) lines.push(...some)
  return lines
}
/** A text's bytes, in pieces of these sizes over and over. */
function* pieces(text: string, sizes: readonly number[]): Generator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}
/** Whether empty lines at the end are told does not matter. */
const withoutEnd = (lines: readonly string[]) => lines.join('\n').replace(/\n+$/, '')
const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })

describe('lines', () => {
  test('are the same however the bytes come, in the middle of a character too', async () => {
    const text = fc
      .array(fc.constantFrom('{"a":1}', '', '{', ' ', 'ä𝄞€', '}', '\t{ x', '\ufeff'))
      .map((all) => all.join('\n'))
    await fc.assert(
      fc.asyncProperty(text, sizes, async (log, cut) => {
        const lines = await linesIn(pieces(log, cut))
        const whole = lines.length === 1 && lines[0] === log
        if (whole) expect(() => log.includes('\n') && JSON.parse(log)).not.toThrow()
        else expect(withoutEnd(lines)).toEqual(withoutEnd(log.replace(/^\ufeff/, '').split('\n')))
      }),
    )
  })

  test('a document over several lines is one, however its bytes come', async () => {
    const document = `\n${JSON.stringify({ events: [{ message: line('ä𝄞') }] }, undefined, 2)}\n`
    await fc.assert(
      fc.asyncProperty(sizes, async (cut) => {
        expect(await linesIn(pieces(document, cut))).toEqual([document])
      }),
    )
  })

  test.each([
    ['a line', ['x'.repeat(6), 'x'.repeat(5)]],
    ['a document', ['{\n', 'x\n'.repeat(5)]],
  ])('%s of more than the limit is refused, one of the limit is read', async (_, chunks) => {
    await expect(linesIn(chunks, 10)).rejects.toThrow(CommandError)
    await expect(linesIn(chunks, 10)).rejects.toThrow(/more than 10 characters/)
    expect((await linesIn(chunks, 12)).join('\n')).toBe(chunks.join(''))
  })

  test('many lines of the limit are no long line', async () => {
    expect(await linesIn(Array(50).fill(`${'x'.repeat(8)}\n`), 10)).toHaveLength(50)
  })
})

describe('a log is converted as it comes', () => {
  test('what has come is written before more is read', async () => {
    const seen: string[] = []
    async function* followed(): AsyncGenerator<string> {
      for (const id of ['a', 'b', 'c']) {
        yield `${line(id)}\n`
        seen.push(`asked after ${id}`)
      }
    }
    const write = async (text: string) => {
      seen.push(JSON.parse(text).metadata.uid)
      return true
    }
    const counts = await convert(followed(), 'stdin', {}, { write, complain: fail })
    expect(seen).toEqual(['a', 'asked after a', 'b', 'asked after b', 'c', 'asked after c'])
    expect(counts).toEqual({ converted: 3, skipped: 0, malformed: 0 })
  })

  test('a reader that went away ends it, and the rest of an endless log is not read', async () => {
    let read = 0
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        read++
        yield `${line('a')}\n`
      }
    }
    await convert(endless(), 'stdin', {}, { write: async () => false, complain: fail })
    expect(read).toBe(1)
  })

  test('one chunk of many records is written in pieces', async () => {
    const written: number[] = []
    const write = async (text: string) => {
      written.push(text.length)
      return true
    }
    const events = Array.from({ length: 1000 }, (_, at) => ({ message: line(`${at}`) }))
    await convert(streamOf([JSON.stringify({ events })]), 'stdin', {}, { write, complain: fail })
    expect(written.length).toBeGreaterThan(5)
    expect(Math.max(...written)).toBeLessThan(80_000)
  })
})

function fail(text: string): never {
  throw new Error(text)
}
