import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recordLine, startRecord } from '../../shared/audit/record.ts'
import { ocsfProblems } from '../support/ocsf.ts'
import { nowMs } from '../support/token.ts'
import { converted } from './converted.ts'
import { postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-ocsf-'))
const write = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
const one = recordLine({ ...startRecord('id-1', 'api', nowMs), reason: 'token_expired', durationMs: 1 })

describe('the ways in which a record comes', () => {
  const escaped = JSON.stringify(`${one}\n`)
  const event = `{"logStreamName":"s","timestamp":1,"message":${escaped},"eventId":"1"}`
  const noise = '{"timestamp":1,"message":"START RequestId: 1 Version: 1\\n"}'
  const stream = '2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef'
  const lambda = `2026-11-22T09:59:55.123Z\t8476a536-e9f4-11e8-9739-2dfe598c3fcd\tINFO\t${one}`

  test.each([
    ['as Lambda writes it', one],
    ['as Lambda’s text format writes it', lambda],
    ['without a request, in that format', lambda.replace(/\t[\w-]+\t/, '\tundefined\t')],
    ['as `aws logs tail` prints it', `2026-11-22T09:59:55.123000+00:00 ${stream} ${one}`],
    ['as its short format does', `2026-11-22T09:59:55 ${one}`],
    ['both', `2026-11-22T09:59:55 ${lambda}`],
    ['as an event', event],
    ['as an event in text format', event.replace(escaped, JSON.stringify(lambda))],
    ['as a document', `{"events":[${event}],"searchedLogStreams":[]}`],
    ['as a document over lines', JSON.stringify(JSON.parse(`{"events":[${event}]}`), undefined, 4)],
    [
      'as a document of a subscription',
      `{"messageType":"DATA_MESSAGE","owner":"123456789012","logEvents":[${event}]}`,
    ],
  ])('%s', async (_, line) => {
    for (const text of [line, `\n${line}\r\n`, `\ufeff${line}\n`]) {
      const { code, events, stderr } = await converted(text)
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: '1 record converted, 0 malformed; 0 other entries skipped\n',
      })
      expect(events[0]).toMatchObject({
        class_uid: 3002,
        status_code: 'token_expired',
        metadata: { uid: 'id-1' },
      })
      const account = line.includes('"owner"') ? { account: { uid: '123456789012', type_id: 10 } } : {}
      expect(events[0]?.cloud).toEqual({ provider: 'AWS', ...account })
    }
  })

  test('several to a document, with others between them', async () => {
    const { code, events, stderr } = await converted(
      `{"events":[${noise},${event},${noise},{},5,${event}]}\n`,
    )
    expect({ code, count: events.length }).toEqual({ code: 0, count: 2 })
    expect(stderr).toBe('2 records converted, 0 malformed; 4 other entries skipped\n')
  })

  test.each([
    'START RequestId: 8476a536-e9f4-11e8-9739-2dfe598c3fcd Version: $LATEST',
    'REPORT RequestId: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\tDuration: 1.23 ms',
    noise,
    '{"kind":"other"}',
    '{"message":5}',
    '[1]',
    'null',
    '{',
    `2026-11-22T09:59:55.123Z\tid\tINFO\tsomebody said ${one}`,
    `GET /?x=${one}`,
    `{"message":${JSON.stringify(`the path was ${one}`)}}`,
    `{"message":${JSON.stringify(`{"message":${escaped}}`)}}`,
    `{"path":${escaped}}`,
  ])('skipped, since it is none: %s', async (line) => {
    const { code, events, stderr } = await converted(`${one}\n${line}\n`)
    expect({ code, count: events.length }).toEqual({ code: 0, count: 1 })
    expect(stderr).toBe('1 record converted, 0 malformed; 1 other entry skipped\n')
  })

  test('a log that begins with a brace alone and is no document is read by lines', async () => {
    const { events, stderr } = await converted(`{\n${one}\n${one}\n`)
    expect(events).toHaveLength(2)
    expect(stderr).toBe('2 records converted, 0 malformed; 1 other entry skipped\n')
  })
})

