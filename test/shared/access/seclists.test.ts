import { describe, expect, test } from 'vitest'
import { decide } from '../../../shared/access/decide.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { corpusRows } from '../../support/corpora.ts'
import { ask, patternsOf, prefix } from '../../support/documents.ts'
import { evaluate } from '../../support/policy-evaluator.ts'

const paths = [...new Set(corpusRows<string>('seclists-403/403-paths.json'))]

/** `rest` may call all of the API but `/admin` and what is below it, which is where a bypass would lead. */
const access = (encodedPaths: 'refuse' | 'allow') =>
  accessOf({
    version: 1,
    issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
    api: { encodedPaths },
    roles: {
      orders: {
        trust: [{ issuer: 'idp', claims: { groups: 'orders' } }],
        routes: ['GET /orders', 'GET /orders/{id}'],
      },
      rest: { trust: [{ issuer: 'idp', claims: { groups: 'rest' } }], routes: ['ANY /{proxy+}', '$default'] },
      admin: {
        trust: [{ issuer: 'idp', claims: { groups: 'admin' } }],
        routes: ['ANY /admin', 'ANY /admin/{proxy+}'],
      },
    },
  })

/** What of them HTTP carries as a path: `?` begins the query, which is in no ARN. */
const asCarried = paths.map((path) => path.replace(/\?.*/s, ''))

/** Other names, which the route of `/admin` does not serve on API Gateway either. */
const otherNames = ['/*/admin', '/ADM+IN', '/ADMIN', '/admin.css', '/admin.html', '/admin.json', '/admin~']

describe.each(['refuse', 'allow'] as const)('encodedPaths: %s', (encodedPaths) => {
  const compiled = access(encodedPaths)
  const apis = ['rest', 'http'] as const
  const decided = (group: string, api: 'rest' | 'http', path: string) =>
    decide(
      compiled,
      { issuer: 'idp', claims: claimsOf({ groups: [group] }) },
      { api, method: 'GET', path },
      0,
    )

  test.skipIf(paths.length === 0).each(apis)(
    '%s: a caller of another route gets to /admin by no spelling',
    (api) => {
      expect(paths.filter((path) => decided('orders', api, path).effect === 'allow')).toEqual([])
      expect(decided('orders', api, '/orders/1').effect, 'the control').toBe('allow')
    },
  )

  test.skipIf(paths.length === 0).each(apis)(
    '%s: a caller of all the rest gets to other names alone',
    (api) => {
      const allowed = paths.filter((path) => decided('rest', api, path).effect === 'allow').toSorted()
      // An escape is never let in by a policy that is cached.
      expect(allowed).toEqual(otherNames)
      for (const path of allowed)
        for (const reading of readings(path)) expect(reading, path).not.toMatch(/^\/+admin(\/|$)/)
      expect(decided('rest', api, '/admin').reason).toBe('route_not_granted')
      expect(decided('admin', api, '/admin').effect, 'the control').toBe('allow')
    },
  )

  test.skipIf(paths.length === 0).each(apis)(
    '%s: no document of a caller without /admin, whatever it was rendered for, opens a spelling of it',
    (api) => {
      for (const group of ['orders', 'rest']) {
        const patterns = known(api, group)
        for (const path of ['/orders/1', '/admin', ...paths]) {
          const { document, decision } = ask(compiled, claimsOf({ sub: 'me', groups: [group] }), {
            api,
            method: 'GET',
            path,
          })
          const allowed = asCarried.filter((other) => evaluate(document, `${prefix}/GET${other}`) === 'allow')
          expect(allowed.filter((other) => !otherNames.includes(other))).toEqual([])
          expect(evaluate(document, `${prefix}/GET${path}`)).toBe(decision.effect)
          // Nothing of the request's own text is in it.
          for (const pattern of [...patternsOf(document, 'Allow'), ...patternsOf(document, 'Deny')])
            expect(patterns.has(pattern), `${path}: ${pattern}`).toBe(true)
        }
      }
    },
  )
})

function known(api: 'rest' | 'http', group: string): ReadonlySet<string> {
  const { document } = ask(access('refuse'), claimsOf({ sub: 'me', groups: [group] }), {
    api,
    method: 'GET',
    path: '/x',
  })
  return new Set([...patternsOf(document, 'Allow'), ...patternsOf(document, 'Deny'), '*'])
}

/** What backends make of a path: as it is, decoded, as a URL parser has it, and with path parameters cut off first. */
function readings(path: string): readonly string[] {
  const decoded = decodeURIComponent(path)
  const url = (text: string) => new URL(text.replace(/^\/+/, '/'), 'http://x').pathname
  const withoutParameters = decoded.replace(/;[^/]*/g, '')
  return [path, decoded, url(path), url(decoded), withoutParameters, url(withoutParameters), decoded.trim()]
}
