import { readArguments } from '../arguments.ts'
import { check } from '../check.ts'
import { type Command, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { mustBeReadable, varsOption } from '../manifest-file.ts'

const spec: CommandSpec = {
  name: 'check',
  summary: 'Say what is wrong or suspicious in an access manifest.',
  about: [
    'Reads the manifest and every file it names, and prints each problem with file, line, column and a mend. Without ' +
      'problems it prints warnings (rules that expired, roles without an owner, ...) and what the manifest holds.',
    'Looks at no network and needs no AWS account.',
  ],
  operand: { name: 'FILE', about: 'The access manifest.' },
  options: {
    vars: varsOption,
    json: {
      about:
        'Print one JSON document: {ok, problems, warnings, summary}. A problem or warning is {code, file, line, ' +
        'column, message, mend}; summary is {issuers, roles, rules, routes, foundByEquality, foundByPrefix, scanned}, ' +
        'and absent where there are problems.',
    },
  },
  examples: ['postern check access.yml', 'postern check access.yml --vars stages/prod.yml --json'],
  exitCodes: {
    0: 'the manifest holds; there may be warnings',
    1: 'it has problems, and nothing could be built from it',
    3: 'a file given here cannot be read; standard output is empty',
  },
}

export const checkCommand: Command = {
  spec,
  run(words, { nowMs }) {
    const args = readArguments(spec, words)
    const [file, varsFile] = [args.operand, args.option('vars')]
    mustBeReadable(file, varsFile)
    const { exitCode, text } = check({
      file,
      json: args.isSet('json'),
      nowSeconds: nowMs() / 1000,
      ...(varsFile !== undefined && { varsFile }),
    })
    return { exitCode: exitCode === 0 ? exit.ok : exit.no, stdout: text }
  },
}
