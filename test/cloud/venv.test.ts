import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../cli/run.ts'
import { makeVenv, NoVenv } from './venv.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-venv-'))
afterAll(() => rmSync(folder, { recursive: true }))

const requirements = join(import.meta.dirname, 'requirements.txt')
const venv = join(folder, 'venv')

/** A Python that answers so. */
function pythonOf(script: string): string {
  const file = join(folder, 'python3')
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return file
}

test.each([
  ['is not there', () => join(folder, 'none'), /python.*does not run/i, /^install Python 3\.11 or later/],
  [
    'is too old',
    () => pythonOf('echo 3.10.14'),
    /is Python 3\.10\.14, which/,
    /^install Python 3\.11 or later/,
  ],
  [
    'has no venv, as on Debian',
    () => pythonOf('[ "$1" = -c ] && echo 3.11.2 && exit; echo "ensurepip is not available"; exit 1'),
    /ensurepip is not available\n.*makes no virtual environment$/,
    /package python3-venv$/,
  ],
])(
  'a Python that %s is told, with what to do about it, and nothing is left behind',
  (_, python, why, mend) => {
    const making = () => makeVenv({ folder: venv, requirements, python: python() })
    expect(making).toThrow(NoVenv)
    expect(making).toThrow(why)
    expect(making).toThrow(expect.objectContaining({ mend: expect.stringMatching(mend) }))
    expect(existsSync(venv)).toBe(false)
  },
)

test('without Python, npm run test:cloud fails and says so', async () => {
  const said = await run(process.execPath, [join(import.meta.dirname, 'run.ts')], {
    env: { PATH: join(folder, 'none') },
  })
  expect(said).toMatchObject({ code: 1, stdout: '' })
  expect(said.stderr).toMatch(/^postern: .*python3 does not run\n {2}mend: install Python 3\.11 or later, /s)
})
