import { styleText } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { formatProblems, ManifestError } from '../shared/manifest/problem.ts'
import { didYouMean } from '../shared/manifest/spelling.ts'
import { buildCommand } from './command/build.ts'
import { checkCommand } from './command/check.ts'
import { contractCommand } from './command/contract.ts'
import { credentialsCommand } from './command/credentials.ts'
import { diffCommand } from './command/diff.ts'
import { doctorCommand } from './command/doctor.ts'
import { execCommand } from './command/exec.ts'
import { explainCommand } from './command/explain.ts'
import { initCommand } from './command/init.ts'
import { ocsfCommand } from './command/ocsf.ts'
import { policyCommand } from './command/policy.ts'
import { routesCommand } from './command/routes.ts'
import { schemaCommand } from './command/schema.ts'
import { targetCommand } from './command/target.ts'
import { testCommand } from './command/test.ts'
import { trustPolicyCommand } from './command/trust-policy.ts'
import { type Command, CommandError, type Ending, exit, type Paint } from './command.ts'
import { commandHelp, topHelp } from './help.ts'

const commands: readonly Command[] = [
  checkCommand,
  buildCommand,
  contractCommand,
  credentialsCommand,
  diffCommand,
  doctorCommand,
  execCommand,
  explainCommand,
  initCommand,
  ocsfCommand,
  policyCommand,
  routesCommand,
  schemaCommand,
  targetCommand,
  testCommand,
  trustPolicyCommand,
]

async function main(words: readonly string[]): Promise<Ending> {
  const [name, ...args] = words
  if (name === '--version') return { exitCode: exit.ok, stdout: `${packageJson.version}\n` }
  if (name === '--help' || name === '-h') return { exitCode: exit.ok, stdout: help() }
  if (name === undefined) return { exitCode: exit.usage, stderr: help() }
  const command = commands.find(({ spec }) => spec.name === name)
  if (command === undefined) return unknownCommand(name)
  // What stands after -- is another program's.
  const own = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined)
  if (own.includes('--help') || own.includes('-h'))
    return { exitCode: exit.ok, stdout: commandHelp(command.spec) }
  try {
    return await command.run(args, { nowMs: Date.now, stdin: process.stdin, paint, write, complain })
  } catch (error) {
    return failed(error)
  }
}

function help(): string {
  return topHelp(
    commands.map(({ spec }) => spec),
    packageJson.version,
  )
}

function unknownCommand(name: string): Ending {
  const names = commands.map(({ spec }) => spec.name)
  const near = didYouMean(name, names)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return failed(
    new CommandError(
      exit.usage,
      `there is no such command${hint}`,
      `use one of ${names.join(', ')}; postern --help says what they do`,
    ),
  )
}

function failed(error: unknown): Ending {
  if (error instanceof ManifestError)
    return { exitCode: exit.no, stderr: `${formatProblems(error.problems)}\nnothing was built\n` }
  if (error instanceof CommandError)
    return { exitCode: error.exitCode, stderr: `postern: ${error.message}\n  mend: ${error.mend}\n` }
  // A bug. Its message might quote what it stumbled over, a token even; where it happened cannot.
  const frames = error instanceof Error ? error.stack?.match(/^ {4}at .*$/gm)?.join('\n') : undefined
  return {
    exitCode: exit.unknown,
    stderr: `postern: a fault in Postern itself\n${frames ?? ''}\n  mend: please report it with these lines\n`,
  }
}

/** `styleText` heeds NO_COLOR and its kin. */
const paint: Paint = (color, text) =>
  process.stdout.isTTY ? styleText(color, text, { stream: process.stdout, validateStream: true }) : text

/** By its callback, which unlike `drain` comes also when the reader goes away. */
const write = (text: string): Promise<boolean> =>
  new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error)))

const complain = (text: string): void => {
  process.stderr.write(text)
}

// A reader that went away (`postern schema | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const { exitCode, stdout, stderr } = await main(process.argv.slice(2))
// Not process.exit: what was written to a pipe would be cut off.
process.exitCode = exitCode
if (stdout !== undefined) process.stdout.write(stdout)
if (stderr !== undefined) process.stderr.write(stderr)
