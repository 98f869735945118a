import { describe, expect, test } from 'vitest'
import { head, warnings, write } from './checked.ts'

describe('warnings of trust rules, each beside a control without', () => {
  const api = `api: { routesFile: ./routes.json }\n`
  write('routes.json', '{"rest": ["GET /a", "ANY /files/{proxy+}"], "http": ["GET /b/{id}"]}')
  const role = (routes: string, rule = 'claims: { a: b }'): string =>
    `${head}${api}roles:\n  r:\n    owner: o@example.com\n    routes: ${routes}\n    trust:\n      - issuer: idp\n        ${rule}\n`

  test.each([
    '{ sub: { present: true } }',
    "{ sub: '*' }",
    "{ /sub: '**', repository: '***' }",
    "{ sub: [alice, '**'] }",
    "{ sub: { all: ['*', { present: true }] } }",
    '{ iss: https://idp.example, aud: api, exp: { present: true } }',
    "{ /iss: 'https://**', iat: { number: 5 }, nbf: ['1', '2'] }",
  ])('a rule that every token of its issuer meets: %s', (claims) => {
    expect(warnings(role('[GET /a]', `claims: ${claims}`))).toEqual(['trust_anybody 10:9'])
    const and = claims.replace('{', '{ team: orders,')
    expect(warnings(role('[GET /a]', `claims: ${and}`))).toEqual([])
  })

  test.each([
    "{ sub: '*:*' }",
    "{ sub: '\\*' }",
    "{ sub: 'a*' }",
    '{ email_verified: true }',
    "{ sub: { all: ['*', alice] } }",
    '{ /act/iss: https://other.example }',
    '{ level: { number: 0 } }',
  ])('a rule that tells callers apart: %s', (claims) => {
    const others = warnings(role('[GET /a]', `claims: ${claims}`)).filter(
      (one) => !one.startsWith('rule_scanned'),
    )
    expect(others).toEqual([])
  })

  test('everybody, written out', () => {
    expect(warnings(role('[GET /a]', 'anySubject: true'))).toEqual([])
  })

  test.each([
    ['{ email: { present: true }, sub: x }', false],
    ['{ email_verified: true }', true],
    ['{ level: { number: 0 } }', true],
    ["{ ref: '*/main' }", true],
    ["{ ref: 'refs/*/main' }", false],
    ["{ ref: [refs/main, '*/main'] }", true],
  ])('a rule that no index finds: %s (%s)', (claims, isScanned) => {
    const found = warnings(role('[GET /a]', `claims: ${claims}`))
    expect(found).toEqual(isScanned ? ['rule_scanned 10:9'] : [])
  })

  test.each([
    ['{ repository: org/app }', ['claim_mutable 10:19']],
    ["{ repository: org/app, repository_id: '7' }", []],
    ["{ repository_owner: org, repository_id: '7' }", []],
    ['{ project_path: g/p, ref: main }', ['claim_mutable 10:19']],
    ['{ email: ada@acme.example }', ['claim_mutable 10:19']],
    ["{ sub: 'repo:org/app:ref:refs/heads/main' }", ['claim_mutable 10:19']],
    ["{ sub: 'repo:org/app:*', repository_id: '7' }", []],
    ["{ sub: 'repo:org@1/app@7:*' }", []],
    ["{ sub: 'repo:org@1/app*' }", ['star_beside_name 10:19']],
    ["{ sub: ['system:serviceaccount:ci:*', 'org/a*z:x'] }", []],
    ["{ group: 'admin*' }", ['star_beside_name 10:19']],
    ["{ group: '**admin', team: x }", ['star_beside_name 10:19']],
    ["{ ref: 'refs/tags/v*', group: 'release-*', path: 'a/**/b' }", []],
  ])('claims that may name somebody else later: %s', (claims, expected) => {
    expect(warnings(role('[GET /a]', `claims: ${claims}`))).toEqual(expected)
  })

  test('an id that the issuer requires of all its tokens goes with a name', () => {
    const requiring = head.replace('audience: [api]', "audience: [api], require: { repository_id: '7' }")
    const manifest = role('[GET /a]', 'claims: { repository: org/app }').replace(head, requiring)
    expect(warnings(manifest)).toEqual([])
  })

  test.each(['team-orders', 'o@localhost', 'ask o@example.com'])(
    'an owner whom no mail reaches: %s',
    (owner) => {
      const manifest = role('[GET /a]').replace('o@example.com', owner)
      expect(warnings(manifest)).toEqual(['role_without_owner 6:12'])
    },
  )
})
