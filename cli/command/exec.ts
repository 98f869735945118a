import { readArguments, wrong } from '../arguments.ts'
import { type Borrowing, borrowingOptions, readBorrowing } from '../broker/borrowing.ts'
import { type Credentials, fetchCredentials } from '../broker/credentials.ts'
import { environmentOf } from '../broker/formats.ts'
import type { Command, Surroundings } from '../command.ts'
import { runChild } from '../exec/child.ts'
import { serveCredentials } from '../exec/endpoint.ts'
import { childEnvironment, endpointEnvironment } from '../exec/environment.ts'
import { refreshed } from '../exec/refreshed.ts'
import type { CommandSpec } from '../help.ts'

const spec: CommandSpec = {
  name: 'exec',
  summary: 'Run a command with short-lived AWS credentials from the broker.',
  about: [
    'Asks the broker for the credentials of a role, by a token of yours, and runs the command with them in its ' +
      'environment, where every AWS SDK and CLI looks first. There is no shell between. Other AWS credentials, the ' +
      'name of a profile, and the variables that hold the token or lead to one are taken out of its environment.',
    'Credentials in an environment end when they end. For a command that outlasts them, --serve gives it the address ' +
      'of an endpoint on loopback instead, where its SDK gets fresh ones for as long as the source of the token has ' +
      'good tokens, and no secret of AWS stands in its environment. That is not the default, since SDKs ask such an ' +
      'endpoint last: so that no profile of yours is used instead, ~/.aws/config and ~/.aws/credentials are hidden ' +
      'from the command (give it AWS_REGION), and what reads no more than AWS_ACCESS_KEY_ID finds nothing.',
  ],
  options: {
    ...borrowingOptions,
    serve: {
      about:
        'Give the command an endpoint that refreshes the credentials, and not the credentials themselves.',
    },
  },
  command: { name: 'COMMAND [ARGUMENT…]', about: 'What to run, with arguments of its own.' },
  examples: [
    'postern exec --broker https://broker.example --role orders-exporter --token-file /run/token -- aws s3 ls',
    'AWS_REGION=eu-west-1 postern exec --role orders-exporter --github --serve -- node nightly.js',
  ],
  exitCodes: {
    0:
      'the command ran and ended with 0; any other code is its own too, 128 and the number for a signal, 127 where ' +
      'it was not found, 126 where it could not be run',
    1: 'the broker refuses, for the reason printed; the command did not run',
    3: 'it could not be found out: no token, no broker, no sound answer; the command did not run',
  },
}

export const execCommand: Command = {
  spec,
  async run(words, surroundings) {
    const end = words.indexOf('--')
    const args = readArguments(spec, end === -1 ? words : words.slice(0, end))
    const command = end === -1 ? [] : words.slice(end + 1)
    if (command.length === 0 || command[0] === '')
      throw wrong(spec, 'the command is missing; write -- and then it')
    if (args.option('token-file') === '-')
      throw wrong(spec, "--token-file names a file here: standard input is the command's")
    const borrowing = readBorrowing(spec, args, surroundings.stdin)
    const credentials = await fetchCredentials(borrowing, surroundings.nowMs)
    const run = args.isSet('serve') ? runServed : runWithKeys
    return { exitCode: await run(command, borrowing, credentials, surroundings) }
  },
}

async function runWithKeys(
  command: readonly string[],
  { token }: Borrowing,
  credentials: Credentials,
  { complain }: Surroundings,
): Promise<number> {
  return runChild(
    command,
    childEnvironment(process.env, token.variables, environmentOf(credentials)),
    complain,
  )
}

async function runServed(
  command: readonly string[],
  borrowing: Borrowing,
  first: Credentials,
  { nowMs, complain }: Surroundings,
): Promise<number> {
  const over = new AbortController()
  const fetchNew = () => fetchCredentials(borrowing, nowMs, over.signal)
  const endpoint = await serveCredentials(refreshed(first, fetchNew, nowMs), complain)
  try {
    const added = endpointEnvironment(endpoint.url, endpoint.authorization)
    return await runChild(command, childEnvironment(process.env, borrowing.token.variables, added), complain)
  } finally {
    endpoint.close()
    // A fetch for nobody would hold this process up.
    over.abort()
  }
}
