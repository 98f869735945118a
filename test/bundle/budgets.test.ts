import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BuiltFunction, buildFunctions } from '../../bundle/build.ts'

const accessFile = join(import.meta.dirname, '../../examples/orders/access.yml')
const folder = mkdtempSync(join(tmpdir(), 'postern-bundle-'))
let authorizer: BuiltFunction
let text: string

beforeAll(async () => {
  const built = await buildFunctions({ accessFile, outDir: join(folder, 'plain') })
  expect(built.map(({ name }) => name)).toEqual(['authorizer', 'broker'])
  authorizer = built[0] as BuiltFunction
  text = readFileSync(authorizer.file, 'utf8')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('bytes', () => {
  test('the authorizer of examples/orders is under the 100 KB that were promised', () => {
    expect(Buffer.byteLength(text)).toBe(authorizer.bytes)
    expect(authorizer.bytes).toBeLessThan(100_000)
  })

  // What the README says of it: growth past it is decided, not drifted into.
  test('the authorizer of examples/orders stays under 60 KB', () => {
    expect(authorizer.bytes).toBeLessThan(60_000)
  })
})

describe('inputs', () => {
  const paths = () => Object.keys(authorizer.inputs)

  test('aws-jwt-verify is the only npm package, and its parts are these', () => {
    const ofPackages = paths().filter((path) => path.includes('node_modules'))
    const names = ofPackages.map((path) =>
      path.replace(/^.*node_modules\/(aws-jwt-verify\/dist\/esm\/)?/, ''),
    )
    expect(names.sort()).toEqual([
      'assert.js',
      'cognito-verifier.js',
      'error.js',
      'https-node.js',
      'https.js',
      'jwk.js',
      'jwt-verifier.js',
      'node-web-compat-node.js',
      'safe-json-parse.js',
    ])
  })

  test('node:crypto is the only builtin', () => {
    const imported = Object.values(authorizer.inputs).flatMap(({ imports }) =>
      imports.filter((one) => one.external).map((one) => one.path),
    )
    expect(imported).toEqual([])
    const builtins = paths().filter((path) => path.startsWith('builtin:'))
    expect(builtins).toEqual(['builtin:node:crypto'])
    expect([...text.matchAll(/getBuiltinModule\("([^"]*)"\)/g)].map((match) => match[1])).toEqual([
      'node:crypto',
    ])
  })

  test('no module is left to load at run time', () => {
    expect(text.match(/\bimport\s*[({*"'\w].{0,40}|\brequire\s*\(.{0,40}/g)).toBeNull()
    expect(text.match(/["']node:[a-z/]+["']/g)).toEqual(['"node:crypto"'])
  })

  test("Postern's own inputs are the authorizer and what runs below it, nothing of the build", () => {
    const own = paths().filter((path) => !path.includes('node_modules') && !/^(builtin|postern):/.test(path))
    const folders = new Set(own.map((path) => path.slice(0, path.lastIndexOf('/'))))
    expect([...folders].sort()).toEqual([
      'functions/authorizer',
      'shared',
      'shared/access',
      'shared/audit',
      'shared/gateway',
      'shared/http',
      'shared/token',
    ])
  })
})

describe('what it does when it is loaded', () => {
  test('it exports the handler alone, and reaches for no network', async () => {
    const real = globalThis.fetch
    let fetches = 0
    globalThis.fetch = async () => {
      fetches++
      throw new Error('no network at load')
    }
    try {
      const module = await import(pathToFileURL(authorizer.file).href)
      expect(Object.keys(module)).toEqual(['handler'])
      expect(typeof module.handler).toBe('function')
    } finally {
      globalThis.fetch = real
    }
    expect(fetches).toBe(0)
  })
})
