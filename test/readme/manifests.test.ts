import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { blocks } from './blocks.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'postern-readme-'))
writeFileSync(join(folder, 'routes.json'), '{"rest": ["GET /health", "PUT /orders/{id}"], "http": []}')
afterAll(() => rmSync(folder, { recursive: true }))

const manifests = (await blocks(join(root, 'README.md'), 'yaml')).filter(({ text }) =>
  /^version: 1$/m.test(text),
)

test('the README shows two manifests', () => expect(manifests).toHaveLength(2))

test.each(manifests)('the manifest at README.md:$line builds', ({ line, text }) => {
  const file = join(folder, `${line}.yml`)
  writeFileSync(file, text)
  expect(compileManifest(loadManifest(file)).roles.length).toBeGreaterThan(0)
})
