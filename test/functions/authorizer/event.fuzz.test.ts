import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reasons } from '../../../shared/reason.ts'
import { expectNoToken, expectShape, lets } from '../../support/answers.ts'
import { attackAccess, partnerUrl, withResponse } from '../../support/attacks.ts'
import { standOf } from '../../support/calls.ts'
import { type Form, forms } from '../../support/events.ts'
import { holds } from '../../support/holds.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter } from '../../support/token.ts'

const key = makeKey('Ed25519', 'k1')
const token = minter(key, 'EdDSA', baseClaims(partnerUrl))()
const forged = minter(makeKey('Ed25519', 'k1'), 'EdDSA', baseClaims(partnerUrl))()
const access = attackAccess({ partner: [key] })

type Tree = { [member: string]: unknown }
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null

/** Every place in an event, as a path of members. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (!isTree(value)) return [path]
  return [path, ...Object.keys(value).flatMap((member) => places(value[member], [...path, member]))]
}

/** A copy with what stands at a place replaced; `undefined` takes it away. */
function replaced(value: unknown, [member, ...rest]: readonly string[], by: unknown): unknown {
  if (member === undefined) return by
  const copy: Tree = Array.isArray(value) ? ([...value] as unknown as Tree) : { ...(value as Tree) }
  const inner = replaced(copy[member], rest, by)
  if (inner === undefined) delete copy[member]
  else copy[member] = inner
  return copy
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    'TOKEN',
    'REQUEST',
    '1.0',
    '2.0',
    2,
    true,
    [],
    {},
    [null],
    token,
    forged,
    `Bearer ${token}`,
    [token, forged],
    { authorization: token },
    '*',
    'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*/GET/orders',
    'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders/1',
    'x'.repeat(2000),
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const mutated = (form: Form) => {
  const event = form.event(`Bearer ${token}`)
  const one = fc.tuple(fc.constantFrom(...places(event)), odd)
  return fc.array(one, { minLength: 1, maxLength: 3 }).map((changes) =>
    changes.reduce<unknown>((changed, [path, by]) => {
      try {
        return replaced(changed, path, by)
      } catch {
        return changed
      }
    }, event),
  )
}

/** The whole of what an event may do: an answer of the right shape, or an error that is a reason; one record, one line. */
async function sane(form: Form, event: unknown): Promise<void> {
  const outcome = await standOf(withResponse(access, form.response)).call(event)
  const { record, thrown, answer } = outcome
  expect(['granted', ...Object.keys(reasons)]).toContain(record.reason)
  expect(record.reason).not.toBe('internal_error')
  expectNoToken(outcome, token)
  expectNoToken(outcome, forged)
  if (thrown) expect(['Unauthorized', record.reason]).toContain(thrown.message)
  else expectShape({ response: responseOf(record.api, answer) }, answer)
  const { methodArn, routeArn, version } = isTree(event) ? event : {}
  const arn = version === '2.0' ? routeArn : methodArn
  if (typeof arn === 'string') expect(lets(outcome, arn)).toBe(record.effect === 'allow')
  if (record.effect !== 'allow') return
  expect(record).toMatchObject({ reason: 'granted', subject: 'bot-1' })
  expect(record.method).toBe(methodOf(record.api))
  expect(JSON.stringify(event)).toContain(token)
}

const methodOf = (api: unknown) =>
  api === 'rest' || api === 'http' ? 'GET' : api === 'websocket' ? '' : undefined

function responseOf(api: unknown, answer: object | undefined): Form['response'] {
  if (api === 'appsync') return 'fields'
  return 'isAuthorized' in (answer ?? {}) ? 'simple' : 'policy'
}

describe.each(forms)('arbitrary events, by $name', (form) => {
  test('good ones with anything anywhere', () =>
    holds(
      fc.asyncProperty(mutated(form), (event) => sane(form, event)),
      { times: 3 },
    ))

  test('any value at all', () =>
    holds(fc.asyncProperty(fc.oneof(odd, fc.anything()), (event) => sane(form, event))))
})
