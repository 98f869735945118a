import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stages } from '../../bundle/package.ts'
import { postern } from './run.ts'

const emptyFolder = () => mkdtempSync(join(tmpdir(), 'postern-init-'))
const written = [
  'access.yml',
  'access.schema.json',
  'routes.json',
  'cases.yml',
  ...['dev', 'staging', 'prod'].map((stage) => `stages/${stage}.yml`),
  'serverless.yml',
  '.gitignore',
]

test('postern init writes what a deployment begins with, and it checks, passes its cases and builds for every stage', async () => {
  const folder = emptyFolder()
  const { code, stdout, stderr } = await postern(['init', '--dir', folder])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.match(/^written {2}.*$/gm)).toEqual(written.map((name) => `written  ${join(folder, name)}`))
  const access = join(folder, 'access.yml')
  for (const stage of stages) {
    const vars = join(folder, `stages/${stage}.yml`)
    const checked = await postern(['check', access, '--vars', vars])
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining(' 0 warnings') })
    const built = ['build', '--access', access, '--vars', vars, '--out', join(folder, 'dist', stage)]
    expect(await postern(built)).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'dist', stage, 'service.json'))).toBe(true)
  }
  expect(await postern(['test', join(folder, 'cases.yml')])).toMatchObject({ code: 0 })
})

test('it overwrites nothing, and says what it left', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'access.yml'), 'mine')
  const { code, stdout } = await postern(['init', '--dir', folder])
  expect(code).toBe(0)
  expect(stdout).toContain(`kept     ${join(folder, 'access.yml')}\n`)
  expect(readFileSync(join(folder, 'access.yml'), 'utf8')).toBe('mine')
  expect(existsSync(join(folder, 'serverless.yml'))).toBe(true)
  expect((await postern(['init', '--dir', folder])).stdout).not.toContain('written')
})

test('a folder that cannot be written to is named, with what to do', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'file'), '')
  const { code, stderr } = await postern(['init', '--dir', join(folder, 'file')])
  expect(code).toBe(3)
  expect(stderr).toContain(join(folder, 'file/access.yml'))
  expect(stderr).toContain('mend: name a folder')
})
