import type { Access, App } from '../../shared/access/access.ts'
import type { Request } from '../../shared/access/decide.ts'
import type { Json } from '../../shared/json.ts'
import { parseInstant } from '../../shared/manifest/instant.ts'
import type { LoadedPart } from '../../shared/manifest/part.ts'
import type { Outcome } from '../../shared/reason.ts'
import { type Arguments, readArguments, wrong } from '../arguments.ts'
import { readBounded } from '../bounded-file.ts'
import { borrowingOptions, readDuration, readRole, readScopes } from '../broker/borrowing.ts'
import { type Command, CommandError, type Ending, exit, type Surroundings } from '../command.ts'
import { explain } from '../explain.ts'
import { requestArn } from '../explain-call.ts'
import { explainRole } from '../explain-role.ts'
import { explanationText } from '../explain-text.ts'
import type { Borrow, Explanation } from '../explanation.ts'
import type { CommandSpec } from '../help.ts'
import { jsonText } from '../json-text.ts'
import {
  appOption,
  compileAccess,
  compileOptions,
  localOption,
  oneApp,
  unlessBroken,
  varsOption,
} from '../manifest-file.ts'
import { parseRequestText } from '../request-text.ts'
import { readToken } from '../token-file.ts'

const spec: CommandSpec = {
  name: 'explain',
  summary: 'Replay a token against a route or a role and name the exact check that failed.',
  about: [
    "Runs the authorizer's own code on the token: every check in order, then the roles and the route. Prints how far " +
      'it came, who the caller is, which conditions of the roles it lacks are not met, the decision with its reason, ' +
      "and what to do. The issuer's keys are fetched as the authorizer would.",
    "With --role in place of --route it runs the broker's: whether the caller may borrow the AWS role that the role of " +
      'the manifest lends, and the session that the broker would ask of STS: its name, length and what bounds it, tags ' +
      'and policy. STS is not asked.',
    'With --event it replays the event of an authorizer, as its function gets it, in place of a token and a request.',
    'The token is never printed, nor the value of a claim but the subject and those that the manifest puts into a ' +
      'session, so the output may go into a ticket.',
  ],
  options: {
    ...compileOptions,
    token: {
      value: 'FILE',
      about: 'A file that holds the token, bare or after "Bearer"; - reads standard input.',
    },
    route: {
      value: 'REQUEST',
      about:
        "The request, as in 'GET /orders/1': a method and a concrete path without stage and query; '$connect' of a " +
        "WebSocket API; a field of AppSync, as in 'Query.orders'.",
    },
    api: { value: 'rest|http', about: 'By which type of API a request with a path comes. Default: rest.' },
    role: {
      value: 'NAME',
      about:
        'The role to borrow, as in orders-exporter or billing.clerk; or an ARN, as it is given to AWS SDKs as ' +
        "AWS_ROLE_ARN: the AWS role's, or arn:postern:iam:::role/NAME.",
    },
    scope: borrowingOptions.scope,
    'duration-seconds': borrowingOptions['duration-seconds'],
    event: {
      value: 'FILE',
      about: 'A JSON file with an event of API Gateway or AppSync, the token in it; - reads standard input.',
    },
    app: appOption,
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
        'app, severalRoutes, public, grantedBy; or, with --role, borrow: {role, scopes, durationSeconds}, app, lends: ' +
        '[{role, awsRole, scopes}], grantedBy, session: {awsRole, name, sourceIdentity, seconds, boundedBy: ' +
        'asked|durationSeconds|maxDurationSeconds|trust|token, tags: [{key, value, optional, transitive}], policy, ' +
        'policyArns, externalId}}. What is not known is absent.',
    },
  },
  examples: [
    "postern explain --access access.yml --token token.txt --route 'GET /orders/1'",
    'postern explain --access access.yml --token token.txt --role orders-exporter --scope read',
    'postern explain --access access.yml --event event.json',
    "get-token | postern explain --access access.yml --token - --route 'DELETE /orders/1' --api http --json",
  ],
  exitCodes: {
    0: 'the caller may make the request, or borrow the AWS role',
    1: 'the token, the request or the role is refused',
    3: 'it could not be found out: the manifest does not hold, a file cannot be read, keys could not be fetched',
  },
}

