import { readArguments, wrong } from '../arguments.ts'
import { check } from '../check.ts'
import { type Command, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { appOption, mustBeReadable, varsOption } from '../manifest-file.ts'
import { templateAbout } from '../template-about.ts'

const spec: CommandSpec = {
  name: 'check',
  summary: 'Say what is wrong or suspicious in an access manifest, and in the template around it.',
  about: [
    'Reads the manifest and every file it names, and prints each problem with file, line, column and a mend. Without ' +
      'problems it prints warnings (rules that expired, roles without an owner, ...) and what the manifest holds.',
    'With --template it also holds the CloudFormation template of the API against the manifest: every route has an ' +
      'authorizer in front or is under api.public, each Lambda authorizer looks for the token where the manifest does ' +
      'and caches no longer than cacheSeconds, simple responses are on where the manifest says so, an alias that is ' +
      "invoked is the app's, and the routes file lists what the template has. REST, HTTP, WebSocket and AppSync APIs " +
      'are read.',
    'Looks at no network and needs no AWS account.',
  ],
  operands: [{ name: 'FILE', about: 'The access manifest.' }],
  options: {
    app: appOption,
    vars: varsOption,
    template: { value: 'TEMPLATE', about: `${templateAbout} Default: none, only the manifest is checked.` },
    authorizer: {
      value: 'LOGICAL_ID',
      about:
        "Which Lambda authorizer of the template is Postern's; others count as foreign. Default: all of them.",
    },
    json: {
      about:
        'Print one JSON document: {ok, problems, warnings, summary}. A problem or warning is {code, file, line, ' +
        'column, message, mend}, and has a resource where it is about one of the template; summary is {issuers, apps, roles, ' +
        'rules, routes, foundByEquality, foundByPrefix, scanned}, and absent where there are problems.',
    },
  },
  examples: [
    'postern check access.yml --vars stages/prod.yml --json',
    'postern check access.yml --template .serverless/cloudformation-template-update-stack.json',
  ],
  exitCodes: {
    0: 'the manifest holds, and the template agrees with it; there may be warnings',
    1: 'it has problems, and nothing could be built from it; or the template has some',
    3: 'a file given here cannot be read; standard output is empty',
  },
}

export const checkCommand: Command = {
  spec,
  run(words, { nowMs }) {
    const args = readArguments(spec, words)
    const [file, varsFile, templateFile] = [
      args.operand('FILE'),
      args.option('vars'),
      args.option('template'),
    ]
    const authorizer = args.option('authorizer')
    if (authorizer !== undefined && templateFile === undefined)
      throw wrong(spec, '--authorizer names a resource of a template; write --template too')
    mustBeReadable(file, varsFile, templateFile)
    const app = args.option('app')
    const { exitCode, text } = check({
      file,
      ...(app !== undefined && { app }),
      json: args.isSet('json'),
      nowSeconds: nowMs() / 1000,
      ...(varsFile !== undefined && { varsFile }),
      ...(templateFile !== undefined && { templateFile }),
      ...(authorizer !== undefined && { authorizer }),
    })
    return { exitCode: exitCode === 0 ? exit.ok : exit.no, stdout: text }
  },
}
