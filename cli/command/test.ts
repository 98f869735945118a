import { formatProblems, ManifestError } from '../../shared/manifest/problem.ts'
import { readArguments, wrong } from '../arguments.ts'
import { casesFiles } from '../cases/files.ts'
import { type PolicyGroup, readPolicyCases } from '../cases/read.ts'
import { brokenJson, casesJson, casesText, summarize } from '../cases/report.ts'
import { runGroup } from '../cases/run.ts'
import { defaultNow } from '../cases/schema.ts'
import { type Command, type Ending, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { mustBeReadable, varsOption } from '../manifest-file.ts'

const example = `  - about: who reads orders
    access: ./access.yml
    vars: ./stages/prod.yml
    cases:
      - name: a clerk reads an order
        issuer: staff
        claims: { sub: anna, 'cognito:groups': [orders] }
        request: GET /orders/1
        expect: { effect: allow, reason: granted, roles: [orders-reader] }`

const spec: CommandSpec = {
  name: 'test',
  summary: 'Run policy cases: claims, a request, and the decision that is due.',
  about: [
    'Decides every case as the authorizer decides a call whose token has passed its checks, and says which came out ' +
      'otherwise. A file of cases is a list of groups, each about one manifest:',
    example,
    'Paths are relative to the file of cases. In the place of "access" a group may hold the text of a manifest as ' +
      '"manifest", and its routes as "routes". What all its cases share of claims, issuer, request and now may stand on ' +
      'the group. A request is decided for REST and for HTTP APIs, unless it is {api: rest, method: GET, path: /orders/1}. ' +
      'Of "expect" only the effect has to be there; the order of roles does not count. "issuer" may be left out where ' +
      'the manifest has one.',
    `Cases are decided as of ${defaultNow}, unless "now" says otherwise: no result depends on the date. Looks at no ` +
      'network and needs no AWS account.',
  ],
  operands: [
    {
      name: 'CASES',
      about:
        'A .yml, .yaml or .json file of cases, or a folder: all such files in it and in the folders below.',
    },
  ],
  options: {
    access: {
      value: 'FILE',
      about: 'The access manifest of groups that name none. Default: each names one.',
    },
    vars: { ...varsOption, about: `For --access: ${varsOption.about}` },
    verbose: { about: 'Print a line for every case, not only for groups and for cases that fail.' },
    json: {
      about:
        'Print one JSON document: {ok, problems, summary: {groups, cases, passed, failed}, groups: [{about, file, line, ' +
        'cases: [{name, line, ok, issuer, expected: {effect, reason, roles}, got: [{api, method, path, effect, reason, ' +
        'roles, differs: [effect|reason|roles]}]}]}]}. A problem is {code, file, line, column, message, mend}; summary ' +
        'and groups are absent where there are problems.',
    },
  },
  examples: [
    'postern test cases.yml',
    'postern test policy/cases --access access.yml --vars stages/prod.yml',
  ],
  exitCodes: {
    0: 'every case came out as expected',
    1: 'some did not',
    3: 'no case was run: a file cannot be read, or a manifest or a file of cases does not hold',
  },
}

export const testCommand: Command = {
  spec,
  run(words, { paint }): Ending {
    const args = readArguments(spec, words)
    const [access, vars, json] = [args.option('access'), args.option('vars'), args.isSet('json')]
    if (vars !== undefined && access === undefined)
      throw wrong(spec, '--vars goes with --access; a group names its own vars file as "vars"')
    const files = casesFiles(args.operand('CASES'))
    mustBeReadable(access, vars)
    let groups: readonly PolicyGroup[]
    try {
      groups = readPolicyCases(files, { access, vars })
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error
      const { problems } = error
      if (json) return { exitCode: exit.unknown, stdout: brokenJson(problems) }
      const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`
      return { exitCode: exit.unknown, stderr: `${formatProblems(problems)}\n${count}; no case was run\n` }
    }
    const results = groups.map(runGroup)
    const stdout = json ? casesJson(results) : casesText(results, args.isSet('verbose'), paint)
    return { exitCode: summarize(results).failed === 0 ? exit.ok : exit.no, stdout }
  },
}
