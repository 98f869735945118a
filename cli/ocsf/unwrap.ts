import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts'
import { type Reading, readRecord } from './record.ts'

/** One entry of a log: a record, a broken one, or (`undefined`) something else that was logged. */
export type Entry = {
  readonly reading: Reading | undefined
  /** Its position in a document of several, from 1. */
  readonly event?: number
  /** The account whose log group it is from, where the document says so. */
  readonly account?: string
}

/**
 * The entries of a line: the line itself; the message of a CloudWatch event; or the messages of a whole document of
 * them, `{"events": …}` of `aws logs filter-log-events` or `{"logEvents": …}` of a subscription.
 */
export function* entriesOf(line: string): Generator<Entry> {
  const value = parse(line)
  const events =
    isJsonObject(value) && value.kind !== 'decision' ? (value.events ?? value.logEvents) : undefined
  if (!Array.isArray(events)) {
    yield { reading: readEntry(line, value) }
    return
  }
  const { owner } = value as JsonObject
  const account = typeof owner === 'string' && /^\d{12}$/.test(owner) ? { account: owner } : {}
  for (const [at, event] of events.entries()) yield { reading: readEvent(event), event: at + 1, ...account }
}

function readEntry(line: string, value: Json | undefined): Reading | undefined {
  if (isJsonObject(value)) return value.kind === 'decision' ? readRecord(value) : readEvent(value)
  if (value === undefined && line.replace(prefix, '').startsWith('{"kind":"decision"'))
    return { wrong: 'it is not JSON, as if it had been cut' }
  return undefined
}

function readEvent(event: Json): Reading | undefined {
  if (!isJsonObject(event) || typeof event.message !== 'string') return undefined
  const { message } = event
  const value = parse(message)
  if (isJsonObject(value) && value.kind !== 'decision') return undefined
  return readEntry(message, value)
}

/** The JSON object that a line is, without what `aws logs tail` and Lambda's text format write before it. */
function parse(line: string): Json | undefined {
  const text = line.replace(prefix, '').trim()
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Only these: text that somebody else chose may hold a record in the middle of another line, to have it believed.
const prefix =
  /^\s*(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)? (?:\S+ )?)?(?:\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]+\t[A-Z]+\t)?(?=\{)/
