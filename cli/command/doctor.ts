import { variable } from '../../shared/config.ts'
import { type Arguments, readArguments, wrong } from '../arguments.ts'
import { githubToken } from '../broker/github-token.ts'
import { readTokenSource, tokenOptions } from '../broker/token-source.ts'
import { type Command, exit } from '../command.ts'
import { readAddress } from '../doctor/address.ts'
import type { ApiProbe } from '../doctor/api.ts'
import { diagnose } from '../doctor/diagnose.ts'
import { awsAudience } from '../doctor/direct-trust.ts'
import { reportText } from '../doctor/report.ts'
import type { CommandSpec } from '../help.ts'
import { jsonText } from '../json-text.ts'
import { compileAccess, compileOptions, localOption, unlessBroken, varsOption } from '../manifest-file.ts'

const spec: CommandSpec = {
  name: 'doctor',
  summary: 'Look at a live deployment and say what is wrong with it and how to mend it.',
  about: [
    'Asks the issuers of the manifest for their keys as the authorizer would, holds clocks against each other, and, as ' +
      'far as they are given, calls the broker and a guarded route of an API as a stranger, as a forger and by a probe ' +
      'token; then it borrows every AWS role that the token may borrow and has STS say whose the credentials are.',
    'With a broker and a token it also sends the token to STS itself (AssumeRoleWithWebIdentity), to find AWS roles ' +
      'that trust its issuer directly, past Postern; --no-direct leaves that out. With --github, a second token for ' +
      'the audience sts.amazonaws.com is sent there where STS asks for another audience.',
    'Neither a token nor a secret is ever printed, and credentials are dropped as soon as STS has been asked.',
  ],
  options: {
    ...compileOptions,
    vars: varsOption,
    broker: {
      value: 'URL',
      about:
        'Where the broker is: https, or http on loopback. Default: what the environment variable POSTERN_BROKER says; ' +
        'without either, the broker is skipped.',
    },
    api: {
      value: 'URL',
      about:
        'A guarded route of a deployed API, stage included; it is really called. Default: none, skipped.',
    },
    method: { value: 'NAME', about: 'The method that the route is called by. Default: GET.' },
    expect: {
      value: 'allow|deny',
      about: 'What the probe token is to come to on that route. Default: allow.',
    },
    ...tokenOptions,
    'no-direct': { about: 'Do not send the token to STS.' },
    local: localOption,
    json: {
      about:
        'Print one JSON list: [{check: issuer|clock|token|broker|api|aws-role|direct-trust, subject, outcome: ' +
        'ok|warning|failed|skipped, what, mend}].',
    },
  },
  examples: [
    'postern doctor --access access.yml --vars stages/prod.yml',
    'postern doctor --access access.yml --broker https://broker.example --github',
    'postern doctor --access access.yml --api https://api.example/prod/orders --token-file /run/token --json',
  ],
  exitCodes: {
    0: 'nothing failed; there may be warnings',
    1: 'something failed',
    3: 'it could not be found out: the manifest does not hold, or no token came from where it was to be',
  },
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

export const doctorCommand: Command = {
  spec,
  async run(words, { nowMs, stdin, paint }) {
    const args = readArguments(spec, words)
    const named = Object.keys(tokenOptions).some(args.isSet)
    const source = named ? readTokenSource(spec, args, stdin) : undefined
    const address = args.option('broker') ?? variable('POSTERN_BROKER')
    const broker = address === undefined ? undefined : readAddress(spec, 'broker', address)
    const api = readApi(args)
    const { access } = unlessBroken(() => compileAccess(spec, args))
    const results = await diagnose({
      access,
      localIssuers: args.option('local'),
      broker,
      api,
      token: await source?.read(),
      direct: !args.isSet('no-direct'),
      forAws: args.isSet('github') ? () => githubToken(awsAudience) : undefined,
      nowMs,
    })
    const isFailed = results.some(({ outcome }) => outcome === 'failed')
    const stdout = args.isSet('json') ? jsonText(results) : reportText(results, paint)
    return { exitCode: isFailed ? exit.no : exit.ok, stdout }
  },
}

function readApi(args: Arguments): ApiProbe | undefined {
  const text = args.option('api')
  const [method = 'GET', expect = 'allow'] = [args.option('method'), args.option('expect')]
  if (text === undefined) {
    const alone = ['method', 'expect'].find(args.isSet)
    if (alone !== undefined) throw wrong(spec, `--${alone} goes with --api`)
    return undefined
  }
  if (!methods.includes(method)) throw wrong(spec, `--method is one of ${methods.join(', ')}`)
  if (expect !== 'allow' && expect !== 'deny') throw wrong(spec, '--expect is allow or deny')
  return { url: readAddress(spec, 'api', text), method, expect }
}
