import { expect, test } from 'vitest'
import { checksOf } from '../../cli/checks.ts'
import { isOfBroker, type Outcome, type Reason, reasons } from '../../shared/reason.ts'
import { authorizerReasons } from '../support/answers.ts'

const ids = authorizerReasons
/** These say that the event was at fault: no check of a token or a request failed. */
const ofEvents: readonly Outcome[] = [
  'routes_stale',
  'stage_unknown',
  'event_unknown',
  'event_invalid',
  'app_unknown',
  'token_place_unreachable',
]
const failedOf = (reason: Outcome) =>
  checksOf(reason, 'oidc', 'event').findIndex(({ result }) => result === 'failed')

test.each(ids.filter((id) => id !== 'internal_error'))('%s is the failure of one check', (id) => {
  expect(checksOf(id, 'oidc', 'event').filter(({ result }) => result === 'failed')).toHaveLength(1)
})

test('a fault in Postern itself leaves every check open', () => {
  const results = checksOf('internal_error', 'oidc', 'event').map(({ result }) => result)
  expect(new Set(results)).toEqual(new Set(['not_reached']))
})

test.each(ofEvents)('%s is the failure of a check that a token alone is not put to', (id) => {
  const tokens = checksOf('granted', 'oidc', 'request').map((check) => check.id)
  expect(tokens).not.toContain(checksOf(id, 'oidc', 'event')[failedOf(id)]?.id)
  expect(tokens.length + 5).toBe(checksOf('granted', 'oidc', 'event').length)
})

test('every check can fail by some reason', () => {
  const failing = new Set(ids.map(failedOf).filter((at) => at >= 0))
  expect(failing.size).toBe(checksOf('granted', 'oidc', 'event').length)
})

test("the table of reasons lists the token's checks in this order", () => {
  const order = ids.slice(0, ids.indexOf('claim_unsafe')).map(failedOf)
  expect(order).toEqual([...order].sort((a, b) => a - b))
})

test('all passed for granted', () => {
  expect(checksOf('granted', 'cognito', 'request').every(({ result }) => result === 'ok')).toBe(true)
})

test('every check of a role can fail by some reason, and no reason of the broker is one of a request', () => {
  const all = Object.keys(reasons) as Reason[]
  const failing = (kind: 'role' | 'request') =>
    all.map((id) => checksOf(id, 'oidc', kind).find(({ result }) => result === 'failed')?.id)
  const ids = checksOf('granted', 'oidc', 'role').map(({ id }) => id)
  expect(ids.filter((id) => !failing('role').includes(id) && !failing('request').includes(id))).toEqual([])
  expect(failing('request').filter((id, at) => isOfBroker(all[at] as Reason) && id !== undefined)).toEqual([])
})
