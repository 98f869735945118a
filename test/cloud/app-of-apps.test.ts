import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalIssuers, startIssuers } from '../../local/issuer/server.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { postern, root, run } from '../cli/run.ts'
import { send } from '../local/gateway/contract/stand.ts'
import { type MiniStack, startMiniStack } from './ministack.ts'
import { makeDeploymentBucket, runOsls, withBucket, writePlugged, writeService } from './osls.ts'
import { askAws, copyPostern, deploy, deployPostern, outputsOf, restoreAlias } from './stacks.ts'
import { venvFolder } from './venv.ts'

// examples/app-of-apps as osls deploys it: Postern's stack, the user pool's, and a stack for each of three FastAPI apps, which
// import the alias that has their name. One token of an issuer on loopback is good for all of them.

const example = join(root, 'examples/app-of-apps')
const apps = ['billing', 'analytics', 'users'] as const
type AppName = (typeof apps)[number]
const folder = mkdtempSync(join(tmpdir(), 'postern-app-of-apps-'))
const copy = join(folder, 'apps')
const urls = {} as Record<AppName, string>
const apiIds = {} as Record<AppName, string>
let stack: MiniStack
let issuers: LocalIssuers

beforeAll(async () => {
  stack = await startMiniStack()
  const access = join(example, 'access.yml')
  const varsFile = join(example, 'stages/dev.yml')
  issuers = await startIssuers({ access: compileManifest(loadManifest(access, { varsFile })), port: 0 })
  await makeDeploymentBucket(stack)
  cpSync(example, copy, { recursive: true })
  copyPostern(join(folder, 'postern'), example)
  const provider = join(copy, 'shared/provider.yml')
  writeFileSync(provider, withBucket(readFileSync(provider, 'utf8')))
  await deployPostern(stack, join(folder, 'postern'), issuers.url)
  // One zip after the other, and one stack after the other: MiniStack's CloudFormation is not made for more.
  for (const app of apps) {
    await zipApp(app)
    writePlugged(join(copy, app), readFileSync(join(copy, app, 'serverless.yml'), 'utf8'))
    await deploy(stack, join(copy, app))
    const { Url = '' } = await outputsOf(stack, `${app}-dev`)
    apiIds[app] = /^https:\/\/(\w+)\./.exec(Url)?.[1] ?? ''
    urls[app] = stack.apiUrl(apiIds[app])
  }
  await nameApis()
}, 240_000)
afterAll(async () => {
  await Promise.all([stack?.close(), issuers?.close()])
  rmSync(folder, { recursive: true, force: true })
})

/** MiniStack does not tell a function by which alias it was invoked, as Lambda does: here the root names each app's API. */
async function nameApis(): Promise<void> {
  const file = join(folder, 'postern/manifest/access.yml')
  let text = readFileSync(file, 'utf8')
  for (const app of apps) {
    const entry = `manifest: ./${app}/access.yml\n`
    text = text.replace(entry, `${entry}    apiIds: [${apiIds[app]}]\n`)
  }
  writeFileSync(file, text)
  await deployPostern(stack, join(folder, 'postern'), issuers.url)
  for (const app of apps) await restoreAlias(stack, app)
}

/** As the pipeline makes it, but for the machine it is for. */
async function zipApp(app: AppName): Promise<void> {
  const contract = join(copy, app, 'contract.json')
  const of = ['--access', join(copy, 'access.yml'), '--app', app, '--vars', join(copy, 'stages/dev.yml')]
  expect(await postern(['contract', ...of, '--json', '--out', contract])).toMatchObject({ code: 0 })
  const zip = join(root, 'examples/postern-fastapi/zip_function.py')
  const words = [
    '--requirements',
    'shared/requirements.txt',
    '--out',
    `${app}/dist/app.zip`,
    '--platform',
    'host',
  ]
  const files = [`${app}/app.py`, `${app}/contract.json`, 'shared/on_lambda.py']
  const zipped = await run(join(venvFolder, 'bin/python'), [zip, ...words, ...files], { cwd: copy })
  expect(zipped, zipped.stderr).toMatchObject({ code: 0 })
}

const tokenOf = (sub: string, ...groups: string[]) =>
  issuers.sign('people', { sub, 'cognito:groups': groups })
