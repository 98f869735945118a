import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { startIssuers } from '../../local/issuer/server.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { ordersManifest, type Run, root, run } from './run.ts'

/** npm tells its children where it stands, and npm in another folder would believe it. */
const env = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^npm_(config_local_prefix|package_|lifecycle_|command)|^INIT_CWD$/.test(name))
    .map((name) => [name, undefined]),
)
const npm = (args: readonly string[], cwd: string): Promise<Run> => run('npm', args, { cwd, env })
const unreachable = /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ENOTCACHED|ETIMEDOUT|ENETUNREACH/

const adopter = mkdtempSync(join(tmpdir(), 'postern-adopter-'))
const installed = join(adopter, 'node_modules/postern')
let noRegistry: string | undefined

beforeAll(async () => {
  const packed = await npm(['pack', '--silent', '--pack-destination', adopter], root)
  expect(packed, packed.stderr).toMatchObject({ code: 0 })
  const [tarball = ''] = readdirSync(adopter).filter((name) => name.endsWith('.tgz'))
  writeFileSync(join(adopter, 'package.json'), '{ "private": true }')
  const { code, stderr } = await npm(
    ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`],
    adopter,
  )
  if (code !== 0 && unreachable.test(stderr)) {
    noRegistry = 'the registry cannot be reached, so the packed project cannot be installed'
    console.log(`skipped: ${noRegistry}`)
  } else expect(code, stderr).toBe(0)
  cpSync(join(root, 'examples/orders'), join(adopter, 'orders'), { recursive: true })
}, 180_000)

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

describe('the packed project, installed in an empty folder', () => {
  test('holds what package.json names and nothing of tests or of local mode', ({ skip }) => {
    if (noRegistry) skip(noRegistry)
    const files = filesBelow(installed)
    const allowed = new Set<string>([
      ...packageJson.files.map((one) => one.split('/')[0] as string),
      'package.json',
    ])
    expect(files.filter((file) => !allowed.has(file.split('/')[0] as string))).toEqual([])
    expect(
      files.filter((file) => /(^|\/)(test|local|bench|\.[^/]*|node_modules)\/|\.test\.|\.tgz$/.test(file)),
    ).toEqual([])
    expect(files).toContain('dist/cli/postern.js')
    expect(files).toContain('functions/authorizer/handler.ts')
    // npm packs what package.json names whether or not it is there; a name that matches nothing would go unnoticed.
    const missing = packageJson.files.filter(
      (name) => existsSync(join(root, name)) && !existsSync(join(installed, name)),
    )
    expect(missing).toEqual([])
  })

  test('no file names a folder of the machine it was packed on', ({ skip }) => {
    if (noRegistry) skip(noRegistry)
    for (const file of filesBelow(installed))
      expect(readFileSync(join(installed, file)).includes(root), file).toBe(false)
  })

  test('npx postern answers', async ({ skip }) => {
    if (noRegistry) skip(noRegistry)
    const version = await run('npx', ['--no-install', 'postern', '--version'], { cwd: adopter, env })
    expect(version).toMatchObject({ code: 0, stdout: `${packageJson.version}\n` })
    const checked = await run('npx', ['--no-install', 'postern', 'check', 'orders/access.yml'], {
      cwd: adopter,
      env,
    })
    expect(checked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^orders\/access\.yml: 3 issuers/m),
    })
  })

  test('npx postern build makes a handler that answers a signed event', async ({ skip }) => {
    if (noRegistry) skip(noRegistry)
    await buildAndAsk(
      (args) => run('npx', ['--no-install', 'postern', ...args], { cwd: adopter, env }),
      'out',
    )
  })

  test('init, check, test, build and osls package: a stack of its own, from an empty folder', async ({
    skip,
  }) => {
    if (noRegistry) skip(noRegistry)
    const folder = join(adopter, 'own')
    const command = join(installed, 'dist/cli/postern.js')
    const postern = (...args: string[]) => run(process.execPath, [command, ...args], { cwd: folder, env })
    mkdirSync(folder)
    const vars = ['--vars', 'stages/dev.yml']
    for (const args of [
      ['init'],
      ['check', 'access.yml', ...vars],
      ['test', 'cases.yml'],
      ['build', '--access', 'access.yml', ...vars, '--out', 'dist/dev'],
    ])
      expect(await postern(...args)).toMatchObject({ code: 0, stderr: '' })
    const osls = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
    const clean = { HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env.PATH }
    const packaged = await run(process.execPath, [osls, 'package', '--stage', 'dev'], {
      cwd: folder,
      env: clean,
    })
    expect(packaged, packaged.stderr).toMatchObject({ code: 0 })
    const template = readFileSync(
      join(folder, '.serverless/cloudformation-template-update-stack.json'),
      'utf8',
    )
    const { Resources } = JSON.parse(template)
    expect(Object.keys(Resources)).toEqual(
      expect.arrayContaining([
        'AuthorizerLambdaFunction',
        'AuthorizerApiAlias',
        'BrokerLambdaFunction',
        'BrokerApi',
      ]),
    )
    expect(JSON.stringify(Resources.BrokerRole)).toContain('arn:aws:iam::123456789012:role/hello-exporter')
    const issuers = await startIssuers({
      access: compileManifest(loadManifest(join(folder, 'access.yml'))),
      port: 0,
    })
    try {
      const token = await issuers.sign('staff', { 'cognito:groups': ['hello'] })
      writeFileSync(join(folder, 'token.txt'), token)
      const explain = ['explain', '--access', 'access.yml', '--token', 'token.txt', '--local', issuers.url]
      expect(await postern(...explain, '--route', 'GET /hello/7')).toMatchObject({ code: 0 })
      expect(await postern(...explain, '--route', 'POST /hello')).toMatchObject({ code: 1 })
    } finally {
      await issuers.close()
    }
  })

  const oldest = findNode(20)
  if (oldest === undefined) console.log('skipped: the command on Node 20, as there is none on the PATH')
  test.runIf(oldest !== undefined)('every command works on Node 20', async ({ skip }) => {
    if (noRegistry) skip(noRegistry)
    const command = join(installed, 'dist/cli/postern.js')
    const postern = (args: readonly string[]) =>
      run(oldest as string, [command, ...args], { cwd: adopter, env })
    expect((await postern(['schema'])).code).toBe(0)
    expect((await postern(['check', 'orders/access.yml'])).code).toBe(0)
    await buildAndAsk(postern, 'out-20')
  })
})

/** Builds against local issuers, asks the handler about a reader's request, and has the same explained. */
async function buildAndAsk(
  postern: (args: readonly string[]) => Promise<Run>,
  outDir: string,
): Promise<void> {
  const issuers = await startIssuers({ access: compileManifest(loadManifest(ordersManifest)), port: 0 })
  try {
    const manifest = ['--access', 'orders/access.yml', '--local', issuers.url]
    const built = await postern(['build', ...manifest, '--out', outDir])
    expect(built, built.stderr).toMatchObject({ code: 0, stderr: expect.not.stringContaining('postern:') })
    const { handler } = await import(pathToFileURL(join(adopter, outDir, 'authorizer/index.mjs')).href)
    const token = await issuers.sign('staff', { 'cognito:groups': ['orders'] })
    const methodArn = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/GET/orders/1'
    const event = (authorizationToken: string) => ({ type: 'TOKEN', authorizationToken, methodArn })
    const answer = await handler(event(`Bearer ${token}`))
    expect(answer.policyDocument.Statement[0]).toMatchObject({ Effect: 'Allow' })
    expect(answer.context).toMatchObject({ issuer: 'staff', roles: 'orders-reader' })
    await expect(handler(event(`Bearer ${token.slice(0, -8)}AAAAAAAA`))).rejects.toThrow(/^Unauthorized$/)
    writeFileSync(join(adopter, 'token.txt'), token)
    const explained = await postern([
      'explain',
      ...manifest,
      '--token',
      'token.txt',
      '--route',
      'GET /orders/1',
    ])
    expect(explained, explained.stdout + explained.stderr).toMatchObject({ code: 0 })
    const refused = await postern([
      'explain',
      ...manifest,
      '--token',
      'token.txt',
      '--route',
      'PUT /orders/1',
    ])
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('route_not_granted') })
  } finally {
    await issuers.close()
  }
}

function findNode(major: number): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'node')
    if (!existsSync(file)) continue
    const version = execFileSync(file, ['--version'], { encoding: 'utf8' })
    if (version.startsWith(`v${major}.`)) return file
  }
  return undefined
}
