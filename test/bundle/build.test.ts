import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type BuildFunctionsOptions, type BuiltFunction, buildFunctions } from '../../bundle/build.ts'
import type { Access } from '../../shared/access/access.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { ManifestError } from '../../shared/manifest/problem.ts'
import { frozenAccessOf } from './frozen-access.ts'

const root = join(import.meta.dirname, '../..')
const accessFile = join(root, 'examples/orders/access.yml')
const folder = mkdtempSync(join(tmpdir(), 'postern-build-'))
afterAll(() => rmSync(folder, { recursive: true }))

let builds = 0
async function authorizerOf(options: Partial<BuildFunctionsOptions> = {}): Promise<BuiltFunction> {
  const [authorizer] = await buildFunctions({
    accessFile,
    outDir: join(folder, String(builds++)),
    ...options,
  })
  return authorizer as BuiltFunction
}

const digest = (file: string): string => hash('sha256', readFileSync(file))

/** The sources of a bundle but for the access. Minified names differ even so: they follow the letters of the access. */
function codeOf({ inputs }: BuiltFunction): BuiltFunction['inputs'] {
  const { 'postern:postern:access': access, ...code } = inputs
  expect(access?.bytes).toBeGreaterThan(1000)
  return code
}

describe('the access inside', () => {
  test('it is the compiled manifest, without what roles lend', async () => {
    const access = await frozenAccessOf((await authorizerOf()).file)
    const { roles, ...rest } = compileManifest(loadManifest(accessFile))
    const withoutLoans = roles.map(({ credentials, lends, ...role }) => role)
    expect(access).toEqual({ ...rest, roles: withoutLoans })
    expect(roles.filter(({ credentials }) => credentials).length).toBe(3)
  })

  test('it is frozen, down to the last list', async () => {
    const access = await frozenAccessOf((await authorizerOf()).file)
    const unfrozen: string[] = []
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) unfrozen.push(path)
      for (const [name, inner] of Object.entries(value)) walk(inner, `${path}/${name}`)
    }
    walk(access, '')
    expect(unfrozen).toEqual([])
    expect(access.rules.length).toBeGreaterThan(0)
  })
})

describe('a manifest of thousands of roles', () => {
  const many = Array.from({ length: 3000 }, (_, at) => [
    `r${at}`,
    { routes: [`GET /r/${at}`], trust: [{ issuer: 'staff', claims: { sub: `s${at}`, name: 'Zoë\t\n' } }] },
  ])
  const manifest = JSON.stringify({
    version: 1,
    issuers: { staff: { type: 'cognito', userPoolId: 'eu-west-1_Ab12Cd34E', clientIds: ['a'] } },
    roles: Object.fromEntries(many),
  })

  test('is packed, and comes out as it was compiled', async () => {
    const large = await authorizerOf({ accessFile: copyExample('large', manifest) })
    const compiled = compileManifest(loadManifest(join(folder, 'copies/large/access.yml')))
    expect(await frozenAccessOf(large.file)).toEqual(compiled)
    expect(large.bytes).toBeLessThan(JSON.stringify(compiled).length / 3)
  })
})

describe('the same manifest, the same bytes', () => {
  test('built twice, and from another folder', async () => {
    const first = digest((await authorizerOf()).file)
    expect(digest((await authorizerOf()).file)).toBe(first)
    const copy = copyExample('elsewhere', readFileSync(accessFile, 'utf8'))
    expect(digest((await authorizerOf({ accessFile: copy })).file)).toBe(first)
  })

  test('another manifest changes the access and none of the code', async () => {
    const manifest = readFileSync(accessFile, 'utf8').replaceAll('orders-reader', 'orders-viewer')
    const other = await authorizerOf({ accessFile: copyExample('other', manifest) })
    const first = await authorizerOf()
    expect(digest(other.file)).not.toBe(digest(first.file))
    expect(codeOf(other)).toEqual(codeOf(first))
  })
})

describe('a --local build', () => {
  test("differs in where the issuers' keys come from, and in nothing else", async () => {
    const plain = await authorizerOf()
    const local = await authorizerOf({ localIssuers: 'http://127.0.0.1:8601' })
    expect(codeOf(local)).toEqual(codeOf(plain))
    const there = await frozenAccessOf(plain.file)
    const here = await frozenAccessOf(local.file)
    const withoutKeys = (access: Access) => ({
      ...access,
      issuers: access.issuers.map(({ keys: _, ...issuer }) => issuer),
    })
    expect(withoutKeys(here)).toEqual(withoutKeys(there))
    for (const { name, keys } of here.issuers)
      expect(JSON.stringify(keys)).toContain(`http://127.0.0.1:8601/${name}/`)
    for (const { keys } of there.issuers) expect(JSON.stringify(keys)).not.toContain('127.0.0.1')
  })
})

describe('what a build needs', () => {
  test('no network, no AWS settings, no home', () => {
    const outDir = join(folder, 'alone')
    const script = `
      import dgram from 'node:dgram'
      import dns from 'node:dns'
      import net from 'node:net'
      const refuse = (what) => () => { console.error('NETWORK', what); process.exit(7) }
      net.Socket.prototype.connect = refuse('connect')
      dns.lookup = dns.promises.lookup = refuse('lookup')
      dgram.Socket.prototype.send = refuse('send')
      globalThis.fetch = refuse('fetch')
      const { buildFunctions } = await import(${JSON.stringify(join(root, 'bundle/build.ts'))})
      await buildFunctions({ accessFile: ${JSON.stringify(accessFile)}, outDir: ${JSON.stringify(outDir)} })
    `
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env: {} })
    expect(existsSync(join(outDir, 'authorizer/index.mjs'))).toBe(true)
  })

  test('a manifest with an error writes nothing', async () => {
    const broken = copyExample('broken', `${readFileSync(accessFile, 'utf8')}\nsurprise: true\n`)
    const outDir = join(folder, 'nothing')
    await expect(buildFunctions({ accessFile: broken, outDir })).rejects.toBeInstanceOf(ManifestError)
    expect(existsSync(outDir)).toBe(false)
  })
})

/** The example beside its routes file, with another text. */
function copyExample(name: string, manifest: string): string {
  const copy = join(folder, 'copies', name)
  mkdirSync(copy, { recursive: true })
  copyFileSync(join(root, 'examples/orders/routes.json'), join(copy, 'routes.json'))
  writeFileSync(join(copy, 'access.yml'), manifest)
  return join(copy, 'access.yml')
}