describe('a line that claims to be a record and is none', () => {
  const fields = JSON.parse(one)
  test.each<[string, object | string]>([
    ['"timeMs" is missing', { ...fields, timeMs: undefined }],
    ['"timeMs" is not a number', { ...fields, timeMs: '2026' }],
    ['"timeMs" is not a whole number', { ...fields, timeMs: 1.5 }],
    ['"timeMs" is past every date', { ...fields, timeMs: 9e15 }],
    ['"decisionId" is empty', { ...fields, decisionId: '' }],
    ['"effect" is neither allow nor deny', { ...fields, effect: 'maybe' }],
    ['"reason" is no reason of this version', { ...fields, reason: '__proto__' }],
    ['"reason" contradicts "effect"', { ...fields, reason: 'granted' }],
    ['"subject" is missing, and the call was allowed', { ...fields, effect: 'allow', reason: 'granted' }],
    ['"subject" does not go with "issuer"', { ...fields, subject: 'anna' }],
    ['"sourceIp" is no IP address', { ...fields, sourceIp: 'test-invoke-source-ip' }],
    ['"tokenSha256" is no SHA-256 in base64url', { ...fields, tokenSha256: 'eyJhbGciOi.eyJ.x' }],
    ['"tokenRemembered" is neither 0 nor 1', { ...fields, tokenRemembered: 2 }],
    ['"api" is no type of API', { ...fields, api: 'soap' }],
    ['"app" is not a text, "durationMs" is not a number', { ...fields, app: 5, durationMs: null }],
    ['it is not JSON, as if it had been cut', one.slice(0, -20)],
  ])('%s', async (wrong, line) => {
    const text = typeof line === 'string' ? line : JSON.stringify(line)
    const file = write('records.log', `START\n${text}\n${one}\n`)
    const { code, stdout, stderr } = await postern(['ocsf', file])
    expect(code).toBe(1)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(ocsfProblems(JSON.parse(stdout))).toEqual([])
    expect(stderr).toBe(
      `${file}:2: this decision record is malformed: ${wrong}\n1 record converted, 1 malformed; 1 other entry skipped\n`,
    )
  })

  test('in a document it is named by its event', async () => {
    const broken = JSON.stringify({ message: '{"kind":"decision"}' })
    const { code, stderr } = await converted(`START\n{"events":[{"message":"x"},${broken}]}\n`)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^stdin:2, event 2: this decision record is malformed: "timeMs" is missing, /)
  })
})

describe('options and files', () => {
  test('--account and --region; what a subscription says of the account holds', async () => {
    const cloud = async (text: string) =>
      (await converted(text, '--account', '210987654321', '--region', 'eu-west-1')).events[0]?.cloud
    const account = { uid: '210987654321', type_id: 10 }
    expect(await cloud(one)).toEqual({ provider: 'AWS', region: 'eu-west-1', account })
    const document = { owner: '123456789012', logEvents: [{ message: one }] }
    expect(await cloud(JSON.stringify(document))).toMatchObject({ account: { uid: '123456789012' } })
    for (const [option, value] of [
      ['--account', '1234'],
      ['--region', 'EU West'],
    ] as const) {
      const { code, stderr } = await postern(['ocsf', '-', option, value])
      expect([code, stderr]).toEqual([2, expect.stringContaining(option)])
    }
  })

  test.each([
    ['/nowhere/records.log', /^postern: \/nowhere\/records\.log: there is no such file\n {2}mend: /],
    [folder, /^postern: \S+: it cannot be read \(EISDIR\)\n {2}mend: /],
  ])('%s cannot be read', async (file, message) => {
    const { code, stdout, stderr } = await postern(['ocsf', file])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('an empty log has no records', async () => {
    expect(await postern(['ocsf', '-'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '0 records converted, 0 malformed; 0 other entries skipped\n',
    })
  })
})
