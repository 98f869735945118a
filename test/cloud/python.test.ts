import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, run } from '../cli/run.ts'
import { venvFolder } from './venv.ts'

// The Python of the examples: its own tests by pytest, its types by mypy, its form by ruff.

const python = join(venvFolder, 'bin/python')
const examples = join(root, 'examples')
const shared = join(examples, 'postern-fastapi')

/** Runs a module of Python in an example's folder, and leaves nothing there. */
function runModule(folder: string, ...words: readonly string[]) {
  const env = {
    PATH: process.env.PATH,
    PYTHONPATH: ['.', shared].join(':'),
    MYPYPATH: shared,
    PYTHONDONTWRITEBYTECODE: '1',
  }
  return run(python, ['-m', ...words], { cwd: join(examples, folder), env })
}

describe.concurrent('pytest', () => {
  test.each(['postern-fastapi', 'fastapi-orders', 'app-of-apps'])('%s', async (folder) => {
    const said = await runModule(folder, 'pytest', '-q', '-p', 'no:cacheprovider', 'tests')
    expect(said.code, said.stdout + said.stderr).toBe(0)
    const [passed = '0'] = said.stdout.match(/\d+(?= passed)/) ?? []
    console.log(`${folder}: ${passed} passed`)
    expect(Number(passed)).toBeGreaterThan(5)
    expect(said.stdout).not.toMatch(/skipped|xfailed|deselected/)
  })
})

test('ruff has nothing to say, and would write nothing otherwise', async () => {
  const config = ['--config', join(shared, 'pyproject.toml')]
  const paths = [shared, join(examples, 'fastapi-orders'), join(examples, 'app-of-apps'), import.meta.dirname]
  for (const words of [
    ['check', '--no-cache'],
    ['format', '--no-cache', '--check'],
  ]) {
    const said = await run(join(venvFolder, 'bin/ruff'), [...words, ...config, ...paths])
    expect(said.code, said.stdout + said.stderr).toBe(0)
  }
})

describe('mypy, strictly', () => {
  const check = ['mypy', '--no-incremental', '--cache-dir', '/dev/null']
  const config = ['--config-file', join(shared, 'pyproject.toml')]
  test.each([
    ['postern-fastapi', ['postern_fastapi', 'zip_function.py', 'tests']],
    ['fastapi-orders', ['orders.py', 'in_container.py', 'on_lambda.py']],
    ['app-of-apps/billing', ['app.py', '../shared/on_lambda.py']],
    ['app-of-apps/analytics', ['app.py']],
    ['app-of-apps/users', ['app.py']],
  ])('%s', async (folder, files) => {
    const paths = folder === 'postern-fastapi' ? ['tests'] : []
    const said = await run(python, ['-m', ...check, ...config, ...files], {
      cwd: join(examples, folder),
      env: { PATH: process.env.PATH, MYPYPATH: [shared, ...paths].join(':') },
    })
    expect(said.code, said.stdout + said.stderr).toBe(0)
  })
})
