import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { check } from '../../cli/check.ts'
import { checkText, folder, head, nowSeconds, warnings, write } from './checked.ts'

const example = new URL('../../examples/orders/access.yml', import.meta.url).pathname

describe('a manifest that holds', () => {
  test("the repository's example passes without a warning, with its summary", () => {
    const { exitCode, text } = check({ file: example, json: false, nowSeconds })
    expect(exitCode).toBe(0)
    expect(text).toContain(
      `${example}: 3 issuers, 5 roles, 9 routes, 0 warnings\n6 rules: 6 found by equality, 0 by prefix, 0 scanned\n`,
    )
  })

  test('the summary says how many rules have to be scanned', () => {
    const roles =
      'roles: { r: { owner: o@example.com, routes: [GET /a], trust: [{ issuer: idp, anySubject: true }, { issuer: idp, claims: { a: x* } }, { issuer: idp, claims: { a: [y, z] } }] } }'
    const { summary } = JSON.parse(checkText(head + roles, true).text)
    expect(summary).toEqual({
      issuers: 1,
      apps: 1,
      roles: 1,
      rules: 3,
      routes: 1,
      foundByEquality: 1,
      foundByPrefix: 1,
      scanned: 1,
    })
  })
})

describe('warnings, each beside a control without', () => {
  const api = `api: { routesFile: ./routes.json }\n`
  write('routes.json', '{"rest": ["GET /a", "ANY /files/{proxy+}"], "http": ["GET /b/{id}"]}')
  const role = (routes: string, rule = 'claims: { a: b }'): string =>
    `${head}${api}roles:\n  r:\n    owner: o@example.com\n    routes: ${routes}\n    trust:\n      - issuer: idp\n        ${rule}\n`

  test('an expired rule, from the very second on', () => {
    const at = (seconds: number): string => new Date(seconds * 1000).toISOString()
    const rule = (seconds: number): string => `{ issuer: idp, claims: { a: b }, expiresAt: '${at(seconds)}' }`
    const manifest = (seconds: number): string =>
      `${head}${api}roles: { r: { owner: o@example.com, routes: [GET /a], trust: [${rule(seconds)}] } }`
    expect(warnings(manifest(nowSeconds))[0]).toMatch(/^rule_expired 4:/)
    expect(warnings(manifest(nowSeconds + 1))).toEqual([])
  })

  test('a route that the API does not have', () => {
    expect(warnings(role('[GET /a, GET /zzz, POST /a]'))).toEqual([
      'route_unreachable 7:22',
      'route_unreachable 7:32',
    ])
    expect(
      warnings(
        role("['GET /files/a/b', 'ANY /files/{name}', 'GET /b/7', 'GET /{x}', HEAD /files/x]").replace(
          'api: {',
          'api: { cacheSeconds: 0,',
        ),
      ),
    ).toEqual([])
    expect(warnings(role("['GET /b', 'GET /b/{id}/c', 'GET /files']"))).toHaveLength(3)
  })

  test.each([
    [
      'of the API serves as another route',
      'rest',
      ['ANY /{proxy+}', 'GET /a/{x}/c'],
      'GET /a/b/{proxy+}',
      true,
    ],
    ['an HTTP API serves as another route', 'http', ['ANY /{proxy+}', 'GET /a/{proxy+}'], 'GET /{x}/b', true],
    [
      'of an HTTP API resolves to the full match',
      'http',
      ['ANY /{proxy+}', 'GET /a/{x}/c'],
      'GET /a/b/{proxy+}',
      false,
    ],
    [
      'the API serves as one route, all of them',
      'rest',
      ['ANY /{proxy+}', 'GET /a/{x}/c'],
      'GET /a/b/d',
      false,
    ],
    ['the API serves as a route that comes first', 'rest', ['ANY /{proxy+}', 'GET /a'], 'GET /{x}', false],
    [
      'of the API serves by another method',
      'rest',
      ['ANY /{proxy+}', 'POST /a/{x}/c'],
      'GET /a/b/{proxy+}',
      false,
    ],
    [
      'of the API serves as a route that stands before the other',
      'rest',
      ['GET /a/{proxy+}', 'GET /{y}/{z}/c'],
      'GET /a/b/{proxy+}',
      false,
    ],
    [
      'of the API has itself',
      'rest',
      ['ANY /{proxy+}', 'GET /a/{x}/c', 'GET /a/b/{proxy+}'],
      'GET /a/b/{p+}',
      false,
    ],
    ['the API has for one method', 'rest', ['GET /a/{x}', 'ANY /{proxy+}'], 'ANY /a/{x}', false],
  ])('a route whose requests %s (%s)', (_, api, served, route, overlaps) => {
    write('served.json', JSON.stringify({ [api]: served }))
    const manifest = role(`['${route}']`).replace(
      '{ routesFile: ./routes.json',
      '{ cacheSeconds: 0, routesFile: ./served.json',
    )
    expect(warnings(manifest)).toEqual(overlaps ? ['route_overlaps 7:14'] : [])
    if (overlaps) expect(checkText(manifest).text).toContain(`by ${served[1]}`)
  })

  test.each([
    ['both ends and not the middle', ['GET /a/{x}', 'GET /a/{x}/b/{y}'], 'GET /a/{x}/b', true],
    ['the middle too', ['GET /a/{x}', 'GET /a/{x}/b', 'GET /a/{x}/b/{y}'], 'GET /b', false],
    ['a sibling of the middle', ['GET /a/{x}', 'GET /a/{x}/b', 'GET /a/{x}/b/{y}'], 'GET /a/{x}/c', true],
    ['the rest of a path and not one segment', ['GET /a/{proxy+}'], 'GET /a/{x}', false],
    ['all but one segment below a literal', ['GET /{proxy+}'], 'GET /a/{x}', true],
    ['the rest of a path and not one literal', ['GET /a/{proxy+}'], 'GET /a/b', false],
    ['a subresource beside it', ['GET /a/{x}', 'GET /a/{x}/c'], 'GET /a/{x}/b', false],
    ['other methods', ['GET /a/{x}', 'GET /a/{x}/b/{y}'], 'POST /a/{x}/b', false],
    ['no other route, by name alone', ['GET /a/{x}', 'GET /a/{z}/b/{y}'], 'GET /c', false],
  ])('what no cached policy can say, for a role with %s', (_, granted, other, narrowed) => {
    write('pair.json', JSON.stringify({ rest: [...granted, other] }))
    const manifest = role(JSON.stringify(granted)).replace('./routes.json', './pair.json')
    expect(warnings(manifest)).toEqual(narrowed ? ['policy_narrowed 7:5'] : [])
    const uncached = manifest.replace('api: {', 'api: { cacheSeconds: 0,')
    expect(warnings(uncached)).toEqual([])
  })

  test('it names the routes, a request that is refused, and why', () => {
    write('pair.json', JSON.stringify({ http: ['GET /a/{x}', 'GET /a/{x}/b', 'GET /a/{x}/b/{y}'] }))
    const manifest = role("['GET /a/{x}', 'GET /a/{x}/b/{y}']").replace('./routes.json', './pair.json')
    expect(checkText(manifest).text).toContain(
      'some requests of GET /a/{x}/b/{y} are refused, as GET /a/x/b/b: no cached policy tells them from GET /a/{x}/b\n' +
        "  mend: grant that one too, give one of them another path, or set cacheSeconds: 0 and the authorizer's TTL to 0\n",
    )
  })

  test('a caller of two roles may be narrowed though neither role is', () => {
    write('pair.json', JSON.stringify({ rest: ['GET /a/{x}', 'GET /a/{x}/b', 'GET /a/{x}/b/{y}'] }))
    const two = `${role("['GET /a/{x}']").replace('./routes.json', './pair.json')}  s:
    owner: o@example.com
    trust: [{ issuer: idp, anySubject: true }]
    routes: ['GET /a/{x}/b/{y}']
`
    expect(warnings(two).filter((one) => one.startsWith('policy'))).toHaveLength(1)
    expect(checkText(two).text).toContain(
      'of a caller with the role "r" too, some requests of GET /a/{x}/b/{y}',
    )
  })

  test('500 routes that cannot be merged are a problem, with the mend; uncached they are none', () => {
    const routes = Array.from({ length: 1000 }, (_, at) => `GET /x${(at * 7919) % 1000}`)
    write('many.json', JSON.stringify({ rest: routes }))
    const granted = JSON.stringify(routes.filter((_, at) => at % 2 === 0))
    const manifest = role(granted).replace('./routes.json', './many.json')
    const { exitCode, text } = checkText(manifest, true)
    expect(exitCode).toBe(1)
    expect(JSON.parse(text).problems).toEqual([
      expect.objectContaining({
        code: 'policy_too_large',
        message: expect.stringContaining('no policy for the 500 routes of the role "r" fits into the 8 KB'),
        mend: expect.stringContaining('grant {proxy+} routes, or split the role and its callers'),
      }),
    ])
    expect(checkText(manifest.replace('api: {', 'api: { cacheSeconds: 0,')).exitCode).toBe(0)
  })

  test('escapes are in no cached policy', () => {
    const manifest = role("['GET /orders']").replace('api: {', 'api: { encodedPaths: allow,')
    expect(warnings(manifest).filter((one) => one.startsWith('policy'))).toHaveLength(1)
  })

  test('an API whose routes are not known', () => {
    expect(warnings(role('[GET /a]').replace(api, ''))).toEqual(['routes_unproven 1:1'])
    expect(warnings(role('[GET /a]').replace(api, 'api: { cacheSeconds: 5 }\n'))).toEqual([
      'routes_unproven 3:1',
    ])
  })

  test('names that nothing uses', () => {
    const manifest = `${head}vars: { x: y }\n${api}roles:\n  r: { routes: [GET /a], owner: o@example.com }\n  s: { trust: [{ issuer: idp, claims: { a: b } }] }\n`
    expect(warnings(manifest)).toEqual([
      'variable_unused 3:9',
      'role_unused 6:3',
      'role_without_routes 7:3',
      'role_without_owner 7:3',
    ])
    expect(warnings(`${head}${api}`)).toEqual(['issuer_unused 2:12'])
  })

  test('a warning has a mend, and leaves the exit code at 0', () => {
    const { exitCode, text } = checkText(head)
    expect(exitCode).toBe(0)
    expect(text).toMatch(/access\.yml:1:1: warning: .+\n {2}mend: .+routesFile/)
  })
})

