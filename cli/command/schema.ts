import { readArguments, wrong } from '../arguments.ts'
import { type Command, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { schemaText } from '../schema.ts'
import { writeWhole } from '../write-whole.ts'

const spec: CommandSpec = {
  name: 'schema',
  summary: 'Print the JSON Schema of the access manifest, for completion in editors.',
  about: [
    'An editor with a YAML language server completes and explains the keys of a manifest that begins with ' +
      '"# yaml-language-server: $schema=./access.schema.json".',
    '`postern check` finds more than a schema can say; it stays the judge.',
  ],
  options: {
    included: { about: "Print the JSON Schema of an app's manifest, which a root includes, instead." },
    cases: { about: 'Print the JSON Schema of files of cases, which `postern test` runs, instead.' },
    out: { value: 'FILE', about: 'Write to this file. Default: standard output.' },
  },
  examples: ['postern schema --out access.schema.json', 'postern schema | head'],
  exitCodes: { 0: 'written', 3: 'the file cannot be written' },
}

export const schemaCommand: Command = {
  spec,
  run(words) {
    const args = readArguments(spec, words)
    const file = args.option('out')
    if (args.isSet('cases') && args.isSet('included'))
      throw wrong(spec, '--cases and --included are two schemas; print one of them')
    const text = schemaText(args.isSet('cases') ? 'cases' : args.isSet('included') ? 'included' : 'manifest')
    if (file === undefined) return { exitCode: exit.ok, stdout: text }
    writeWhole(file, text)
    return { exitCode: exit.ok, stdout: `${file} written\n` }
  },
}
