import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { teamsManifest } from '../../local/world.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { postern } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-apps-'))
const access = ['--access', teamsManifest]
let issuers: LocalIssuers
let tokenFile: string
let token: string
beforeAll(async () => {
  issuers = await startIssuers({ access: compileManifest(loadManifest(teamsManifest)), port: 0 })
  token = await issuers.sign('people', { sub: 'ada', groups: ['billing-heads', 'support-agents'] })
  tokenFile = join(folder, 'token.txt')
  writeFileSync(tokenFile, token)
})
afterAll(async () => {
  await issuers.close()
  rmSync(folder, { recursive: true })
})

describe('postern explain', () => {
  const explain = (...more: string[]) =>
    postern(['explain', ...access, '--token', tokenFile, '--local', issuers.url, ...more])

  test('asks which app is meant, where there are several', async () => {
    const { code, stderr } = await explain('--route', 'GET /invoices')
    expect(code).toBe(2)
    expect(stderr).toContain('the manifest has the apps billing, shipping, support: name one with --app')
  })

  test('a role of the app grants, by the roles that it includes; those of other apps do not count', async () => {
    const { code, stdout } = await explain('--app', 'billing', '--route', 'GET /invoices/7')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^roles {6}billing\.head$/m)
    expect(stdout).toMatch(/^request {4}GET \/invoices\/7 on a REST API of the app "billing"$/m)
    expect(stdout).toMatch(/^listed by {2}billing\.viewer, billing\.clerk, billing\.head$/m)
    const shipping = await explain('--app', 'shipping', '--route', 'GET /parcels')
    expect(shipping.code).toBe(1)
    expect(shipping.stdout).toMatch(/^decision {3}DENY route_not_granted/m)
    expect(shipping.stdout).not.toContain('billing.')
  })

  test('the handshake of a WebSocket API', async () => {
    const { code, stdout } = await explain('--app', 'support', '--route', '$connect')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^request {4}\$connect on a WebSocket API of the app "support"$/m)
    expect(stdout).toMatch(/^route {6}\$connect$/m)
  })

  test('an event, by its API, by its alias, and of an API that no app has', async () => {
    const event = (apiId: string) => {
      const file = join(folder, `${apiId}.json`)
      const methodArn = `arn:aws:execute-api:eu-west-1:123456789012:${apiId}/dev/GET/tickets`
      writeFileSync(file, JSON.stringify({ type: 'TOKEN', authorizationToken: `Bearer ${token}`, methodArn }))
      return postern(['explain', ...access, '--local', issuers.url, '--event', file, '--json'])
    }
    const shared = await event('sh0pap1id0')
    expect(JSON.parse(shared.stdout)).toMatchObject({
      effect: 'allow',
      app: 'shipping,support',
      grantedBy: ['support.agent'],
      request: { api: 'rest', method: 'GET', path: '/tickets' },
    })
    const unknown = await event('n0b0dyap1d')
    expect(unknown.code).toBe(3)
    const found = JSON.parse(unknown.stdout)
    expect(found).toMatchObject({ effect: 'deny', reason: 'app_unknown' })
    expect(found.checks.find(({ result }: { result: string }) => result === 'failed').id).toBe('app')
    expect(unknown.stdout + shared.stdout).not.toContain(token.slice(0, 40))
  })

  test.each([
    ['not JSON', '{"authorizationToken": "s3cr3t', 3],
    ['no event', '{"authorizationToken": "s3cr3t"}', 3],
    ['null', 'null', 3],
  ])('an event that is %s says nothing of what it holds', async (_, text, expected) => {
    const outcome = await postern(['explain', ...access, '--event', '-', '--local', issuers.url], {
      input: text,
    })
    expect(outcome.code).toBe(expected)
    expect(outcome.stdout + outcome.stderr).not.toContain('s3cr3t')
  })

  test('an event beside a token is a contradiction', async () => {
    const { code, stderr } = await explain('--event', tokenFile)
    expect([code, stderr]).toEqual([2, expect.stringContaining('--token stands beside --event')])
  })
})

test('postern policy prints a document of one app', async () => {
  const { code, stdout } = await postern([
    'policy',
    ...access,
    '--app',
    'billing',
    '--roles',
    'billing.head',
    '--json',
  ])
  expect(code).toBe(0)
  expect(stdout).toContain('/DELETE/invoices/?*')
  expect((await postern(['policy', ...access, '--roles', 'billing.head'])).code).toBe(2)
})

test('postern check says how many apps there are, and checks one alone', async () => {
  const { stdout } = await postern(['check', teamsManifest])
  expect(stdout).toMatch(/access\.yml: 2 issuers, 3 apps, 7 roles, \d+ routes, 0 warnings/)
  const one = await postern(['check', teamsManifest, '--app', 'billing', '--json'])
  expect(JSON.parse(one.stdout).summary).toMatchObject({ apps: 1, roles: 4 })
})

test('postern test decides by the app that a case names', async () => {
  const file = join(folder, 'cases.yml')
  writeFileSync(
    file,
    `- about: ada
  access: ${teamsManifest}
  issuer: people
  claims: { sub: ada, groups: [billing-heads] }
  app: billing
  cases:
    - { name: cancels, request: DELETE /invoices/7, expect: { effect: allow, roles: [billing.head] } }
    - { name: chats, app: support, request: $connect, expect: { effect: deny, reason: role_none } }
    - { name: follows parcels, app: shipping, request: GET /customers/ada/parcels, expect: { effect: allow } }
`,
  )
  expect((await postern(['test', file])).code).toBe(0)
  writeFileSync(file, readFileSync(file, 'utf8').replace('app: shipping', 'app: shiping'))
  const slip = await postern(['test', file])
  expect([slip.code, slip.stderr + slip.stdout]).toEqual([
    3,
    expect.stringContaining('did you mean "shipping"?'),
  ])
})