describe('what a manifest holds', () => {
  test('is printed so that no terminal and no log reader acts on it', () => {
    const { text } = checkText(`${head}"k\\n::error file=x::injected\\e[2J\\u009b1A\\u202e": {}\n`)
    expect(text).toMatch(
      /"k\\u\{a\}::error file=x::injected\\u\{1b\}\[2J\\u\{9b\}1A\\u\{202e\}" is not a key/,
    )
    const json = checkText(`${head}"k\\u009b\\u202e": {}\n`, true).text
    expect(json).not.toMatch(/[\u0080-\u009f\u202e]/)
    expect(JSON.parse(json).problems[0].message).toContain('"k\u009b\u202e"')
  })

  test('routes that cross in more ways than a policy can tell apart are its problem, not ours', () => {
    const parts = ['a', '{x}']
    const routes = Array.from({ length: 18 }, (_, at) => {
      const segments = Array.from({ length: 18 }, (_, i) => (i === at ? `w${at}` : parts[1]))
      return `'GET /${segments.join('/')}'`
    })
    const manifest = `${head}roles: { r: { owner: o@example.com, trust: [{ issuer: idp, claims: { a: b } }], routes: [${routes}] } }\n`
    const { exitCode, text } = checkText(manifest, true)
    expect(exitCode).toBe(1)
    expect(JSON.parse(text).problems[0]).toMatchObject({ code: 'policy_too_large', line: 3 })
  })
})

