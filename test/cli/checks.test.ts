import { expect, test } from 'vitest'
import { checksOf } from '../../cli/checks.ts'
import { type Outcome, type Reason, reasons } from '../../shared/reason.ts'

const ids = Object.keys(reasons) as Reason[]
/** These say that the event or Postern itself was at fault: no check of a token or a request failed. */
const ofNoCheck: readonly Outcome[] = [
  'routes_stale',
  'stage_unknown',
  'event_unknown',
  'event_invalid',
  'token_place_unreachable',
  'internal_error',
]
const failedOf = (reason: Outcome) => checksOf(reason, 'oidc').findIndex(({ result }) => result === 'failed')

test.each(ids.filter((id) => !ofNoCheck.includes(id)))('%s is the failure of one check', (id) => {
  expect(checksOf(id, 'oidc').filter(({ result }) => result === 'failed')).toHaveLength(1)
})

test.each(ofNoCheck)('%s leaves every check open', (id) => {
  expect(new Set(checksOf(id, 'oidc').map(({ result }) => result))).toEqual(new Set(['not_reached']))
})

test('every check can fail by some reason', () => {
  const failing = new Set(ids.map(failedOf).filter((at) => at >= 0))
  expect(failing.size).toBe(checksOf('granted', 'oidc').length)
})

test("the table of reasons lists the token's checks in this order", () => {
  const order = ids.slice(0, ids.indexOf('claim_unsafe')).map(failedOf)
  expect(order).toEqual([...order].sort((a, b) => a - b))
})

test('all passed for granted', () => {
  expect(checksOf('granted', 'cognito').every(({ result }) => result === 'ok')).toBe(true)
})
