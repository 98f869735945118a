import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from '../../../shared/access/decide.ts'
import { parseMethodArn } from '../../../shared/gateway/arn.ts'
import { type PolicyDocument, refusing, renderPolicy } from '../../../shared/gateway/policy.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { fuzzParameters } from '../../support/fuzz.ts'
import { evaluate } from '../../support/policy-evaluator.ts'
import { apiType, requestMethod, requestPath, routeTexts } from '../../support/routes.ts'

const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/prod'

/** Three roles, each for the group of its name, over an API's own routes. */
const manifest = fc.record({
  own: routeTexts(5),
  granted: fc.array(routeTexts(4), { minLength: 3, maxLength: 3 }),
  encodedPaths: fc.constantFrom('refuse', 'allow'),
})

function compile({ own, granted, encodedPaths }: typeof manifest extends fc.Arbitrary<infer T> ? T : never) {
  const role = (routes: readonly string[], at: number) => [
    `r${at}`,
    { trust: [{ issuer: 'idp', claims: { groups: `g${at}` } }], ...(routes.length > 0 ? { routes } : {}) },
  ]
  const served = own.length > 0 ? own : ['GET /health']
  return accessOf(
    {
      version: 1,
      issuers: { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } },
      api: { routesFile: './routes.json', encodedPaths },
      roles: Object.fromEntries(granted.map(role)),
    },
    { rest: served.filter((text) => text !== '$default'), http: served },
  )
}

const groups = fc.uniqueArray(fc.constantFrom('g0', 'g1', 'g2', 'g3'), { maxLength: 3 })

test("the document's verdict on the request at hand is the decision's, always", () => {
  fc.assert(
    fc.property(
      manifest,
      groups,
      apiType,
      requestMethod,
      requestPath,
      (manifest, groups, api, method, path) => {
        const access = compile(manifest)
        const claims = claimsOf({ groups })
        const decision = decide(access, { issuer: 'idp', claims }, { api, method, path }, 0)
        const text = `${prefix}/${method}${path}`
        const arn = parseMethodArn(text)
        if (!arn) throw new Error(`not an ARN: ${text}`)
        const whole = renderPolicy(
          prefix,
          decision.roles.flatMap((role) => role.routes),
          api,
        )
        const document = decision.effect === 'allow' ? whole : refusing(whole, arn)
        expect(evaluate(document, text)).toBe(decision.effect)
        expect(patternsOf(whole)).toEqual(
          expect.arrayContaining(patternsOf(document).filter((one) => one !== `${prefix}/*`)),
        )
      },
    ),
    fuzzParameters(),
  )
})

test('nothing of the request is in the document: two requests with one verdict get the same patterns or fewer', () => {
  fc.assert(
    fc.property(routeTexts(4), apiType, requestMethod, requestPath, (routes, api, method, path) => {
      const whole = renderPolicy(prefix, routes.map(keyOf), api)
      const arn = parseMethodArn(`${prefix}/${method}${path}`)
      if (!arn) throw new Error('not an ARN')
      const allowed = new Set([...patternsOf(whole), `${prefix}/*`])
      for (const pattern of patternsOf(refusing(whole, arn))) expect(allowed).toContain(pattern)
      for (const pattern of patternsOf(whole)) {
        const literal = pattern.slice(prefix.length).replaceAll('?*', '')
        expect(literal).toMatch(/^\/(\*|[A-Z]+\/[a-z_/]*)$/)
      }
    }),
    fuzzParameters(),
  )
})

test('no pattern of one method covers a request of another', () => {
  const withoutDefault = routeTexts(5).map((texts) => texts.filter((text) => text !== '$default'))
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'GETX', 'XGET']
  fc.assert(
    fc.property(withoutDefault, apiType, requestPath, (routes, api, path) => {
      for (const text of routes) {
        const document = renderPolicy(prefix, [keyOf(text)], api)
        const own = text.slice(0, text.indexOf(' '))
        const others = own === 'ANY' ? methods.slice(7) : methods.filter((method) => method !== own)
        for (const method of others) {
          expect(evaluate(document, `${prefix}/${method}${path}`)).toBe('deny')
          expect(evaluate(document, `${prefix}/${method}/${own}${path}`)).toBe('deny')
        }
      }
    }),
    fuzzParameters(),
  )
})

function keyOf(text: string): string {
  return text === '$default' ? 'ANY $default' : text.replace(/\{\w+/g, '{')
}

function patternsOf(document: PolicyDocument): readonly string[] {
  return document.Statement.flatMap((statement) => statement.Resource)
}
