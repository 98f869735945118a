import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, type Source, sources } from './sources.ts'

const uses = (files: readonly Source[], pattern: RegExp): readonly string[] =>
  files.flatMap((file) => [...file.code.matchAll(pattern)].map(([found]) => `${file.path}: ${found}`))

test('the search for globals finds them where they may be', () => {
  expect(uses(sources('functions'), /\bDate\.now\b/g)).not.toEqual([])
  expect(uses(sources('shared'), /\bprocess\.env\b/g)).toEqual(['shared/config.ts: process.env'])
})

test('the clock, the environment and standard output belong to handlers, cli/, local/, config.ts and audit/', () => {
  const may = /^functions\/\w+\/handler\.ts$|^shared\/config\.ts$|^shared\/audit\//
  const files = sources('shared', 'functions').filter((file) => !may.test(file.path))
  expect(uses(files, /\bDate\.now\b|\bnew Date\b(?!\(\w)|\bprocess\b|\bperformance\b|\bconsole\b/g)).toEqual(
    [],
  )
})

test('shared/ and functions/ write to no console', () => {
  expect(uses(sources('shared', 'functions'), /\bconsole\b/g)).toEqual([])
})

test('access/ and gateway/ read no clock, no chance and no network', () => {
  const impure = /\b(Date|process|performance|fetch|setTimeout|setInterval|setImmediate|queueMicrotask|console|require|globalThis)\b|\bMath\.random\b|\bcrypto\b|\bawait\b|\basync\b|\bimport\(/g // biome-ignore format: a list
  expect(uses(sources('shared/access', 'shared/gateway'), impure)).toEqual([])
})

test('one fetch: shared/http alone reaches the network', () => {
  const files = sources('shared', 'functions').filter((file) => !file.path.startsWith('shared/http/'))
  expect(uses(files, /\bfetch\(|from ?["'](node:)?(http|https|net|tls|dgram|http2|undici)["']/g)).toEqual([])
})

test('no default export outside config files', () => {
  const files = sources().filter((file) => !/\.config\.ts$/.test(file.path))
  expect(uses(files, /\bexport default\b|\bexport ?\{[^}]*\bas default\b/g)).toEqual([])
})

test('no barrel: no file re-exports another whole, and none does nothing else', () => {
  expect(uses(sources(), /\bexport ?\* ?(as \w+ ?)?from\b/g)).toEqual([])
  const onlyReexports = sources().filter(
    ({ code }) => code.replace(/(import|export)\b[^;]*;?/g, '').trim() === '',
  )
  expect(onlyReexports.filter(({ code }) => /export ?\{/.test(code)).map((file) => file.path)).toEqual([])
})

test('no file is longer than 300 lines', () => {
  const lines = (file: Source) => file.text.split('\n').length - 1
  const long = sources().filter((file) => lines(file) > 300)
  expect(long.map((file) => `${file.path}: ${lines(file)} lines`)).toEqual([])
})

test('file names are the concept, in kebab case', () => {
  const odd = sources().filter((file) => !/^[a-z0-9-]+(\.(test|fuzz|config|bench))*\.(ts|mjs)$/.test(file.path.split('/').at(-1) ?? '')) // biome-ignore format: a chain
  expect(odd.map((file) => file.path)).toEqual([])
  expect(
    uses(sources('functions', 'shared', 'bundle', 'cli', 'local'), /\bclass \w*(Helper|Manager|Impl)\b/g),
  ).toEqual([])
})

test('nothing is mocked: what a test proves is the real part', () => {
  expect(uses(sources('test'), /\bvi\.(mock|doMock|stubGlobal)\(/g)).toEqual([])
})

test('the licence is in its place', () => {
  expect(existsSync(join(root, 'LICENSE'))).toBe(true)
  expect(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).license).toBe('Apache-2.0')
})
