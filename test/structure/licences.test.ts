import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './sources.ts'

/** Permissive licences, and MPL-2.0, whose copyleft ends at its own files; no GPL, AGPL or LGPL in any spelling. */
const allowed = new Set([
  'MIT', 'MIT OR Apache-2.0', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'MPL-2.0',
  'Python-2.0', 'PSF-2.0', 'CC-BY-4.0', 'CC0-1.0', 'Unlicense',
]) // biome-ignore format: a list

type Locked = { readonly license?: string; readonly link?: boolean; readonly dev?: boolean }
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
const locked = Object.entries(packages).filter(([path, one]) => path !== '' && !one.link)

test('every locked package, development included, has a licence that is allowed', () => {
  expect(locked.length).toBeGreaterThan(100)
  const wrong = locked.filter(([, one]) => !allowed.has(one.license ?? ''))
  expect(wrong.map(([path, one]) => `${path}: ${one.license ?? 'no licence'}`)).toEqual([])
})

test('what is installed says the same of itself as the lock file', () => {
  const installed = locked.filter(([path]) => existsSync(join(root, path, 'package.json')))
  expect(installed.length).toBeGreaterThan(100)
  const wrong = installed.flatMap(([path, one]) => {
    const { license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
    // npm of long ago wrote { type, url }.
    const said = license?.type ?? license
    return said === undefined || said === one.license ? [] : [`${path}: ${JSON.stringify(license)}`]
  })
  expect(wrong).toEqual([])
})

test('what ships has MIT, 0BSD, ISC or Apache-2.0 alone', () => {
  const shipped = locked.filter(([, one]) => !one.dev)
  expect(
    shipped
      .filter(([, one]) => !['MIT', '0BSD', 'ISC', 'Apache-2.0'].includes(one.license ?? ''))
      .map(([path]) => path),
  ).toEqual([])
})
