import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../bundle/package-root.ts'
import { readArguments } from '../arguments.ts'
import { type Command, CommandError, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { schemaText } from '../schema.ts'

const spec: CommandSpec = {
  name: 'init',
  summary: 'Write the files that a deployment of your own begins with.',
  about: [
    'A manifest to change and its routes file, the values of each stage, serverless.yml, first policy cases, and the ' +
      'JSON Schema for editors. Nothing that is there is overwritten: such files are named and left.',
    'docs/deploying.md says how it goes on.',
  ],
  options: {
    dir: {
      value: 'DIR',
      about: 'Where to write them; made if it is not there. Default: the current folder.',
    },
  },
  examples: ['postern init --dir .', 'postern init --dir access'],
  exitCodes: { 0: 'each file is there, written or as it was', 3: 'a file cannot be written' },
}

const starter = (name: string) => () => readShipped(`examples/starter/${name}`)

/** Each file by its name in the new folder. */
const files: Readonly<Record<string, () => string>> = {
  'access.yml': starter('access.yml'),
  'access.schema.json': () => schemaText('manifest'),
  'routes.json': starter('routes.json'),
  'cases.yml': starter('cases.yml'),
  'stages/dev.yml': starter('stages/dev.yml'),
  'stages/staging.yml': starter('stages/staging.yml'),
  'stages/prod.yml': starter('stages/prod.yml'),
  // This repository's own: an adopter's stack is the same.
  'serverless.yml': () => readShipped('serverless.yml'),
  '.gitignore': () => 'node_modules/\ndist/\n.serverless/\n',
}

export const initCommand: Command = {
  spec,
  run(words) {
    const dir = readArguments(spec, words).option('dir') ?? '.'
    const lines = Object.entries(files).map(([name, text]) => {
      const file = join(dir, name)
      return `${writeNew(file, text()) ? 'written' : 'kept   '}  ${file}\n`
    })
    return { exitCode: exit.ok, stdout: `${lines.join('')}${nextSteps(dir)}` }
  },
}

function readShipped(name: string): string {
  return readFileSync(join(packageRoot(), name), 'utf8')
}

/** Whether it was written; a file that is there is left as it is. */
function writeNew(file: string, text: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true })
    if (existsSync(file)) return false
    writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    const mend = 'name a folder that exists and may be written to, or one that can be made'
    throw new CommandError(exit.unknown, `${file} cannot be written (${code})`, mend, { cause })
  }
}

function nextSteps(dir: string): string {
  const there = dir === '.' ? '' : `  cd ${dir}\n`
  return `
Change access.yml and stages/dev.yml to what is yours, and then:

${there}  npx postern check access.yml --vars stages/dev.yml
  npx postern test cases.yml
  npx postern build --access access.yml --vars stages/dev.yml --out dist/dev
  npx osls deploy --stage dev
`
}
