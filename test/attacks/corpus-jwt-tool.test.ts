import { describe, expect, test } from 'vitest'
import type { Json } from '../../shared/json.ts'
import { accessOf } from '../support/access.ts'
import { expectAllowed, expectNoToken, expectShape, lets } from '../support/answers.ts'
import { withKeys, withResponse } from '../support/attacks.ts'
import { standOf } from '../support/calls.ts'
import { corpusFile } from '../support/corpus.ts'
import { forms } from '../support/events.ts'

type Corpus = {
  readonly meta: {
    readonly jwks: { readonly keys: readonly Json[] }
    readonly issuer: string
    readonly audience: string
  }
  readonly cases: readonly {
    readonly id: string
    readonly expect: 'accept' | 'reject'
    readonly token: string
  }[]
}
const corpus = corpusFile<Corpus>('jwt-attack-tokens/jwt_tool-rs256.json')

describe.skipIf(!corpus).each(forms)('the tokens of jwt_tool, by $name', (form) => {
  const { meta, cases } = corpus ?? {
    meta: { jwks: { keys: [] }, issuer: 'https://x.example', audience: 'x' },
    cases: [],
  }
  const manifest = {
    version: 1,
    issuers: { partner: { type: 'oidc', issuer: meta.issuer, audience: [meta.audience] } },
    roles: {
      reader: {
        description: 'Read orders',
        owner: 'team-orders@example.com',
        trust: [{ issuer: 'partner', anySubject: true }],
        routes: ['GET /orders', '$connect', 'Query.orders'],
      },
    },
  }

  test('exactly one is accepted; none breaks anything, leaves its text behind or causes a request', async () => {
    const access = withKeys(accessOf(manifest), () => ({ jwks: meta.jwks }))
    const stand = standOf(withResponse(access, form.response))
    const accepted: string[] = []
    expect(cases).toHaveLength(522)
    for (const { id, expect: expected, token } of cases) {
      const outcome = await stand.call(form.event(`Bearer ${token}`))
      expectNoToken(outcome, token)
      if (lets(outcome, form.arn())) {
        accepted.push(id)
        expectAllowed(form, outcome, token)
        expect(expected).toBe('accept')
        continue
      }
      expect(outcome.record.effect).toBe('deny')
      expect(outcome.record.reason).not.toBe('internal_error')
      if (outcome.thrown) expect(outcome.thrown.message).toBe('Unauthorized')
      else expectShape(form, outcome.answer)
    }
    expect(accepted).toEqual(cases.filter((one) => one.expect === 'accept').map(({ id }) => id))
    expect(accepted).toHaveLength(1)
    expect(stand.fetched).toEqual([])
  })
})
