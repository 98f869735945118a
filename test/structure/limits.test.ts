import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, sources } from './sources.ts'

const document = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
const rows = document.split('\n').filter((line) => line.startsWith('|'))

/** A constant stands in a table as `` `name` = 100 `` within a cell, or as `` | `name` | 100 | `` in two. */
const documented = rows.flatMap((row) => [...row.matchAll(/`(\w+)`(?: = | *\| *)([0-9][0-9,_]*)(?=[ ;|])/g)].map(([, name, value]) => ({ name: name as string, value: Number((value as string).replace(/[,_]/g, '')) }))) // biome-ignore format: a chain

/** What runs in a Lambda: the manifest's own limits are of build time. */
const runTime = sources('functions', 'shared').filter(
  (file) => !/^shared\/(manifest|template)\//.test(file.path),
)
const constants = runTime.flatMap((file) =>
  [...file.text.matchAll(/^export const (\w+) = [0-9][0-9_ *]*$/gm)].map(([, name]) => ({
    name: name as string,
    path: file.path,
  })),
)

describe('the tables of docs/architecture.md and the code agree', () => {
  test('there are some', () => {
    expect(documented.length).toBeGreaterThan(9)
    expect(constants.length).toBeGreaterThan(9)
  })

  test.each(documented)('$name is $value', async ({ name, value }) => {
    const places = constants.filter((one) => one.name === name)
    expect(places, 'one exported constant of that name').toHaveLength(1)
    const module = await import(join(root, places[0]?.path ?? ''))
    expect(module[name]).toBe(value)
  })

  test.each(constants)('$name of $path stands in a table', ({ name }) => {
    expect(documented.map((one) => one.name)).toContain(name)
  })
})

/** Tables that are built once, or for one call, and never grow afterwards. */
const notCaches: Readonly<Record<string, string>> = {
  'shared/access/lendable.ts': 'the roles that one caller may borrow by, for one call',
  'shared/token/key-set.ts': 'a key set, bounded by maxKeys, is built whole',
  'shared/token/key.ts': 'the algorithms of one key',
  'shared/token/verify.ts': 'one entry an issuer of the manifest',
  'shared/gateway/words.ts': 'the words of one pattern',
  'shared/gateway/plan.ts': 'the Allows of one caller by their first word',
  'shared/gateway/merge.ts': 'what is to be merged, for one rendering',
}

test('every file that keeps something in a map is named in the table of caches', () => {
  const keeping = runTime
    .filter((file) => /new (Weak)?Map\b|new Remembered\b/.test(file.code))
    .map((file) => file.path)
  expect(keeping.length).toBeGreaterThan(3)
  const missing = keeping.filter((path) => !Object.hasOwn(notCaches, path) && !document.includes(`\`${path.replace(/^(shared|functions)\//, '')}\``)) // biome-ignore format: a chain
  expect(missing).toEqual([])
  expect(Object.keys(notCaches).filter((path) => !keeping.includes(path))).toEqual([])
})
