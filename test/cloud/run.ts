import { join } from 'node:path'
import { startVitest } from 'vitest/node'
import { makeVenv, NoVenv, venvFolder } from './venv.ts'

// `npm run test:cloud`: AWS CLI and boto3, as they come from PyPI, against the broker and AWS of `npm start`; and both
// services deployed by osls to MiniStack.

try {
  makeVenv({
    folder: venvFolder,
    requirements: join(import.meta.dirname, 'requirements.txt'),
    say: console.log,
  })
  const config = join(import.meta.dirname, 'vitest.config.ts')
  const vitest = await startVitest('test', process.argv.slice(2), { config, watch: false })
  await vitest.close()
} catch (error) {
  if (!(error instanceof NoVenv)) throw error
  console.error(`postern: ${error.message}\n  mend: ${error.mend}`)
  process.exitCode = 1
}
