import { CognitoJwtVerifier } from 'aws-jwt-verify'
import { describe, expect, test } from 'vitest'
import type { Access, Matcher } from '../../../shared/access/access.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { loadManifest } from '../../../shared/manifest/load.ts'
import { appIn } from '../../support/access.ts'
import { load, readCases, write, writeFiles } from './cases.ts'

const compile = (manifest: string): Access => compileManifest(load(manifest))
const built = readCases('accepted')

const issuers = `version: 1
issuers:
  staff: { type: cognito, userPoolId: eu-west-1_Ab12Cd34E, clientIds: [a, b], tokenUse: id }
  china: { type: cognito, userPoolId: cn-north-1_Xy9, clientIds: [c] }
  found: { type: oidc, issuer: https://found.example/tenant/, audience: [api], typ: [absent, JWT, AT+JWT] }
  named: { type: oidc, issuer: https://named.example, audience: null, jwksUri: https://named.example/k, algorithms: [PS256] }
  pinned: { type: oidc, issuer: https://pinned.example, audience: [api], jwks: ./keys.json, tokenUse: id }
`

describe('issuers', () => {
  const compiled = Object.fromEntries(compile(issuers).issuers.map((issuer) => [issuer.name, issuer]))

  test('a user pool becomes the issuer and the key set the Cognito library derives', () => {
    const oracle = CognitoJwtVerifier.parseUserPoolId('eu-west-1_Ab12Cd34E')
    expect(compiled.staff?.iss).toBe(oracle.issuer)
    expect(compiled.staff?.keys).toEqual({ jwksUri: oracle.jwksUri })
    expect(compiled.staff?.audience).toEqual(['a', 'b'])
  })

  test('a pool in China has the domain of China', () => {
    expect(compiled.china?.iss).toBe('https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Xy9')
  })

  test('keys come from discovery, from the address named, or from the file', () => {
    expect(compiled.found?.keys).toEqual({
      discovery: 'https://found.example/tenant/.well-known/openid-configuration',
    })
    expect(compiled.named?.keys).toEqual({ jwksUri: 'https://named.example/k' })
    expect(compiled.pinned?.keys).toMatchObject({ jwks: { keys: [{ kid: 'lab-1', kty: 'EC' }] } })
  })

  test('the issuer stays as written, byte for byte', () => {
    expect(compiled.found?.iss).toBe('https://found.example/tenant/')
  })

  test('defaults: algorithms, audience, types, seconds', () => {
    expect(compiled.staff).toMatchObject({ algorithms: ['RS256'], typ: ['', 'jwt'], tokenUse: 'id' })
    expect(compiled.china).toMatchObject({ typ: ['', 'jwt', 'at+jwt'], tokenUse: 'access' })
    expect(compiled.found).toMatchObject({ algorithms: ['RS256', 'ES256'], typ: ['', 'jwt', 'at+jwt'] })
    expect(compiled.named).toMatchObject({ algorithms: ['PS256'], audience: null })
    const seconds = { clockSkewSeconds: 5, maxKeyAgeSeconds: 3600, maxKeyStaleSeconds: 86_400 }
    expect(compiled.staff).toMatchObject({ ...seconds, require: [] })
  })

  test('a local build replaces where the keys come from, and nothing else', () => {
    const local = compileManifest(load(issuers), { localIssuers: 'http://127.0.0.1:8601' })
    expect(local.issuers.map((issuer) => issuer.keys)).toEqual([
      { jwksUri: 'http://127.0.0.1:8601/staff/.well-known/jwks.json' },
      { jwksUri: 'http://127.0.0.1:8601/china/.well-known/jwks.json' },
      { discovery: 'http://127.0.0.1:8601/found/.well-known/openid-configuration' },
      { jwksUri: 'http://127.0.0.1:8601/named/jwks' },
      { jwksUri: 'http://127.0.0.1:8601/pinned/jwks' },
    ])
    const withoutKeys = (access: Access) => ({
      ...access,
      issuers: access.issuers.map((each) => ({ ...each, keys: 0 })),
    })
    expect(withoutKeys(local)).toEqual(withoutKeys(compile(issuers)))
  })
})

