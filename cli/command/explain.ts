import type { Request } from '../../shared/access/decide.ts'
import { parseInstant } from '../../shared/manifest/instant.ts'
import { formatProblems, ManifestError } from '../../shared/manifest/problem.ts'
import { type Arguments, readArguments, wrong } from '../arguments.ts'
import { type Command, CommandError, type Ending, exit } from '../command.ts'
import { type Explanation, explain, requestArn } from '../explain.ts'
import { explanationText } from '../explain-text.ts'
import type { CommandSpec } from '../help.ts'
import { compileAccess, compileOptions, localOption, varsOption } from '../manifest-file.ts'
import { parseRequestText } from '../request-text.ts'
import { readToken } from '../token-file.ts'

const spec: CommandSpec = {
  name: 'explain',
  summary: 'Replay a token against a route and name the exact check that failed.',
  about: [
    "Runs the authorizer's own code on the token: every check in order, then the roles and the route. Prints how far " +
      'it came, who the caller is, which conditions of the roles it lacks are not met, the decision with its reason, ' +
      "and what to do. The issuer's keys are fetched as the authorizer would.",
    'Neither the token nor the value of any claim but the subject is printed, so the output may go into a ticket.',
  ],
  options: {
    ...compileOptions,
    token: {
      value: 'FILE',
      about: 'A file that holds the token, bare or after "Bearer"; - reads standard input.',
      required: true,
    },
    route: {
      value: 'REQUEST',
      about: "The request, as in 'GET /orders/1': a method and a concrete path without stage and query.",
      required: true,
    },
    api: { value: 'rest|http', about: 'By which type of API the request comes. Default: rest.' },
    vars: varsOption,
    local: localOption,
    at: {
      value: 'TIME',
      about:
        'Decide as of this time, as in 2027-03-31T12:00:00Z. The keys are those the issuer publishes now. Default: now.',
    },
    json: {
      about:
        'Print one JSON document: {effect: allow|deny, reason, message, facts, cause, means, mend, checks: [{id, about, ' +
        'result: ok|failed|not_reached}], issuer, caller: {issuer, subject, roles}, rolesMissed: [{role, misses: ' +
        '[{claim, expected, actual: missing|differs|type|excluded|expired}]}], request: {api, method, path}, route, ' +
        'severalRoutes, public, grantedBy}. What is not known is absent.',
    },
  },
  examples: [
    "postern explain --access access.yml --token token.txt --route 'GET /orders/1'",
    "get-token | postern explain --access access.yml --token - --route 'DELETE /orders/1' --api http --json",
  ],
  exitCodes: {
    0: 'the caller may make the request',
    1: 'the token or the request is refused',
    3: 'it could not be found out: the manifest does not hold, a file cannot be read, keys could not be fetched',
  },
}

export const explainCommand: Command = {
  spec,
  async run(words, { nowMs, stdin, paint }): Promise<Ending> {
    const args = readArguments(spec, words)
    const request = readRequest(args)
    const atMs = readInstant(args)
    const { access, loaded } = unlessBroken(() => compileAccess(spec, args))
    const token = await readToken(spec, args.required('token'), stdin)
    const clock = atMs === undefined ? nowMs : () => atMs
    const publicRoutes = loaded.manifest.api?.public ?? []
    const localIssuers = args.option('local')
    const explanation = await explain({ access, publicRoutes, token, request, nowMs: clock, localIssuers })
    const stdout = args.isSet('json')
      ? `${JSON.stringify(explanation, undefined, 2)}\n`
      : explanationText(explanation, paint)
    return { exitCode: exitCodeOf(explanation), stdout }
  },
}

/** A lack of keys, or a bug, is no verdict on the token. */
function exitCodeOf({ effect, reason }: Explanation): Ending['exitCode'] {
  if (effect === 'allow') return exit.ok
  const undecided: readonly string[] = ['keys_unavailable', 'keys_stale', 'internal_error']
  return undecided.includes(reason) ? exit.unknown : exit.no
}

function readRequest(args: Arguments): Request {
  const api = args.option('api') ?? 'rest'
  if (api !== 'rest' && api !== 'http') throw wrong(spec, '--api is rest or http')
  const request = parseRequestText(args.required('route'))
  if ('wrong' in request) throw wrong(spec, `--route ${request.wrong}`)
  if (requestArn(request.method, request.path) === undefined)
    throw wrong(spec, '--route is longer than the 1,600 bytes that API Gateway passes on')
  return { api, ...request }
}

function readInstant(args: Arguments): number | undefined {
  const text = args.option('at')
  if (text === undefined) return undefined
  const seconds = parseInstant(text)
  if (seconds === undefined)
    throw wrong(spec, '--at is a time with its zone (RFC 3339), as in 2027-03-31T12:00:00Z')
  return seconds * 1000
}

/** The question is about the token, and a manifest that does not hold leaves it open. */
function unlessBroken<T>(compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const mend = 'mend the manifest first; `postern check` shows the same'
    throw new CommandError(
      exit.unknown,
      `the manifest does not hold\n${formatProblems(error.problems)}`,
      mend,
    )
  }
}
