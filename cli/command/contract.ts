import { readArguments } from '../arguments.ts'
import { type Command, exit } from '../command.ts'
import { contractOf } from '../contract/contract.ts'
import { contractMarkdown } from '../contract/markdown.ts'
import type { CommandSpec } from '../help.ts'
import { jsonText } from '../json-text.ts'
import {
  appOption,
  compileAccess,
  compileOptions,
  localOption,
  oneApp,
  varsOption,
} from '../manifest-file.ts'
import { writeWhole } from '../write-whole.ts'

const spec: CommandSpec = {
  name: 'contract',
  summary: 'Print who may do what in one app: for auditors, and for services that decide by it.',
  about: [
    'The contract is the access manifest of an app as it is compiled, with the owners of roles, and what the root lets the ' +
      'app hand out at most: whose tokens count, who has which role, which routes each may call and which AWS roles it ' +
      'may borrow, and for every route who may call it. It has no date in it: the same manifest gives the same text.',
    'As JSON it is what a service without API Gateway in front of it verifies and decides by; docs/fastapi.md shows one.',
  ],
  options: {
    ...compileOptions,
    app: appOption,
    vars: varsOption,
    local: localOption,
    json: { about: 'JSON in the place of Markdown.' },
    out: { value: 'FILE', about: 'Write to this file. Default: standard output.' },
  },
  examples: [
    'postern contract --access access.yml --app billing > billing.md',
    'postern contract --access access.yml --vars stages/prod.yml --json --out contract.json',
  ],
  exitCodes: {
    0: 'printed or written',
    1: 'the manifest does not hold',
    3: 'a file cannot be read or written',
  },
}

export const contractCommand: Command = {
  spec,
  run(words) {
    const args = readArguments(spec, words)
    const compiled = compileAccess(spec, args)
    const contract = contractOf(compiled, oneApp(spec, compiled.access))
    const text = args.isSet('json') ? jsonText(contract) : contractMarkdown(contract)
    const file = args.option('out')
    if (file !== undefined) writeWhole(file, text)
    return { exitCode: exit.ok, stdout: file === undefined ? text : `${file} written\n` }
  },
}