describe('matchers', () => {
  const matcher = (text: string): Matcher | undefined =>
    compile(`roles: { r: { trust: [{ issuer: idp, claims: { c: ${text} } }] } }`).rules[0]?.claims[0]?.matcher

  test.each([
    ['plain', { equals: 'plain' }],
    ['true', { equals: true }],
    ["'true'", { equals: 'true' }],
    ['{ number: 5 }', { equals: 5 }],
    ["'5'", { equals: '5' }],
    ['{ present: true }', { present: true }],
    ["'refs/heads/*'", { pattern: ['refs/heads/', 1] }],
    ["'**'", { pattern: [2] }],
    ["'*'", { pattern: [1] }],
    ["'a***b'", { pattern: ['a', 2, 'b'] }],
    ["'a*b**c'", { pattern: ['a', 1, 'b', 2, 'c'] }],
    [String.raw`'a\*b'`, { equals: 'a*b' }],
    [String.raw`'a\*b*'`, { pattern: ['a*b', 1] }],
    [String.raw`'\n\\x'`, { equals: String.raw`\n\\x` }],
    // The backslash before "*" escapes it, however many stand before: a backslash is no escape of a backslash.
    [String.raw`'\\*'`, { equals: String.raw`\*` }],
    [String.raw`'*\**'`, { pattern: [1, '*', 1] }],
    ["'a.b+(c)$'", { equals: 'a.b+(c)$' }],
    ['[a, b]', { any: [{ equals: 'a' }, { equals: 'b' }] }],
    ['[a]', { equals: 'a' }],
    ['[a, [b, c]]', { any: [{ equals: 'a' }, { equals: 'b' }, { equals: 'c' }] }],
    ['{ all: [a, [b, true]] }', { all: [{ equals: 'a' }, { any: [{ equals: 'b' }, { equals: true }] }] }],
    ['{ all: [a] }', { equals: 'a' }],
  ])('%s', (text, expected) => {
    expect(matcher(text)).toEqual(expected)
  })

  test('a name that begins with / is a JSON Pointer, any other is one name', () => {
    const names = ['custom:tenant', '/a/b', '/a~1b/c~0d', '/', 'a/b', '/~01']
    const compiled = compile(`api: { context: [${names.map((name) => `'${name}'`).join(', ')}] }`)
    expect(appIn(compiled).context.map((claim) => claim.path)).toEqual([
      ['custom:tenant'],
      ['a', 'b'],
      ['a/b', 'c~d'],
      [''],
      ['a/b'],
      ['~1'],
    ])
    expect(appIn(compiled).context.map((claim) => claim.name)).toEqual(names)
  })
})

describe('rules', () => {
  test('an expiry is an epoch second, and a fraction of one never lengthens it', () => {
    const compiled = compile(`roles:
  r:
    trust:
      - { issuer: idp, claims: { c: a }, expiresAt: 2027-03-31T00:00:00Z }
      - { issuer: idp, claims: { c: a }, expiresAt: '2027-03-31T02:00:00.9+02:00' }
      - { issuer: idp, anySubject: true, not: { d: e } }`)
    const expiresAt = Date.UTC(2027, 2, 31) / 1000
    expect(compiled.rules.map((rule) => rule.expiresAt)).toEqual([expiresAt, expiresAt, undefined])
    expect(compiled.rules[2]).toMatchObject({ claims: [], not: [{ matcher: { equals: 'e' } }] })
  })
})

