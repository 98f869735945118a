import { describe, expect, test } from 'vitest'
import { accessOf, claimsOf } from '../../support/access.ts'
import { ask, patternsOf, prefix } from '../../support/documents.ts'
import { evaluate } from '../../support/policy-evaluator.ts'

describe("a caller's own route", () => {
  const access = accessOf(
    {
      version: 1,
      issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
      api: { routesFile: './routes.json' },
      roles: {
        user: {
          trust: [{ issuer: 'idp', anySubject: true }],
          routes: [
            'GET /users/{claims.sub}',
            "ANY /users/{claims.sub}/files/{claims['custom:tenant']}/{proxy+}",
          ],
        },
      },
    },
    { rest: ['GET /users/{id}', 'GET /users/export', 'ANY /users/{id}/files/{tenant}/{proxy+}'] },
  )
  const asked = (sub: string | number, path: string, tenant = 't1') =>
    ask(access, claimsOf({ sub, 'custom:tenant': tenant }), { api: 'rest', method: 'GET', path })

  test('is the path with the own value, in the decision and in the document', () => {
    expect(asked('u.1@x', '/users/u.1@x')).toMatchObject({
      decision: { effect: 'allow', reason: 'granted', route: 'GET /users/{id}' },
    })
    expect(patternsOf(asked('u1', '/users/u1').document, 'Allow')).toContain('GET/users/u1')
    expect(asked(7, '/users/7').decision.effect).toBe('allow')
  })

  test("is not somebody else's", () => {
    const { decision, document } = asked('u1', '/users/u2')
    expect(decision).toMatchObject({ effect: 'deny', reason: 'route_not_granted' })
    expect(evaluate(asked('u1', '/users/u1').document, `${prefix}/GET/users/u2`)).toBe('deny')
    expect(evaluate(document, `${prefix}/GET/users/u1`)).toBe('allow')
  })

  test('needs every one of its values', () => {
    expect(asked('u1', '/users/u1/files/t1/a/b').decision.effect).toBe('allow')
    expect(asked('u1', '/users/u1/files/t2/a/b').decision.effect).toBe('deny')
    expect(asked('u1', '/users/u2/files/t1/a/b').decision.effect).toBe('deny')
  })

  test('never opens a route of the API that has the same name as the caller', () => {
    const { decision, document } = asked('export', '/users/export')
    expect(decision).toMatchObject({
      effect: 'deny',
      reason: 'route_not_granted',
      route: 'GET /users/export',
    })
    expect(evaluate(document, `${prefix}/GET/users/export`)).toBe('deny')
  })

  test.each(['*', '?', `${'$'}{aws:username}`, 'a/b', '..', '.', '', 'a b', 'é', 'a%2F', 'x'.repeat(257)])(
    'with the claim %j is refused, and the claim gets into no document',
    (sub) => {
      const { decision, document } = asked(sub, '/users/u1')
      expect(decision).toMatchObject({ effect: 'deny', reason: 'claim_unsafe' })
      expect(patternsOf(document, 'Allow')).toEqual([])
    },
  )
})
