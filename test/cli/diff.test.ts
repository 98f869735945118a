import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Change, kinds } from '../../cli/diff/change.ts'
import { compareManifests } from '../../cli/diff/compare.ts'
import { issuerChanges } from '../../cli/diff/issuer-changes.ts'
import type { Compiled } from '../../cli/manifest-file.ts'
import type { Issuer } from '../../shared/access/access.ts'
import type { Json } from '../../shared/json.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest, loadManifestFrom } from '../../shared/manifest/load.ts'
import { parseSource } from '../../shared/manifest/read.ts'
import { loanPairs } from './diff-loans.ts'
import { pairs, type Sheet } from './diff-pairs.ts'
import { settingPairs } from './diff-settings.ts'
import { tokenPairs } from './diff-tokens.ts'
import { ordersManifest, postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-diff-'))
const write = (name: string, text: string): string => {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

const staff = '{ staff: { type: oidc, issuer: https://staff.example, audience: [api] } }'

function compiled({
  roles = '{ none: {} }',
  api = '{}',
  issuers = staff,
  routes,
  fields,
  more = '',
}: Sheet): Compiled {
  const text = `version: 1\nissuers: ${issuers}\napi: ${api}\nroles: ${roles}\n${more}`
  const listed = { ...(routes && { rest: routes, http: routes }), ...(fields && { appsync: fields }) }
  const loaded = loadManifestFrom(
    parseSource('access.yml', text),
    routes || fields ? { routes: parseSource('routes.json', JSON.stringify(listed)) } : {},
  )
  return { loaded, access: compileManifest(loaded) }
}

const seen = new Set<string>()
const lines = (changes: readonly Change[]) => {
  for (const { kind } of changes) seen.add(kind)
  return changes.map(({ kind, message }) => `${kind} ${message}`).sort()
}

describe.each([...pairs, ...settingPairs, ...loanPairs, ...tokenPairs])(
  '$name',
  ({ old, new: now, says, reverse }) => {
    test('what is said of the change', () => {
      expect(lines(compareManifests(compiled(old), compiled(now)))).toEqual([...says].sort())
    })
    test('and of the way back', () => {
      expect(lines(compareManifests(compiled(now), compiled(old)))).toEqual([...reverse].sort())
    })
    test('of itself, nothing', () => {
      expect(compareManifests(compiled(now), compiled(now))).toEqual([])
    })
  },
)

test('pinned keys count by their content', () => {
  const [issuer] = compiled({}).access.issuers
  const pinned = (...keys: readonly Json[]): readonly Issuer[] => [
    { ...(issuer as Issuer), keys: { jwks: { keys } } },
  ]
  const [one, other] = [pinned({ kid: 'a', x: '1' }), pinned({ kid: 'a', x: '2' })]
  expect(issuerChanges(one, pinned({ x: '1', kid: 'a' }), new Map())).toEqual([])
  expect(lines(issuerChanges(one, other, new Map()))).toEqual([
    'issuer_narrowed the issuer staff: the pinned key set has the key "a", as it was, no longer',
    'issuer_widened the issuer staff: the pinned key set has the key "a" too',
  ])
})

test('routes that cross in too many ways count as changed, unless nothing did', () => {
  const crossing = Array.from({ length: 17 }, (_, at) => {
    const segments = Array.from({ length: 17 }, (_, other) => (other === at ? 'a' : `{p${other}}`))
    return `GET /${segments.join('/')}`
  })
  const roles = (routes: string) =>
    `{ reader: { trust: [{ issuer: staff, claims: { g: a } }], routes: [${routes}] } }`
  const [old, now] = [roles('GET /b'), roles('GET /b, GET /c')]
  const routes = [...crossing, 'GET /b', 'GET /c']
  const listed = compareManifests(compiled({ roles: old, routes }), compiled({ roles: now, routes }))
  expect(lines(listed)).toEqual(['routes_gained callers of staff with g "a": gain GET /c'])
  const more = compareManifests(
    compiled({ roles: old, routes }),
    compiled({ roles: old, routes: [...routes, 'GET /d'] }),
  )
  expect(lines(more)).toContain(
    'routes_uncompared the routes cross in more ways than can be told apart, so that all that is listed counts as changed',
  )
})

describe('apps', () => {
  const root = (apps: string, more = '') =>
    `version: 1\nissuers: ${staff}\napps:\n${apps.replace(/^/gm, '  ')}\n${more}`
  const app = (name: string, api: string, allow: string) =>
    `${name}: { manifest: ./${name}/access.yml, apiIds: [${api}], allow: { routes: [${allow}], issuers: [staff] } }`
  const own = (routes: string) =>
    `version: 1\nroles: { reader: { trust: [{ issuer: staff, claims: { g: a } }], routes: [${routes}] } }\n`
  const team = (at: string, files: Readonly<Record<string, string>>): Compiled => {
    for (const [name, text] of Object.entries(files)) write(`${at}/${name}`, text)
    const loaded = loadManifest(join(folder, at, 'access.yml'))
    return { loaded, access: compileManifest(loaded) }
  }
  const one = team('one', {
    'access.yml': root(app('billing', 'aaa', "'ANY /billing/{proxy+}'")),
    'billing/access.yml': own("'GET /billing/{id}'"),
  })
  const two = team('two', {
    'access.yml': root(
      `${app('billing', 'aaa, bbb', "'GET /billing/{id}', 'GET /bills'")}\n${app('shop', 'ccc', 'GET /shop')}`,
    ),
    'billing/access.yml': own("'GET /billing/{id}'"),
    'shop/access.yml': own('GET /shop'),
  })

  test('one that comes, with its grants; APIs and bounds of one that stays', () => {
    expect(lines(compareManifests(one, two))).toEqual([
      'apis_added the roles of the app billing count for the API bbb too',
      'app_added the app shop is new: callers may call what its roles list',
      'bound_narrowed the app billing may hand out no longer ANY /billing/{proxy+} (as in GET /billing/billing/billing)',
      'bound_widened the app billing may hand out GET /bills',
      'role_added the role shop.reader is new',
      'routes_gained callers of staff with g "a": gain GET /shop',
    ])
    const gained = compareManifests(one, two).find(({ kind }) => kind === 'routes_gained')
    expect(gained).toMatchObject({ app: 'shop', role: 'shop.reader', routes: ['GET /shop'] })
    expect(lines(compareManifests(two, one))).toEqual([
      'apis_removed the app billing answers no longer for the API bbb',
      'app_removed the app shop is taken out',
      'bound_narrowed the app billing may hand out no longer GET /bills',
      'bound_widened the app billing may hand out ANY /billing/{proxy+} (as in GET /billing/billing/billing)',
      'role_removed the role shop.reader is taken out',
      'routes_lost callers of staff with g "a": lose GET /shop',
    ])
  })

  test('on an API that two share, a route of the one hangs on the routes file of the other', () => {
    const files = (shop: string, ...routes: readonly string[]) => ({
      'access.yml': root(
        `${app('billing', 'aaa', "'GET /b/{id}'")}\n${app('shop', shop, 'GET /shop').replace('allow:', 'routesFile: ./routes.json, allow:')}`,
      ),
      'billing/access.yml': own("'GET /b/{id}'"),
      'shop/access.yml': own('GET /shop'),
      'routes.json': JSON.stringify({ rest: routes }),
    })
    const before = team('shared', files('aaa', 'GET /shop', 'GET /b/secret'))
    const after = team('shared-no-more', files('aaa', 'GET /shop'))
    expect(compareManifests(before, after)).toMatchObject([
      { kind: 'routes_gained', app: 'billing,shop', role: 'billing.reader', example: 'GET /b/secret' },
    ])
    const apart = team('apart', files('bbb', 'GET /shop', 'GET /b/secret'))
    expect(lines(compareManifests(before, apart)).join('\n')).toMatch(/routes_gained .*GET \/b\/secret/)
  })

  test('a manifest that gets apps answers for fewer APIs', () => {
    const roles = own('GET /orders').replace('version: 1\n', '')
    const whole = team('whole', { 'access.yml': `version: 1\nissuers: ${staff}\n${roles}` })
    const split = team('split', {
      'access.yml': root(app('billing', 'aaa', 'GET /b'), `api: { apiIds: [zzz] }\n${roles}`),
      'billing/access.yml': own('GET /b'),
    })
    expect(lines(compareManifests(whole, split))).toContain(
      'apis_removed the app api answers for the APIs that it names, no longer for all',
    )
    expect(lines(compareManifests(split, whole))).toContain(
      'apis_added without apps, what the roles list counts for every API',
    )
  })
})

describe('postern diff', () => {
  const wider = write(
    'wider.yml',
    `version: 1\nissuers: ${staff}\nroles: { reader: { trust: [{ issuer: staff, claims: { g: [a, "b\\u202e"] } }], routes: [GET /orders] } }\n`,
  )
  const narrower = write(
    'narrower.yml',
    `version: 1\nissuers: ${staff}\nvars: { group: a }\nroles: { reader: { owner: me, trust: [{ issuer: staff, claims: { g: '\${group}' } }], routes: [GET /orders] } }\n`,
  )
  const vars = write('vars.yml', 'group: c\n')

  test('says who and what, and that something widened by its exit code', async () => {
    const { code, stdout, stderr } = await postern(['diff', narrower, wider])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toBe(
      'role reader\n  callers of staff with g "b\\u{202e}"\n    + gain GET /orders\n' +
        '  · owner was "me" and is none\n\nwidened: 1 change, narrowed: 0, neutral: 1\n',
    )
    const back = await postern(['diff', wider, narrower])
    expect(back).toMatchObject({ code: 0, stderr: '' })
    expect(back.stdout).toMatch(/ - lose GET \/orders\n[\s\S]*widened: 0 changes, narrowed: 1, neutral: 1\n$/)
  })

  test('--json is one document, and a manifest is no change of itself', async () => {
    const { code, stdout } = await postern(['diff', narrower, wider, '--json'])
    expect(code).toBe(1)
    const document = JSON.parse(stdout)
    expect(document).toMatchObject({
      widened: true,
      changes: [
        {
          kind: 'routes_gained',
          effect: 'widened',
          role: 'reader',
          issuer: 'staff',
          rule: { issuer: 'staff', claims: { g: '"b\u202e"' }, not: {} },
          routes: ['GET /orders'],
        },
        { kind: 'role_changed', effect: 'neutral', role: 'reader' },
      ],
    })
    for (const { kind, effect } of document.changes) expect(effect).toBe(kinds[kind as keyof typeof kinds])
    expect(await postern(['diff', ordersManifest, ordersManifest])).toEqual({
      code: 0,
      stdout: 'nothing changes\n',
      stderr: '',
    })
  })

  test('each side has its own variables where --old-vars says so', async () => {
    const same = await postern(['diff', narrower, narrower, '--vars', vars])
    expect(same).toMatchObject({ code: 0, stdout: 'nothing changes\n' })
    const other = await postern([
      'diff',
      narrower,
      narrower,
      '--vars',
      vars,
      '--old-vars',
      write('old.yml', 'group: d\n'),
    ])
    expect(other.code).toBe(1)
    expect(other.stdout).toMatch(
      /g "c"\n {4}\+ gain GET \/orders\n {2}callers of staff with g "d"\n {4}- lose/,
    )
  })

  test('a manifest that does not hold, or is not there, is no verdict', async () => {
    const broken = write('broken.yml', 'version: 1\nissuers: {}\nrolse: {}\n')
    for (const files of [
      [broken, wider],
      [wider, broken],
    ]) {
      const { code, stdout, stderr } = await postern(['diff', ...files])
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
      expect(stderr).toMatch(/broken\.yml does not hold\n[\s\S]*broken\.yml:3:1: "rolse" is not a key/)
    }
    const gone = await postern(['diff', wider, join(folder, 'gone.yml')])
    expect(gone).toMatchObject({ code: 3, stdout: '' })
    expect(gone.stderr).toMatch(/gone\.yml: there is no such file/)
  })
})

test('the pairs above show every kind of change', () => {
  expect(Object.keys(kinds).filter((kind) => !seen.has(kind))).toEqual([])
})
