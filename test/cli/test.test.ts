import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { schemaText } from '../../cli/schema.ts'
import { ordersManifest, postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-cases-'))
const write = (name: string, text: string): string => {
  const file = join(folder, name)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

const manifest = `version: 1
vars: { team: orders }
issuers: { idp: { type: oidc, issuer: https://idp.example, audience: [api] } }
api: { routesFile: ./routes.json }
roles:
  reader: { trust: [{ issuer: idp, claims: { team: '\${team}' } }], routes: [GET /orders] }
  helper: { trust: [{ issuer: idp, claims: { level: { number: 5 } }, expiresAt: 2027-01-01T00:00:00Z }], routes: [GET /help] }
`
write('policy/access.yml', manifest)
write(
  'policy/routes.json',
  '{"rest": ["GET /orders", "GET /help", "GET /status"], "http": ["GET /orders", "GET /help"]}',
)
write('policy/prod.yml', 'team: prod-orders\n')
const access = join(folder, 'policy/access.yml')
const allowed = 'claims: { team: orders }, request: GET /orders, expect: { effect: allow'

describe('cases that all come out as expected', () => {
  const file = write(
    'policy/cases/good.yml',
    `- about: who reads
  access: ../access.yml
  cases:
    - { name: in full, ${allowed}, reason: granted, roles: [reader] } }
    - { name: the effect alone, ${allowed} } }
    - { name: a stranger, claims: {}, request: GET /orders, expect: { effect: deny, reason: role_none, roles: [] } }
    - { name: roles in any order, claims: { team: orders, level: 5 }, request: GET /orders, expect: { effect: allow, roles: [helper, reader] } }
- about: another stage
  access: ../access.yml
  vars: ../prod.yml
  request: { method: GET, path: /orders }
  cases:
    - { name: of this stage, claims: { team: prod-orders }, expect: { effect: allow } }
    - { name: of another, claims: { team: orders }, expect: { effect: deny } }
`,
  )

  test('a line for each group, a summary, exit code 0', async () => {
    expect(await postern(['test', file])).toEqual({
      code: 0,
      stdout: 'ok    who reads (4)\nok    another stage (2)\n6 cases: 6 passed, 0 failed\n',
      stderr: '',
    })
  })

  test('--verbose has a line for each case', async () => {
    const { stdout } = await postern(['test', file, '--verbose'])
    expect(stdout).toMatch(/^ok {4}who reads \(4\)\n {2}ok {4}in full\n {2}ok {4}the effect alone\n/)
    expect(stdout.split('\n')).toHaveLength(10)
  })

  test('JSON is the same, tabs and all', async () => {
    const groups = parse(readFileSync(file, 'utf8'))
    const json = write('policy/cases-as-json/good.json', JSON.stringify(groups, undefined, '\t'))
    expect(await postern(['test', json])).toEqual(await postern(['test', file]))
  })

  test('the date decides nothing: cases are of 2026-11-22T08:00:00Z unless they say otherwise', async () => {
    const instants = write(
      'policy/instants.yml',
      `- about: a rule that ends
  access: ./access.yml
  claims: { level: 5 }
  request: GET /help
  cases:
    - { name: the default, expect: { effect: allow } }
    - { name: just before, now: 2026-12-31T23:59:59Z, expect: { effect: allow } }
    - { name: on the second, now: 2027-01-01T00:00:00Z, expect: { effect: deny, reason: role_none } }
`,
    )
    expect((await postern(['test', instants])).stdout).toContain('3 cases: 3 passed')
    expect((await postern(['test', '--help'])).stdout).toContain('as of 2026-11-22T08:00:00Z')
  })
})

describe('cases that come out otherwise', () => {
  const file = write(
    'policy/failing.yml',
    `- about: which API
  access: ./access.yml
  claims: { level: 5, team: orders }
  cases:
    - { name: as expected, request: GET /orders, expect: { effect: allow } }
    - { name: by one API only, request: GET /status, expect: { effect: deny, reason: route_unknown } }
    - name: another reason
      request: { api: http, method: GET, path: "/or\\eders" }
      expect: { effect: deny, reason: route_unknown }
    - { name: fewer roles, request: GET /help, expect: { effect: allow, reason: granted, roles: [helper] } }
- about: a group without a slip
  access: ./access.yml
  cases: [{ name: passes, ${allowed} } }]
`,
  )

  test('each with its place, the request, what was expected, and what came by which type of API', async () => {
    const { code, stdout, stderr } = await postern(['test', file])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toBe(`FAIL  which API (3 of 4 failed)
  FAIL  by one API only  ${file}:6
          request     GET /status
          expected    deny · route_unknown
          rest        deny · route_not_granted · roles: reader, helper
          http        deny · route_unknown · roles: reader, helper, as expected
  FAIL  another reason  ${file}:7
          request     GET /or\\u{1b}ders
          expected    deny · route_unknown
          http        deny · path_not_canonical · roles: reader, helper
  FAIL  fewer roles  ${file}:10
          request     GET /help
          expected    allow · granted · roles: helper
          rest, http  allow · granted · roles: reader, helper
ok    a group without a slip (1)
5 cases: 2 passed, 3 failed
`)
  })

  test('--json is one document with stable keys', async () => {
    const { code, stdout, stderr } = await postern(['test', file, '--json'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    const { groups, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({
      ok: false,
      problems: [],
      summary: { groups: 2, cases: 5, passed: 2, failed: 3 },
    })
    expect(groups[0]).toMatchObject({ about: 'which API', file, line: 1 })
    const got = { method: 'GET', path: '/status', effect: 'deny', roles: ['reader', 'helper'] }
    expect(groups[0].cases[1]).toEqual({
      name: 'by one API only',
      line: 6,
      ok: false,
      issuer: 'idp',
      expected: { effect: 'deny', reason: 'route_unknown' },
      got: [
        { ...got, api: 'rest', reason: 'route_not_granted', differs: ['reason'] },
        { ...got, api: 'http', reason: 'route_unknown', differs: [] },
      ],
    })
    expect(groups[0].cases[3].got[0].differs).toEqual(['roles'])
  })
})

describe('CASES, --access and --vars', () => {
  const bare = `- about: no manifest\n  cases: [{ name: one, ${allowed} } }]\n`

  test('a folder: every file in it and below, in the order of their paths', async () => {
    write('many/b.yml', bare.replace('no manifest', 'second'))
    write('many/a/z.yaml', bare.replace('no manifest', 'first'))
    write('many/c.json', JSON.stringify(parse(bare.replace('no manifest', 'third'))))
    write('many/notes.md', 'no cases')
    write('many/.hidden/x.yml', 'no cases')
    write('many/node_modules/x.yml', 'no cases')
    const { code, stdout } = await postern(['test', join(folder, 'many'), '--access', access])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'ok    first (1)\nok    second (1)\nok    third (1)\n3 cases: 3 passed, 0 failed\n',
    })
  })

  test('--vars belongs to --access, and leaves alone the groups that name a manifest', async () => {
    const file = write(
      'policy/both.yml',
      `${bare}- about: its own\n  access: ./access.yml\n  cases: [{ name: one, ${allowed} } }]\n`,
    )
    const args = ['test', file, '--access', access]
    expect((await postern(args)).code).toBe(0)
    const { code, stdout } = await postern([...args, '--vars', join(folder, 'policy/prod.yml')])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^FAIL {2}no manifest [\s\S]*\nok {4}its own \(1\)\n/)
    expect(await postern(['test', file, '--vars', access])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--vars goes with --access'),
    })
  })

  test("the repository's example is tested the same way", async () => {
    const file = write(
      'orders.yml',
      "- { about: orders, issuer: staff, request: GET /orders/1, cases: [{ name: a clerk, claims: { 'cognito:groups': [orders] }, expect: { effect: allow, roles: [orders-reader] } }] }",
    )
    expect(await postern(['test', file, '--access', ordersManifest])).toMatchObject({ code: 0, stderr: '' })
  })

  test.each([
    [
      'a file that is not there',
      [join(folder, 'gone.yml')],
      /gone\.yml: there is no such file or folder\n {2}mend: /,
    ],
    [
      'a file of another kind',
      [write('cases.txt', bare)],
      /cases\.txt: this is not a file of cases\n {2}mend: /,
    ],
    [
      'a folder without cases',
      [join(write('empty/notes.md', ''), '..')],
      /empty: there are no cases in this folder\n/,
    ],
    [
      'a manifest that is not there',
      [write('bare.yml', bare), '--access', join(folder, 'no.yml')],
      /no\.yml: there is no such file\n/,
    ],
  ])('%s: exit code 3, and nothing on standard output', async (_, args, message) => {
    const { code, stdout, stderr } = await postern(['test', ...args])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(message)
  })
})

describe('files that do not hold', () => {
  test('all at once, over files; a broken manifest speaks for itself, and once', async () => {
    const slip = write(
      'broken/access.txt',
      `${manifest.replace('routes.json', '../policy/routes.json')}rolse: {}\n`,
    )
    const group = `- about: x\n  access: ./access.txt\n  cases: [{ name: a, ${allowed} } }]\n`
    const first = write('broken/a.yml', `${group}${group}- about: y\n  acess: ./access.txt\n  cases: []\n`)
    const second = write('broken/b.yml', '{}')
    const { code, stdout, stderr } = await postern(['test', join(folder, 'broken'), '--json'])
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    const { ok: isOk, problems, ...rest } = JSON.parse(stdout)
    expect({ isOk, rest }).toEqual({ isOk: false, rest: {} })
    type Shown = { file: string; line: number; column: number; code: string; mend: string }
    const places = problems.map((one: Shown) => `${one.file}:${one.line}:${one.column} ${one.code}`)
    expect(places).toEqual([
      `${slip}:8:1 unknown_key`,
      `${first}:8:3 unknown_key`,
      `${first}:9:10 empty_list`,
      `${second}:1:1 type_invalid`,
    ])
  })
})

test('schema --cases is the JSON Schema of this format', async () => {
  expect(await postern(['schema', '--cases'])).toEqual({ code: 0, stdout: schemaText('cases'), stderr: '' })
})
