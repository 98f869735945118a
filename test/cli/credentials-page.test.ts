import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { credentials } from '../../shared/manifest/schema-credentials.ts'
import { postern, root } from './run.ts'

const page = readFileSync(join(root, 'docs/credentials.md'), 'utf8')
const block = (language: string) =>
  page.match(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``))?.[1] ?? ''
const access = join(mkdtempSync(join(tmpdir(), 'postern-page-')), 'access.yml')
writeFileSync(access, block('yaml'))

test('the manifest of docs/credentials.md holds, without a warning', async () => {
  const { code, stdout } = await postern(['check', access])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/ 0 warnings\n/) })
})

test('the command that it shows prints the policy that it shows', async () => {
  const [, ...words] = block('sh').trim().replace('access.yml', access).split(' ')
  expect(words[0]).toBe('postern')
  expect((await postern(words.slice(1))).stdout).toBe(block('json'))
})

test('it names every key of credentials', () => {
  for (const key of Object.keys(credentials.shape)) expect(page).toContain(`\`${key}\``)
})
