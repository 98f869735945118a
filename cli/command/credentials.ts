import { readArguments, wrong } from '../arguments.ts'
import { borrowingOptions, readBorrowing } from '../broker/borrowing.ts'
import { fetchCredentials } from '../broker/credentials.ts'
import { type Format, formats } from '../broker/formats.ts'
import { type Command, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import { writePrivate } from '../write-private.ts'

const spec: CommandSpec = {
  name: 'credentials',
  summary: 'Get short-lived AWS credentials from the broker, as a credential_process too.',
  about: [
    'Asks the broker for the credentials of a role, by a token of yours, and prints them. In the default format they ' +
      'are what AWS SDKs and CLIs expect of a credential process; those run this again before the credentials end:',
    '  # ~/.aws/config, where POSTERN_BROKER is set\n' +
      '  [profile orders]\n' +
      '  credential_process = npx postern credentials --role orders-exporter --token-file /run/token',
    'Nothing is written to disk but by --out. Neither the token nor a secret is ever part of a message.',
  ],
  options: {
    ...borrowingOptions,
    format: {
      value: 'process|env|json',
      about:
        'process: {Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId}. env: lines for the ' +
        'eval of a POSIX shell, export AWS_ACCESS_KEY_ID=… and so on. json: {AccessKeyId, SecretAccessKey, Token, ' +
        'Expiration, AccountId}, as the broker answers. Default: process.',
    },
    out: {
      value: 'FILE',
      about:
        'Write to this file, which its owner alone may read; one that is there is replaced, a link is refused. ' +
        'Default: standard output.',
    },
  },
  examples: [
    'postern credentials --broker https://broker.example --role orders-exporter --token-file /run/token',
    'eval "$(postern credentials --role orders-exporter --scope read --github --format env)"',
  ],
  exitCodes: {
    0: 'the credentials are printed or written',
    1: 'the broker refuses, for the reason printed',
    3: 'it could not be found out: no token, no broker, no sound answer, or the file cannot be written',
  },
}

export const credentialsCommand: Command = {
  spec,
  async run(words, { nowMs, stdin }) {
    const args = readArguments(spec, words)
    const format = args.option('format') ?? 'process'
    if (!isFormat(format))
      throw wrong(spec, `--format is ${spec.options.format?.value?.replaceAll('|', ', ')}`)
    const borrowing = readBorrowing(spec, args, stdin)
    const text = formats[format](await fetchCredentials(borrowing, nowMs))
    const file = args.option('out')
    if (file === undefined) return { exitCode: exit.ok, stdout: text }
    writePrivate(file, text)
    return { exitCode: exit.ok, stdout: `${file} written\n` }
  },
}

function isFormat(text: string): text is Format {
  return Object.hasOwn(formats, text)
}
