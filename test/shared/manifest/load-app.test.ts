import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { load, places, problemsOf, write } from './cases.ts'

const root = (allow: string, more = '') =>
  `vars: { stage: dev }
apps:
  one: { manifest: one/access.yml, allow: ${allow}${more} }
  two: { manifest: two/access.yml, allow: { issuers: [idp] } }
roles: { own: { description: '@{stage}', trust: [{ issuer: idp, claims: { sub: x } }], routes: [GET /own] } }
`.replaceAll('@', '$')
const included = (text: string) => `version: 1\n${text.replaceAll('@', '$')}`
const plain = root('{ issuers: [idp], routes: [GET /a] }')

describe('variables', () => {
  write(
    'one/access.yml',
    included(
      "vars: { group: a, stage: x }\nroles: { r: { trust: [{ issuer: idp, claims: { g: '@{group}@{stage}' } }] } }",
    ),
  )
  write('two/access.yml', included(''))
  const groupOf = (varsFile?: string) => {
    const access = compileManifest(load(plain, varsFile === undefined ? {} : { varsFile }))
    return access.rules.find(({ role }) => access.roles[role]?.app === 'one')?.claims[0]?.matcher
  }

  test('an included manifest has its own, whatever the root calls by the same name', () => {
    expect(groupOf()).toEqual({ equals: 'ax' })
  })

  test('a vars file replaces those of every manifest that declares the name', () => {
    expect(groupOf(write('prod.yml', 'stage: prod\ngroup: b\n'))).toEqual({ equals: 'bprod' })
  })

  test('a name that no manifest declares is a slip', () => {
    const varsFile = write('slip.yml', 'stage: prod\ngruop: b\n')
    expect(places(problemsOf(plain, { varsFile }))).toEqual(['undeclared_variable slip.yml:2:1'])
  })

  test('for one app alone, names of the others are left to the others', () => {
    const varsFile = write('slip.yml', 'stage: prod\ngroup: b\n')
    expect(problemsOf(plain, { varsFile, app: 'two' })).toEqual([])
  })
})

describe('one app alone', () => {
  test('another app’s slip is not looked at, its own is, and the root’s is', () => {
    write('one/access.yml', included('roles: { r: { routes: [nonsense] } }'))
    write('two/access.yml', included(''))
    expect(problemsOf(plain, { app: 'two' })).toEqual([])
    expect(problemsOf(plain, { app: 'api' })).toEqual([])
    expect(places(problemsOf(plain, { app: 'one' }))).toEqual(['route_invalid one/access.yml:2:24'])
    const broken = plain.replace('sub: x', 'sub: 5')
    expect(places(problemsOf(broken, { app: 'two' }))).toEqual(['number_unquoted 7:80'])
  })

  test('has its own roles, and none of the root’s', () => {
    write('one/access.yml', included('roles: { r: { routes: [GET /a] } }'))
    const namesOf = (app?: string) => {
      const access = compileManifest(load(plain, app === undefined ? {} : { app }))
      return [access.apps.map(({ name }) => name), access.roles.map(({ name }) => name)]
    }
    expect(namesOf()).toEqual([
      ['api', 'one', 'two'],
      ['own', 'one.r'],
    ])
    expect(namesOf('one')).toEqual([['one'], ['one.r']])
    expect(namesOf('api')).toEqual([['api'], ['own']])
  })

  test('one that there is not is told which there are', () => {
    const [problem] = problemsOf(plain, { app: 'tow' })
    expect(problem).toMatchObject({ code: 'app_unknown', mend: 'did you mean "two"?' })
    const [without] = problemsOf('roles: {}', { app: 'billing' })
    expect(without).toMatchObject({ code: 'app_unknown', mend: 'it has none' })
  })
})

describe('settings', () => {
  test('come from the root’s entry or from the app’s own manifest, with defaults for the rest', () => {
    write(
      'one/access.yml',
      included('api: { routesFile: ./routes.json, cacheSeconds: 60 }\nroles: { r: { routes: [GET /a] } }'),
    )
    write('one/routes.json', '{"rest": ["GET /a", "GET /b"]}')
    const { apps } = compileManifest(load(root('{ routes: [GET /a] }', ', context: [email], apiIds: [a1]')))
    expect(apps.find(({ name }) => name === 'one')).toMatchObject({
      cacheSeconds: 60,
      response: 'policy',
      context: [{ name: 'email' }],
      proven: { rest: true, http: false },
    })
  })

  test('a slip in one is shown where it stands', () => {
    write('one/access.yml', included('api: { cacheSeconds: 3601 }'))
    expect(places(problemsOf(root('{ issuers: [idp] }', ', context: [claims]')))).toEqual([
      'number_out_of_range one/access.yml:2:22',
      'context_reserved 5:73',
    ])
  })

  test('a link out of the folder is no way out', () => {
    write('one/access.yml', included('api: { routesFile: ./sub/routes.json }'))
    write('elsewhere/routes.json', '{"rest": ["GET /a"]}')
    const link = join(dirname(write('one/x', '')), 'sub')
    rmSync(link, { recursive: true, force: true })
    symlinkSync(join(dirname(link), '..', 'elsewhere'), link)
    expect(places(problemsOf(plain))).toEqual(['path_outside one/access.yml:2:20'])
    rmSync(link)
    mkdirSync(link)
    write('one/sub/routes.json', '{"rest": ["GET /a"]}')
    expect(problemsOf(plain)).toEqual([])
  })
})