describe('a manifest that does not hold', () => {
  test('every problem with its place and its mend, and exit code 1', () => {
    const { exitCode, text } = checkText(`${head}rolse: {}\napi: { cacheSeconds: -1 }\n`)
    expect(exitCode).toBe(1)
    expect(text).toMatch(/access\.yml:3:1: "rolse" .+\n {2}mend: did you mean "roles"\?\n/)
    expect(text).toMatch(/access\.yml:4:22: /)
    expect(text).toMatch(/2 problems; nothing was built\n$/)
  })

  test('the same as JSON', () => {
    const { exitCode, text } = checkText('version: 2\n', true)
    expect(exitCode).toBe(1)
    expect(JSON.parse(text)).toMatchObject({
      ok: false,
      problems: [{ code: 'key_missing' }, { code: 'version_unknown' }],
    })
  })

  test('a file that is not there', () => {
    const { exitCode, text } = check({ file: join(folder, 'gone.yml'), json: false, nowSeconds })
    expect(exitCode).toBe(1)
    expect(text).toContain('gone.yml:1:1: there is no such file')
  })

  test('a vars file that is not there', () => {
    const { exitCode, text } = check({
      file: example,
      varsFile: join(folder, 'gone.yml'),
      json: false,
      nowSeconds,
    })
    expect(exitCode).toBe(1)
    expect(text).toContain('gone.yml:1:1: there is no such file')
  })
})
