import { formatProblems, ManifestError } from '../../shared/manifest/problem.ts'
import { type Apis, readApis } from '../../shared/template/read-apis.ts'
import { listedApis, listedTypes, mustList, routesFileText } from '../../shared/template/route-list.ts'
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
    'Reads every route of the REST and HTTP APIs of a CloudFormation template, public ones and preflights too, and of ' +
      'AppSync APIs with a Lambda authorizer every field of the operations, where the schema stands in the template. ' +
      'Prints {"rest": ["GET /orders", ...], "http": [...], "appsync": ["Query.orders", ...]}, each list sorted by path. A ' +
      'type of API that the template has not is left out. Of a WebSocket API there is nothing to list.',
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
      const template = readTemplate(file)
      read = readApis(template, args.option('api'))
      mustList(read.apis, template)
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error
      return { exitCode: exit.no, stderr: `${formatProblems(error.problems)}\nnothing was written\n` }
    }
    const text = routesFileText(read.apis)
    const stderr = notes(read)
    const out = args.option('out')
    if (out !== undefined) writeWhole(out, text)
    const stdout = out === undefined ? text : `${out} written\n`
    const ending: Ending = { exitCode: exit.ok, stdout }
    return stderr === '' ? ending : { ...ending, stderr }
  },
}

const names = { rest: 'REST', http: 'HTTP', appsync: 'AppSync' } as const

function notes({ apis, warnings }: Apis): string {
  const lines = warnings.map(warningText)
  for (const type of listedTypes) {
    const ids = listedApis(apis, type).map(({ logicalId }) => logicalId)
    if (ids.length > 1)
      lines.push(`note: ${ids.length} ${names[type]} APIs are merged, ${ids.join(', ')}; --api picks one`)
  }
  for (const { type, logicalId, listed } of apis) {
    if (listed !== 'none') continue
    const why =
      type === 'websocket'
        ? 'of a WebSocket API nothing but $connect is asked about'
        : 'the AppSync API has no Lambda authorizer'
    lines.push(`note: ${logicalId} is not listed: ${why}`)
  }
  return lines.map((line) => `${line}\n`).join('')
}
