import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postern, root } from './run.ts'

const page = readFileSync(join(root, 'docs/clients.md'), 'utf8')

test.each(['credentials', 'exec'])('docs/clients.md names every option of postern %s', async (command) => {
  const [usage = ''] = (await postern([command, '--help'])).stdout.split('\n')
  const options = [...usage.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option)
  expect(options.length).toBeGreaterThan(7)
  expect(options.filter((option) => !page.includes(`\`${option}`))).toEqual([])
})

test('docs/clients.md names no option that neither command has', async () => {
  const helps = await Promise.all(['credentials', 'exec'].map((command) => postern([command, '--help'])))
  const known = helps.map(({ stdout }) => stdout).join('')
  const named = [...page.matchAll(/ --[a-z][a-z-]+|`--[a-z][a-z-]+/g)].map(([option]) => option.slice(1))
  expect(named.filter((option) => !known.includes(option))).toEqual([])
})
