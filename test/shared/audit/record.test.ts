import { describe, expect, test } from 'vitest'
import {
  cut,
  type DecisionRecord,
  maxTextLength,
  recordLine,
  startRecord,
} from '../../../shared/audit/record.ts'

const record = (filled: Partial<DecisionRecord> = {}): DecisionRecord => ({
  ...startRecord('id-1', 'api', 5),
  ...filled,
})

test('a record starts as a deny by a fault of ours, so that what breaks off early is never an allow', () => {
  expect(startRecord('id-1', 'api', 5)).toEqual({
    kind: 'decision',
    timeMs: 5,
    decisionId: 'id-1',
    effect: 'deny',
    reason: 'internal_error',
    app: 'api',
    decisions: 1,
  })
})

describe('one record is one line', () => {
  test('a plain record is its JSON, and at its end what CloudWatch makes metrics by', () => {
    const plain = record({ path: '/orders/1', subject: 'anna', requestId: 'r' })
    const line = recordLine(plain)
    expect(line.startsWith('{"kind":"decision",')).toBe(true)
    expect(line.startsWith(`${JSON.stringify(plain).slice(0, -1)},"_aws":{`)).toBe(true)
    const { _aws, ...members } = JSON.parse(line)
    expect(members).toEqual(plain)
  })

  const dangerous = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter((c) =>
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/u.test(c),
  )
  const members = ['path', 'subject'] as const

  test('there is something to escape', () => expect(dangerous.length).toBeGreaterThan(75))

  test.each(members)(
    'no control, line separator or direction mark in "%s" reaches the line as itself',
    (member) => {
      for (const character of dangerous) {
        const text = `a${character}b`
        const line = recordLine(record({ [member]: text }))
        expect(line.includes(character), `U+${character.charCodeAt(0).toString(16)}`).toBe(false)
        expect(JSON.parse(line)[member]).toBe(text)
      }
    },
  )

  test('every one of several is escaped, in every member', () => {
    const text = '\u2028\u202e\u0085\u061c'
    const line = recordLine(record({ path: text, subject: text }))
    expect(line).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(line)).toMatchObject({ path: text, subject: text })
  })

  test('the characters beside the escaped ones stay as they are', () => {
    const text = '~\u00a0\u200d\u2010\u2027\u202f\u2065\u206a\ufefe'
    expect(recordLine(record({ path: text }))).toContain(text)
  })
})

describe('a text of a stranger is cut', () => {
  test('at the limit it stays whole', () =>
    expect(cut('x'.repeat(maxTextLength))).toBe('x'.repeat(maxTextLength)))

  test('past it, it ends in an ellipsis', () => {
    expect(cut('x'.repeat(maxTextLength + 1))).toBe(`${'x'.repeat(maxTextLength)}…`)
  })

  test('through a character of two units it still is a line of JSON', () => {
    const text = cut(`${'x'.repeat(maxTextLength - 1)}𝄞𝄞`)
    expect(JSON.parse(recordLine(record({ path: text }))).path).toBe(text)
  })
})
