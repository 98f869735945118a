import { describe, expect, test } from 'vitest'
import { decide } from '../../../shared/access/decide.ts'
import { parseMethodArn } from '../../../shared/gateway/arn.ts'
import { refusing, renderPolicy } from '../../../shared/gateway/policy.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { corpusRows } from '../../support/corpora.ts'
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

/** Other names, which the route of `/admin` does not serve on API Gateway either. */
const otherNames = ['/*/admin', '/ADM+IN', '/ADMIN', '/admin.css', '/admin.html', '/admin.json', '/admin~']

describe.each(['refuse', 'allow'] as const)('encodedPaths: %s', (encodedPaths) => {
  const compiled = access(encodedPaths)
  const apis = ['rest', 'http'] as const
  const ask = (group: string, api: 'rest' | 'http', path: string) =>
    decide(
      compiled,
      { issuer: 'idp', claims: claimsOf({ groups: [group] }) },
      { api, method: 'GET', path },
      0,
    )

  test.skipIf(paths.length === 0).each(apis)(
    '%s: a caller of another route gets to /admin by no spelling',
    (api) => {
      expect(paths.filter((path) => ask('orders', api, path).effect === 'allow')).toEqual([])
      expect(ask('orders', api, '/orders/1').effect, 'the control').toBe('allow')
    },
  )

  test.skipIf(paths.length === 0).each(apis)(
    '%s: a caller of all the rest gets to other names alone',
    (api) => {
      const allowed = paths.filter((path) => ask('rest', api, path).effect === 'allow').toSorted()
      expect(allowed).toEqual(encodedPaths === 'allow' ? ['/%20/admin/%20', ...otherNames] : otherNames)
      for (const path of allowed)
        for (const reading of readings(path)) expect(reading, path).not.toMatch(/^\/+admin(\/|$)/)
      expect(ask('rest', api, '/admin').reason).toBe('route_not_granted')
      expect(ask('admin', api, '/admin').effect, 'the control').toBe('allow')
    },
  )

  test.skipIf(paths.length === 0).each(apis)('%s: no spelling gets into a document', (api) => {
    const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/prod'
    const whole = renderPolicy(prefix, ['GET /orders', 'GET /orders/{}', 'GET /{+}'], api)
    const known = new Set([...(whole.Statement[0]?.Resource ?? []), `${prefix}/*`])
    for (const path of paths) {
      const arn = parseMethodArn(`${prefix}/GET${path}`)
      if (!arn) throw new Error(`not an ARN: ${path}`)
      const document = refusing(whole, arn)
      expect(
        document.Statement.flatMap((one) => one.Resource).filter((pattern) => !known.has(pattern)),
      ).toEqual([])
      expect(evaluate(document, `${prefix}/GET${path}`)).toBe('deny')
    }
  })
})

/** What backends make of a path: as it is, decoded, as a URL parser has it, and with path parameters cut off first. */
function readings(path: string): readonly string[] {
  const decoded = decodeURIComponent(path)
  const url = (text: string) => new URL(text.replace(/^\/+/, '/'), 'http://x').pathname
  const withoutParameters = decoded.replace(/;[^/]*/g, '')
  return [path, decoded, url(path), url(decoded), withoutParameters, url(withoutParameters), decoded.trim()]
}
