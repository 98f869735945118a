import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { folderOf, importsOf, root, type Source, sources, topFolders } from './sources.ts'

const product = sources('functions', 'shared', 'bundle', 'cli', 'local')
const isFile = (name: string): boolean => topFolders.some((folder) => name.startsWith(`${folder}/`))
const offending = (files: readonly Source[], wrong: (name: string, from: string) => boolean) =>
  files.flatMap((file) => importsOf(file).filter((name) => wrong(name, file.path)).map((name) => `${file.path} imports ${name}`)) // biome-ignore format: a chain

test('the walk sees every import that esbuild sees', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: product.filter((file) => file.path.endsWith('.ts')).map((file) => file.path),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    external: ['postern:access'],
    outdir: 'unwritten',
    logLevel: 'silent',
  })
  const byPath = new Map(product.map((file) => [file.path, importsOf(file)]))
  const seen = Object.entries(metafile.inputs).flatMap(([path, { imports }]) => imports.map((one) => ({ path, name: one.path }))) // biome-ignore format: a chain
  expect(seen.length).toBeGreaterThan(200)
  for (const { path, name } of seen) expect(byPath.get(path), `${path} imports ${name}`).toContain(name)
})

describe('which folder may import which (design section 2)', () => {
  const may: Readonly<Record<string, readonly string[]>> = {
    shared: ['shared'],
    functions: ['shared', 'functions'],
    bundle: ['shared', 'functions', 'bundle'],
    cli: ['shared', 'functions', 'bundle', 'cli', 'local'],
    local: ['shared', 'functions', 'bundle', 'cli', 'local'],
  }

  test.each(Object.entries(may))('%s/ imports of the project only %j', (folder, allowed) => {
    const outside = (name: string) => isFile(name) && !allowed.includes(name.split('/')[0] as string)
    expect(offending(sources(folder), outside)).toEqual([])
  })

  test('one function imports nothing of another', () => {
    const foreign = (name: string, from: string) =>
      name.startsWith('functions/') && folderOf(name) !== folderOf(from)
    expect(offending(sources('functions'), foreign)).toEqual([])
  })

  test('the leaves of shared/ import nothing but leaves', () => {
    const leaves = sources('shared').filter((file) => folderOf(file.path) === 'shared')
    expect(leaves.length).toBeGreaterThan(3)
    expect(offending(leaves, (name) => isFile(name) && folderOf(name) !== 'shared')).toEqual([])
  })

  test('run time never imports build time, so that no YAML parser gets into a bundle', () => {
    const runTime = [...sources('functions'), ...sources('shared')].filter((file) => !/^shared\/(manifest|template)\//.test(file.path)) // biome-ignore format: a chain
    const buildTime = (name: string) =>
      /^shared\/(manifest|template)\/|^(yaml|zod|graphql|esbuild)(\/|$)/.test(name)
    expect(offending(runTime, buildTime)).toEqual([])
  })

  test('access/ and gateway/ import files of shared/ and nothing else: no package, no module of Node', () => {
    const pure = sources('shared/access', 'shared/gateway')
    expect(pure.length).toBeGreaterThan(8)
    expect(offending(pure, (name) => !name.startsWith('shared/'))).toEqual([])
  })

  test('access/ and gateway/ reach nothing that does I/O by a detour either', () => {
    const byPath = new Map(sources('shared').map((file) => [file.path, file]))
    const reached = new Set(sources('shared/access', 'shared/gateway').map((file) => file.path))
    for (const path of reached)
      for (const name of importsOf(byPath.get(path) as Source)) if (isFile(name)) reached.add(name)
    const allowed = /^shared\/(access\/|gateway\/|(reason|error|json)\.ts$)/
    expect([...reached].filter((path) => !allowed.test(path))).toEqual([])
  })

  test('of shared/ and functions/ only sts/, secret/ and state/ import the AWS SDK, on first use', () => {
    const sdk = (name: string) => name.startsWith('@aws-sdk/') || name.startsWith('@smithy/')
    const others = sources('shared', 'functions').filter(
      (file) => !/^shared\/(sts|secret|state)\//.test(file.path),
    )
    expect(offending(others, sdk)).toEqual([])
    const early = sources('shared', 'functions').filter((file) =>
      /from ?["']@(aws-sdk|smithy)\//.test(file.code),
    )
    expect(early.map((file) => file.path)).toEqual([])
  })

  test('what proves the renderer is not the renderer: local/gateway and the references import none of it', () => {
    const judges = [...sources('local/gateway'), ...sources('test/support').filter((file) => /\/(policy-evaluator|reference-\w+)\.ts$/.test(file.path))] // biome-ignore format: a chain
    expect(judges.length).toBeGreaterThan(10)
    expect(offending(judges, (name) => /^shared\/(gateway|access)\//.test(name))).toEqual([])
  })

  test('what proves a session is not what makes it: local/aws imports nothing of shared/, functions/ or bundle/', () => {
    const judges = sources('local/aws')
    expect(judges.length).toBeGreaterThan(20)
    expect(offending(judges, (name) => /^(shared|functions|bundle|cli)\//.test(name))).toEqual([])
  })

  test('nothing that ships imports tests, benches or examples', () => {
    expect(offending(product, (name) => /^(test|bench|examples)\//.test(name))).toEqual([])
  })
})

test('there is no cycle between folders, types included', () => {
  const edges = new Map<string, Set<string>>()
  for (const file of product)
    for (const name of importsOf(file)) {
      const [from, to] = [folderOf(file.path), folderOf(name)]
      if (isFile(name) && from !== to) edges.set(from, (edges.get(from) ?? new Set()).add(to))
    }
  const cycles: string[] = []
  const visit = (folder: string, path: readonly string[]): void => {
    if (path.includes(folder)) cycles.push([...path.slice(path.indexOf(folder)), folder].join(' -> '))
    else for (const next of edges.get(folder) ?? []) visit(next, [...path, folder])
  }
  for (const folder of edges.keys()) visit(folder, [])
  expect(edges.size).toBeGreaterThan(5)
  expect([...new Set(cycles)]).toEqual([])
})