describe('the app and its routes', () => {
  test('defaults', () => {
    expect(appIn(compile(''))).toEqual({
      name: 'api',
      token: { place: 'header', name: 'authorization' },
      response: 'policy',
      cacheSeconds: 300,
      encodedPaths: 'refuse',
      context: [],
      routes: { rest: {}, http: {} },
      fields: [],
      proven: { rest: false, http: false },
    })
  })

  test("a header's name is lower-cased; a query parameter's and a cookie's case counts", () => {
    expect(appIn(compile('api: { token: { header: X-Token } }')).token).toEqual({
      place: 'header',
      name: 'x-token',
    })
    expect(appIn(compile('api: { token: { query: Token } }')).token).toEqual({
      place: 'query',
      name: 'Token',
    })
    expect(appIn(compile('api: { token: { cookie: Token } }')).token).toEqual({
      place: 'cookie',
      name: 'Token',
    })
  })

  test("the routes file's routes and the finer ones of the manifest; the file's spelling stands", () => {
    const access = compile(`api: { routesFile: ./routes.json, public: [GET /] }
roles: { r: { trust: [{ issuer: idp, claims: { c: a } }], routes: ['GET /orders/{orderId}', 'GET /orders/{x}/lines', 'ANY /f/{p+}', $default] } }`)
    expect(appIn(access).routes.rest).toEqual({
      methods: { GET: 'GET /' },
      literals: {
        orders: {
          methods: { GET: 'GET /orders' },
          parameter: {
            methods: { GET: 'GET /orders/{id}' },
            literals: { lines: { methods: { GET: 'GET /orders/{x}/lines' } } },
          },
        },
        f: { greedy: { ANY: 'ANY /f/{p+}' } },
      },
    })
    expect(appIn(access).routes.http).toMatchObject({
      fallback: true,
      literals: { orders: { greedy: { ANY: 'ANY /orders/{proxy+}' } } },
    })
    expect(appIn(access).routes.http.literals?.orders?.methods).toBeUndefined()
    expect(access.roles[0]?.routes).toEqual([
      'GET /orders/{}',
      'GET /orders/{}/lines',
      'ANY /f/{+}',
      'ANY $default',
    ])
  })

  test('a segment named as a member of every object is an ordinary segment', () => {
    const access = compile("roles: { r: { routes: ['GET /constructor/toString'] } }")
    expect(appIn(access).routes.rest).toEqual({
      literals: {
        constructor: { literals: { toString: { methods: { GET: 'GET /constructor/toString' } } } },
      },
    })
  })
})

describe('the compiled value', () => {
  test.each(built.map((each) => [each.name, each] as const))(
    'same bytes, frozen: %s',
    (_, { manifest, files }) => {
      writeFiles(files)
      const access = compile(manifest)
      expect(JSON.stringify(compile(manifest))).toBe(JSON.stringify(access))
      // What a bundle embeds is what was compiled.
      expect(JSON.parse(JSON.stringify(access))).toEqual(access)
      expect(thawed(access)).toEqual([])
    },
  )

  test('variables give way to a vars file', () => {
    const manifest =
      "vars: { team: orders }\nroles: { r: { trust: [{ issuer: idp, claims: { c: 'x-@{team}' } }] } }".replace(
        '@',
        '$',
      )
    const varsFile = write('stage.yml', 'team: billing\n')
    const values = [load(manifest), load(manifest, { varsFile })].map(
      (loaded) => compileManifest(loaded).rules[0]?.claims[0]?.matcher,
    )
    expect(values).toEqual([{ equals: 'x-orders' }, { equals: 'x-billing' }])
  })

  test('the example of the repository compiles', () => {
    const file = new URL('../../../examples/orders/access.yml', import.meta.url).pathname
    const access = compileManifest(loadManifest(file))
    expect(access.roles.map((role) => role.name)).toEqual([
      'orders-reader',
      'orders-writer',
      'orders-exporter',
      'reports-writer',
      'partner-pickup',
    ])
    expect(appIn(access).routes.rest).toEqual(appIn(access).routes.http)
  })
})

function thawed(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([key, item]) => thawed(item, `${path}/${key}`))
  return Object.isFrozen(value) ? inner : [path, ...inner]
}