const statusOf = async (app: AppName, path: string, token: string | undefined, method = 'GET') => {
  const headers = token === undefined ? [] : [['Authorization', `Bearer ${token}`] as const]
  return (await send(urls[app], path, { method, headers })).status
}

test('signed in once, a person is let in by three apps as their manifests say', async () => {
  const token = await tokenOf('ada', 'billing-clerks', 'analysts')
  expect({
    invoices: await statusOf('billing', '/invoices', token),
    invoice: await statusOf('billing', '/invoices/1', token),
    cancel: await statusOf('billing', '/invoices/1', token, 'DELETE'),
    reports: await statusOf('analytics', '/reports', token),
    own: await statusOf('users', '/users/ada', token),
    other: await statusOf('users', '/users/bob', token),
    all: await statusOf('users', '/users', token),
  }).toEqual({ invoices: 200, invoice: 200, cancel: 403, reports: 200, own: 200, other: 403, all: 403 })
})

test.each(apps)('nobody gets into %s without a token, or by a forged one', async (app) => {
  const path = { billing: '/invoices', analytics: '/reports', users: '/users' }[app]
  const token = await tokenOf('eve', 'billing-heads', 'analysts', 'user-admins')
  expect(await statusOf(app, path, token)).toBe(200)
  expect(await statusOf(app, path, undefined)).toBe(401)
  expect(await statusOf(app, path, `${token.slice(0, -8)}AAAAAAAA`)).toBe(403)
})

describe('a rollback of one app', () => {
  test('brings its earlier code back, and leaves the others alone', async () => {
    const token = await tokenOf('ada', 'billing-viewers')
    const invoice = async () => (await send(urls.billing, '/invoices/1', { headers: [['Authorization', `Bearer ${token}`]] })).text // biome-ignore format: one call
    expect(await invoice()).toContain('ACME')
    const file = join(copy, 'billing/app.py')
    writeFileSync(file, readFileSync(file, 'utf8').replace('customer="ACME"', 'customer="Changed"'))
    await zipApp('billing')
    await deploy(stack, join(copy, 'billing'))
    expect(await invoice()).toContain('Changed')
    const listed = await runOsls(stack, join(copy, 'billing'), ['deploy', 'list'])
    const [before = ''] = listed.stdout.match(/\d{13}/g) ?? []
    const back = await runOsls(stack, join(copy, 'billing'), ['rollback', '--timestamp', before])
    expect(back, listed.stdout + back.stdout + back.stderr).toMatchObject({ code: 0 })
    expect(await invoice()).toContain('ACME')
    expect(await statusOf('users', '/users/ada', await tokenOf('ada'))).toBe(200)
  }, 60_000)
})

test('the user pool’s stack deploys, without the provider that MiniStack does not know, and says what the stage’s file needs', async () => {
  const identity = join(copy, 'identity')
  writeService(identity, readFileSync(join(identity, 'serverless.yml'), 'utf8'))
  await deploy(stack, identity)
  const { UserPool, Client } = await outputsOf(stack, 'identity-dev')
  expect({ UserPool, Client }).toEqual({
    UserPool: expect.stringMatching(/^eu-west-1_\w+$/),
    Client: expect.any(String),
  })
  const groups = await askAws(stack, 'cognito-idp', 'list-groups', '--user-pool-id', UserPool as string)
  const names = JSON.parse(groups).Groups.map(({ GroupName }: { GroupName: string }) => GroupName)
  expect(names.sort()).toEqual([
    'analysts',
    'billing-clerks',
    'billing-heads',
    'billing-viewers',
    'user-admins',
  ])
}, 60_000)

test('cfn-lint has nothing to say of the packaged templates', async () => {
  for (const name of [...apps, 'identity']) {
    const service = join(copy, name)
    const text = readFileSync(join(example, name, 'serverless.yml'), 'utf8')
    writeFileSync(join(service, 'serverless.yml'), text)
    expect(await runOsls(stack, service, ['package'])).toMatchObject({ code: 0 })
    const template = join(service, '.serverless/cloudformation-template-update-stack.json')
    const said = await run(join(venvFolder, 'bin/cfn-lint'), ['--region', 'eu-west-1', '--', template])
    const errors = said.stdout.match(/^E\d+.*$/gm) ?? []
    expect({ name, errors }).toEqual({ name, errors: [] })
  }
}, 60_000)
