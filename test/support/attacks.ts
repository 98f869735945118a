import { describe, expect, test } from 'vitest'
import type { Access, KeySource } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import type { Reason } from '../../shared/reason.ts'
import { accessOf, withApp } from './access.ts'
import { expectAllowed, expectRefused } from './answers.ts'
import { type Stand, standOf } from './calls.ts'
import { type Form, forms, restRequest } from './events.ts'
import { expectExplained } from './explained.ts'
import { everyAlgorithm, type TestKey } from './keys.ts'

/** A token to refuse, by name and reason. */
export type Attack = readonly [name: string, reason: Reason, token: string]
/** A token to accept, by name. */
export type Control = readonly [name: string, token: string]

export const partnerUrl = 'https://id.partner.example'
export const otherUrl = 'https://id.other.example'
export const staffUrl = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab12Cd34E'
export const peopleUrl = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Zz98Yy76X'
export const loginsUrl = 'https://login.example/tenant/'

const algorithms = `[${everyAlgorithm.join(', ')}]`
const manifest = `
version: 1
issuers:
  partner: { type: oidc, issuer: ${partnerUrl}, audience: [orders, billing], algorithms: ${algorithms} }
  other: { type: oidc, issuer: ${otherUrl}, audience: [orders], algorithms: [RS256, ES256] }
  staff: { type: cognito, userPoolId: eu-west-1_Ab12Cd34E, clientIds: [3n4b5c6d7e] }
  people: { type: cognito, userPoolId: eu-west-1_Zz98Yy76X, clientIds: [3n4b5c6d7e], tokenUse: id }
  logins: { type: oidc, issuer: ${loginsUrl}, audience: [orders], tokenUse: id }
roles:
  reader:
    description: Read orders
    owner: team-orders@example.com
    trust:
      - { issuer: partner, anySubject: true }
      - { issuer: other, anySubject: true }
      - { issuer: staff, anySubject: true }
      - { issuer: people, anySubject: true }
      - { issuer: logins, anySubject: true }
    routes: [GET /orders, 'GET /orders/{id}', $connect, Query.orders]
`

/** The issuers above with these keys, pinned, so that any request is one too many. */
export function attackAccess(keys: Readonly<Record<string, readonly (Json | TestKey)[]>>): Access {
  const access = accessOf(manifest)
  return withKeys(access, (name) => ({ jwks: { keys: (keys[name] ?? []).map(publicHalf) } }))
}

/** Compiled access with other sources of keys. */
export function withKeys(access: Access, keysOf: (issuer: string) => KeySource): Access {
  return { ...access, issuers: access.issuers.map((issuer) => ({ ...issuer, keys: keysOf(issuer.name) })) }
}

/** As an app must be set for a form of event. AppSync's has no setting of its own, and needs fields. */
export function withResponse(access: Access, response: Form['response']): Access {
  if (response === 'fields') return withApp(access, { fields: ['Query.orders', 'Mutation.cancel'] })
  return withApp(access, { response })
}

export type Class = {
  readonly attacks: readonly Attack[]
  readonly controls: readonly Control[]
  /** Whole values of the header, without the scheme that `attacks` get. */
  readonly values?: readonly Attack[]
}

/** A class of attacks that was not run here, but handed over. */
export type HandedOver = { readonly name: string; readonly access: Access; readonly class: Class }

let taken: HandedOver[] | undefined

/** From here on classes of attacks are handed over in place of being run, to whoever holds another verifier against them. */
export function takeAttacks(): readonly HandedOver[] {
  taken = []
  return taken
}

/**
 * One class of attacks through every event form. The controls are accepted before and after, by the same authorizer,
 * so that neither refusing everything nor what it remembers of an attack can pass.
 */
export function attackClass(name: string, access: Access, one: Class): void {
  if (taken !== undefined) taken.push({ name, access, class: one })
  else runClass(name, access, one)
}

function runClass(name: string, access: Access, { attacks, controls, values = [] }: Class): void {
  const whole = attacks.map(([variant, reason, token]): Attack => [variant, reason, `Bearer ${token}`])
  describe.each(forms)(`${name}, by $name`, (form) => {
    const stand = standOf(withResponse(access, form.response))
    test.each(controls)('control, accepted: %s', (_, token) => accepted(form, stand, token))
    test.each([...whole, ...values])('%s: %s', (_, reason, value) => refused(form, stand, reason, value))
    test.each(controls)('control, still accepted: %s', (_, token) => accepted(form, stand, token))
  })
  describe(`${name}, explained`, () => {
    test.each([...whole, ...values])('%s: %s', (_, reason, value) =>
      expectExplained(access, restRequest.event(value), reason, value),
    )
  })
}

async function accepted(form: Form, stand: Stand, token: string): Promise<void> {
  expectAllowed(form, await stand.call(form.event(`Bearer ${token}`)), token)
  expect(stand.fetched).toEqual([])
}

async function refused(form: Form, stand: Stand, reason: Reason, value: string): Promise<void> {
  expect(reason).not.toBe('internal_error')
  expectRefused(form, await stand.call(form.event(value)), reason, value)
  expect(stand.fetched).toEqual([])
}

function publicHalf(key: Json | TestKey): Json {
  return typeof key === 'object' && key !== null && 'privateKey' in key ? (key as TestKey).jwk : (key as Json)
}