export const explainCommand: Command = {
  spec,
  async run(words, { nowMs, stdin, paint }): Promise<Ending> {
    const args = readArguments(spec, words)
    const asked = readAsked(args)
    const atMs = readInstant(args)
    const { access, loaded } = unlessBroken(() => compileAccess(spec, args))
    const app = args.option('app')
    if ('request' in asked) oneApp(spec, access)
    const common = {
      access,
      nowMs: atMs === undefined ? nowMs : () => atMs,
      localIssuers: args.option('local'),
    }
    const publicRoutes = ({ of }: App) =>
      loaded.parts.filter(({ name }) => of?.includes(name) ?? true).flatMap(publicOf)
    const token = 'token' in asked ? await readToken(spec, asked.token, stdin) : ''
    const explanation =
      'borrow' in asked
        ? await explainRole({ ...common, token, borrow: asked.borrow })
        : await explain({
            ...common,
            publicRoutes,
            ...('event' in asked
              ? { event: await readEvent(asked.event, stdin), alias: app }
              : { token, request: { ...asked.request, alias: app ?? onlyAlias(access) } }),
          })
    const stdout = args.isSet('json') ? jsonText(explanation) : explanationText(explanation, paint)
    return { exitCode: exitCodeOf(explanation), stdout }
  },
}

/** A lack of keys, an event that is none, or a bug is no verdict on the token. */
function exitCodeOf({ effect, reason }: Explanation): Ending['exitCode'] {
  if (effect === 'allow') return exit.ok
  return undecided.includes(reason) ? exit.unknown : exit.no
}

const undecided: readonly Outcome[] = [
  'keys_unavailable',
  'keys_stale',
  'event_unknown',
  'event_invalid',
  'app_unknown',
  'token_place_unreachable',
  'internal_error',
]

/** What is asked, files not yet read. */
type Asked =
  | { readonly event: string }
  | { readonly token: string; readonly request: Request }
  | { readonly token: string; readonly borrow: Borrow }

const ofRoute = ['api']
const ofRole = ['scope', 'duration-seconds']

function readAsked(args: Arguments): Asked {
  const given = (names: readonly string[]) => names.find((name) => args.option(name) !== undefined)
  const [event, token, route, role] = ['event', 'token', 'route', 'role'].map(args.option)
  if (event !== undefined) {
    const other = given(['token', 'route', 'role', ...ofRoute, ...ofRole])
    if (other === undefined) return { event }
    throw wrong(spec, `--${other} stands beside --event, which holds the token and the request`)
  }
  if (token === undefined) throw wrong(spec, '--token is missing')
  if (route !== undefined && role !== undefined)
    throw wrong(spec, '--route and --role are two questions; write one of them')
  const foreign = given(role === undefined ? ofRole : ofRoute)
  if (foreign !== undefined)
    throw wrong(spec, `--${foreign} goes with --${role === undefined ? 'role' : 'route'}`)
  if (role !== undefined) return { token, borrow: readBorrow(args, role) }
  if (route === undefined) throw wrong(spec, '--route is missing, or --role in its place')
  return { token, request: readRequest(args, route) }
}

function readRequest(args: Arguments, route: string): Request {
  const api = args.option('api') ?? 'rest'
  if (api !== 'rest' && api !== 'http') throw wrong(spec, '--api is rest or http')
  const read = parseRequestText(route)
  if ('wrong' in read) throw wrong(spec, `--route ${read.wrong}`)
  const request: Request = { api, ...read }
  if (request.api !== 'appsync' && requestArn(request) === undefined)
    throw wrong(spec, '--route is longer than the 1,600 bytes that API Gateway passes on')
  return request
}

const awsRole = /^arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,1900}$/

function readBorrow(args: Arguments, role: string): Borrow {
  const [scopes, durationSeconds] = [readScopes(spec, args), readDuration(spec, args)]
  return {
    role: awsRole.test(role) ? role : readRole(spec, role.replace(/^arn:postern:iam:::role\//, '')),
    ...(scopes && { scopes: [...scopes].sort() }),
    ...(durationSeconds !== undefined && { durationSeconds: Number(durationSeconds) }),
  }
}

async function readEvent(file: string, stdin: Surroundings['stdin']): Promise<Json> {
  const text = await readBounded({ what: 'the event', file, maxBytes: maxEventBytes, stdin })
  try {
    return JSON.parse(text)
  } catch {
    // Not the parser's message: it quotes the text, and a token stands in it.
    throw new CommandError(exit.unknown, `the event "${file}" is not JSON`, 'give it as the function got it')
  }
}

/** API Gateway's own limits leave an event far below. */
const maxEventBytes = 256 * 1024

const publicOf = ({ manifest }: LoadedPart): readonly string[] => manifest.api?.public ?? []

/** Where there is one app, a request is for that one. */
function onlyAlias({ appOf }: Access): string | undefined {
  return Object.keys(appOf?.alias ?? {})[0]
}

function readInstant(args: Arguments): number | undefined {
  const text = args.option('at')
  if (text === undefined) return undefined
  const seconds = parseInstant(text)
  if (seconds === undefined)
    throw wrong(spec, '--at is a time with its zone (RFC 3339), as in 2027-03-31T12:00:00Z')
  return seconds * 1000
}
