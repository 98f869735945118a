import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reasonsPage } from '../../cli/docs.ts'
import { reasonTexts } from '../../cli/reason-text.ts'
import { type Reason, reasons } from '../../shared/reason.ts'

const page = reasonsPage()
const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '))
    .map((cells) => [cells[0]?.slice(1, -1), cells] as const),
)

test('docs/reasons.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/reasons.md'), 'utf8')).toBe(page)
})

test('every reason has one row of ten cells', () => {
  expect([...rows.keys()]).toEqual(Object.keys(reasons))
  for (const cells of rows.values()) expect(cells).toHaveLength(10)
})

test.each([
  [
    'token_expired',
    ['caller', 'yes', '401', '403, a deny', '401', 'ExpiredTokenException', 'invalid_request'],
  ],
  ['key_unknown', ['caller', 'no', '401', '500', '401', 'InvalidIdentityToken', 'invalid_request']],
  [
    'claim_unsafe',
    ['caller', 'yes', '403, a deny', '403, a deny', '403', 'IDPRejectedClaim', 'invalid_request'],
  ],
  [
    'route_not_granted',
    ['caller', 'yes', '403, a deny', '403, a deny', '403', 'AccessDenied', 'access_denied'],
  ],
  ['keys_stale', ['ours', 'no', '500', '500', '503', 'IDPCommunicationError', 'temporarily_unavailable']],
])('%s has the answers of facts A5 and the wire codes of B3', (reason, cells) => {
  expect(rows.get(reason)?.slice(1, 8)).toEqual(cells)
})

test('a text says what it means and what to do, in sentences of one line', () => {
  for (const [reason, { means, mend }] of Object.entries(reasonTexts)) {
    expect(means, reason).toMatch(/^[A-Z].*\.$/)
    expect(mend, reason).toMatch(/^[A-Z].*\.$/)
    expect(means, reason).not.toBe(mend)
  }
})

test('the table of texts is closed: no text for a reason that is not there', () => {
  const ids = new Set<string>(Object.keys(reasons) as Reason[])
  expect(Object.keys(reasonTexts).filter((id) => !ids.has(id))).toEqual(['granted'])
})
