import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifest } from '../../shared/manifest/load.ts'
import { formatProblems, ManifestError } from '../../shared/manifest/problem.ts'
import { readArguments } from '../arguments.ts'
import { type Command, CommandError, exit } from '../command.ts'
import { kinds } from '../diff/change.ts'
import { compareManifests } from '../diff/compare.ts'
import { changesText, documentOf, isWidened } from '../diff/text.ts'
import type { CommandSpec } from '../help.ts'
import { jsonText } from '../json-text.ts'
import { appOption, type Compiled, loadOptions, mustBeReadable, varsOption } from '../manifest-file.ts'

const spec: CommandSpec = {
  name: 'diff',
  summary: 'Say what a change of the access manifest comes to: who gains or loses what.',
  about: [
    'Compares what two manifests decide, not how they are written: another order, other names of parameters, a rule ' +
      'split in two or a role renamed change nothing for anybody. Each manifest is read with the files it names, which ' +
      'stand beside it.',
    'A change is "widened" if somebody may do what was refused before, "narrowed" the other way round, else "neutral". ' +
      'Nothing that widens is missed: where it cannot be shown that nothing did, it counts as widened. The date does ' +
      'not count. docs/reviewing-changes.md says what is compared, and how to use it in CI.',
  ],
  operands: [
    { name: 'OLD', about: 'The access manifest as it was.' },
    { name: 'NEW', about: 'The access manifest as it is to be.' },
  ],
  options: {
    vars: varsOption,
    'old-vars': { value: 'FILE', about: 'The same for OLD alone. Default: the file of --vars.' },
    app: appOption,
    json: {
      about:
        'Print one JSON document: {widened, changes: [{kind, effect: widened|narrowed|neutral, app, role, issuer, rule: ' +
        '{issuer, claims, not, expiresAt}, routes, awsRoles, example, message}]}; what does not apply is absent. The kinds are ' +
        `${Object.keys(kinds).join(', ')}.`,
    },
  },
  examples: [
    'postern diff before/access.yml access.yml --vars stages/prod.yml',
    'postern diff before/access.yml access.yml --app billing --json',
  ],
  exitCodes: {
    0: 'nothing widened',
    1: 'something widened',
    3: 'a file cannot be read, or one of the two manifests does not hold',
  },
}

export const diffCommand: Command = {
  spec,
  run(words, { paint }) {
    const args = readArguments(spec, words)
    const [old, now, varsFile] = [args.operand('OLD'), args.operand('NEW'), args.option('vars')]
    const oldVarsFile = args.option('old-vars') ?? varsFile
    mustBeReadable(old, now, varsFile, oldVarsFile)
    const app = args.option('app')
    const changes = compareManifests(compile(old, oldVarsFile, app), compile(now, varsFile, app))
    const stdout = args.isSet('json') ? jsonText(documentOf(changes)) : changesText(changes, paint)
    return { exitCode: isWidened(changes) ? exit.no : exit.ok, stdout }
  },
}

function compile(file: string, varsFile: string | undefined, app: string | undefined): Compiled {
  try {
    const loaded = loadManifest(file, loadOptions(varsFile, app))
    return { loaded, access: compileManifest(loaded) }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    throw new CommandError(
      exit.unknown,
      `${file} does not hold\n${formatProblems(error.problems)}`,
      'mend it first; `postern check` shows the same',
    )
  }
}
