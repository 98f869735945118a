import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Contract } from '../../cli/contract/contract.ts'
import type { App, Role } from '../../shared/access/access.ts'
import { decideFor } from '../../shared/access/decide.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { ordersManifest, postern, root } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-contract-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const teams = join(root, 'examples/teams/access.yml')
const bots = join(root, 'examples/bots/access.yml')

async function contract(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await postern(['contract', ...words])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

test('an auditor reads who has a role, what it may call, and how far the root lets the app go', async () => {
  const text = await contract('--access', teams, '--app', 'billing')
  expect(text).toContain(`### \`billing.clerk\`

Write invoices. Owner: billing@acme.example. Includes \`billing.viewer\`.

Who has it:

- callers of people with groups "billing-clerks"

May call:

- \`POST /invoices\`
- \`PUT /invoices/{id}\`
- \`GET /invoices\`
- \`GET /invoices/{id}\`
`)
  expect(text).toContain('- routes: `ANY /invoices`, `ANY /invoices/{proxy+}`')
  expect(text).toContain('| `DELETE /invoices/{id}` | `billing.head` |')
  expect(text).not.toContain('shipping')
})

test('what may be borrowed stands there with its scopes, its length and its tags', async () => {
  const text = await contract('--access', ordersManifest)
  expect(text).toContain(
    '`arn:aws:iam::123456789012:role/orders-exporter`, via assume-role, for at most 3600 s',
  )
  expect(text).toContain(
    '  - scope `write`: `s3:PutObject` on `arn:aws:s3:::acme-orders/{claims.repository_id}/*`',
  )
  expect(text).toContain('| `GET /health` | everybody, without a token |')
  expect(text).toContain('| `GET /admin` | nobody |')
})

test('a token that Postern signed has to name the role, and the contract says so', async () => {
  const text = await contract('--access', bots)
  expect(text).toContain('callers of bots with sub "client:nightly", whose token names the role in its scope')
})

describe.each([
  ['orders', ordersManifest, undefined],
  ['teams', teams, 'billing'],
  ['teams', teams, 'shipping'],
  ['teams', teams, 'support'],
] as const)('the table of routes of %s %s %s', (_, access, app) => {
  test('has a role for a route if, and only if, the authorizer lets callers of that role call it', async () => {
    const words = app === undefined ? [] : ['--app', app]
    const { roles, routes } = JSON.parse(await contract('--access', access, ...words, '--json')) as Contract
    const compiled = compileManifest(loadManifest(access, app === undefined ? {} : { app }))
    for (const { route, roles: granted } of routes.filter((one) => one.route.includes(' /')))
      for (const { name } of roles) {
        const role = compiled.roles.find((one) => one.name === name) as Role
        const [written = '', path = ''] = route.replace(/\{[^}]+\}/g, 'ada').split(' ')
        // ANY is for the methods that have no route of their own there.
        const method = written === 'ANY' ? 'OPTIONS' : written
        const request = { api: 'http', method, path } as const
        const { effect } = decideFor(compiled.apps[0] as App, [role], { sub: 'ada' }, request)
        const listed = granted.some((one) => one.role === name)
        expect({ route, name, effect }).toEqual({ route, name, effect: listed ? 'allow' : 'deny' })
      }
  })
})

test('the same manifest gives the same bytes, to standard output and to a file', async () => {
  const words = ['--access', teams, '--app', 'support', '--json']
  const file = join(folder, 'contract.json')
  expect(await contract(...words, '--out', file)).toBe(`${file} written\n`)
  expect(readFileSync(file, 'utf8')).toBe(await contract(...words))
})

test('text of the manifest stays text: no column, heading, link or HTML comes of it', async () => {
  const access = write(
    'hostile.yml',
    `version: 1
issuers:
  people: { type: oidc, issuer: https://login.acme.example, audience: ['a\`|b'] }
roles:
  clerk:
    description: "a | b\\n# Heading [x](y) <b>"
    owner: "\`me\`"
    trust: [{ issuer: people, claims: { group: 'x | y \`' } }]
    routes: [GET /x]
`,
  )
  const text = await contract('--access', access)
  expect(text).toContain(String.raw`a \| b\\u{a}\# Heading \[x\](y) \<b\>.`)
  expect(text).toContain('| `` a`\\|b `` |')
  expect(text.match(/^#/gm)).toHaveLength(5)
})

test('with --local the keys alone come from elsewhere', async () => {
  const there: Contract = JSON.parse(await contract('--access', ordersManifest, '--json'))
  const here: Contract = JSON.parse(
    await contract('--access', ordersManifest, '--json', '--local', 'http://127.0.0.1:8601'),
  )
  expect(here.issuers.map(({ keys }) => JSON.stringify(keys))).toEqual([
    expect.stringContaining('http://127.0.0.1:8601/staff/'),
    expect.stringContaining('http://127.0.0.1:8601/github/'),
    expect.stringContaining('http://127.0.0.1:8601/partner/'),
  ])
  const withoutKeys = ({ issuers, ...rest }: Contract) => ({
    ...rest,
    issuers: issuers.map(({ keys: _, ...issuer }) => issuer),
  })
  expect(withoutKeys(here)).toEqual(withoutKeys(there))
})

test('of a manifest with apps one is to be named, and it has to be there', async () => {
  const none = await postern(['contract', '--access', teams])
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('name one with --app') })
  const unknown = await postern(['contract', '--access', teams, '--app', 'biling'])
  expect(unknown.code).not.toBe(0)
  expect(unknown.stderr).toContain('billing')
})
