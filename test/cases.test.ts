import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { decide } from '../shared/access/decide.ts'
import { parseMethodArn } from '../shared/gateway/arn.ts'
import { refusing, renderPolicy } from '../shared/gateway/policy.ts'
import type { Json } from '../shared/json.ts'
import { accessOf, claimsOf } from './support/access.ts'
import { evaluate } from './support/policy-evaluator.ts'

type Request = { readonly api: 'rest' | 'http' | 'both'; readonly method: string; readonly path: string }

/** What a group says for all its cases, a case may say for itself. */
type Shared = {
  readonly claims?: Readonly<Record<string, Json>>
  readonly issuer?: string
  readonly request?: Request
  readonly now?: string
}

type Case = Shared & {
  readonly name: string
  readonly expect: { readonly effect: string; readonly reason: string; readonly roles: readonly string[] }
}

type Group = Shared & {
  readonly about: string
  readonly manifest: string
  readonly routes?: object
  readonly cases: readonly Case[]
}

const folder = join(import.meta.dirname, 'cases/decisions')
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'))
const groups: readonly Group[] = files.flatMap((name) => parse(readFileSync(join(folder, name), 'utf8')))

const prefix = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/prod'

test('every key is one the runner reads, so that no slip goes unnoticed', () => {
  const shared = ['claims', 'issuer', 'request', 'now']
  const known = new Set(['about', 'manifest', 'routes', 'cases', 'name', 'expect', ...shared])
  for (const group of groups)
    for (const one of [group, ...group.cases])
      for (const key of Object.keys(one)) expect(known, `${group.about}: ${key}`).toContain(key)
})

test('no name stands twice', () => {
  const names = groups.flatMap((group) => group.cases.map((one) => `${group.about}: ${one.name}`))
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

describe.each(groups)('$about', ({ manifest, routes, cases, ...shared }) => {
  const access = accessOf(manifest, routes)

  test('has an accepting and a refusing case', () => {
    expect(new Set(cases.map((one) => one.expect.effect))).toEqual(new Set(['allow', 'deny']))
  })

  test.each(cases)('$name', (one) => {
    const { claims, issuer = 'idp', request, now = '2026-11-22T08:00:00Z' } = { ...shared, ...one }
    if (!claims || !request) throw new Error('a case, or its group, has claims and a request')
    for (const api of request.api === 'both' ? (['rest', 'http'] as const) : [request.api]) {
      const principal = { issuer, claims: claimsOf(claims) }
      const decision = decide(access, principal, { ...request, api }, Date.parse(now) / 1000)
      const { effect, reason, roles } = decision
      expect({ effect, reason, roles: roles.map((role) => role.name) }, api).toEqual(one.expect)
      const arn = parseMethodArn(`${prefix}/${request.method}${request.path}`)
      if (!arn) continue
      const grants = roles.flatMap((role) => role.routes)
      const whole = renderPolicy(prefix, grants, api)
      const document = effect === 'allow' ? whole : refusing(whole, arn)
      expect(evaluate(document, `${prefix}/${request.method}${request.path}`), 'the document').toBe(effect)
    }
  })
})
