import { formatProblems, ManifestError } from '../../shared/manifest/problem.ts'
import { type Apis, readApis } from '../../shared/template/read-apis.ts'
import { routesFileText } from '../../shared/template/route-list.ts'
import { readTemplate } from '../../shared/template/template.ts'
import { readArguments } from '../arguments.ts'
import { warningText } from '../check.ts'
import { type Command, type Ending, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { mustBeReadable } from '../manifest-file.ts'
import { templateAbout } from '../template-about.ts'
import { writeWhole } from '../write-whole.ts'

const spec: CommandSpec = {
  name: 'routes',
  summary: "Print the routes of a template's APIs, as the routes file of a manifest.",
  about: [
    'Reads every route of the REST and HTTP APIs of a CloudFormation template, public ones and preflights too, and ' +
      'prints {"rest": ["GET /orders", ...], "http": [...]}, each list sorted by path. A type of API that the template ' +
      'has not is left out, and so are WebSocket APIs.',
    'A route whose path hangs on something outside of the template is an error, never a guess.',
  ],
  options: {
    template: { value: 'FILE', about: templateAbout, required: true },
    api: {
      value: 'LOGICAL_ID',
      about: 'The one API to read. Default: all; several of one type are merged.',
    },
    out: { value: 'FILE', about: 'Write to this file, whole. Default: standard output.' },
  },
  examples: [
    'postern routes --template .serverless/cloudformation-template-update-stack.json --out routes.json',
    'postern routes --template cdk.out/Orders.template.json --api OrdersApi3A1B2C3D',
  ],
  exitCodes: {
    0: 'written; there may be notes on standard error',
    1: 'the template has problems; nothing was written',
    3: 'a file cannot be read or written',
  },
}

export const routesCommand: Command = {
  spec,
  run(words) {
    const args = readArguments(spec, words)
    const file = args.required('template')
    mustBeReadable(file)
    let read: Apis
    try {
      read = readApis(readTemplate(file), args.option('api'))
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error
      return { exitCode: exit.no, stderr: `${formatProblems(error.problems)}\nnothing was written\n` }
    }
    const stderr = notes(read)
    const out = args.option('out')
    if (out !== undefined) writeWhole(out, routesFileText(read.apis))
    const stdout = out === undefined ? routesFileText(read.apis) : `${out} written\n`
    const ending: Ending = { exitCode: exit.ok, stdout }
    return stderr === '' ? ending : { ...ending, stderr }
  },
}

function notes({ apis, warnings }: Apis): string {
  const lines = warnings.map(warningText)
  for (const [type, name] of [
    ['rest', 'REST'],
    ['http', 'HTTP'],
  ]) {
    const ids = apis.filter((api) => api.type === type).map(({ logicalId }) => logicalId)
    if (ids.length > 1)
      lines.push(`note: ${ids.length} ${name} APIs are merged, ${ids.join(', ')}; --api picks one`)
  }
  return lines.map((line) => `${line}\n`).join('')
}
