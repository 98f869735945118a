import type { Access, Role } from '../../shared/access/access.ts'
import { ownRoutesOf } from '../../shared/access/own-routes.ts'
import { PosternError } from '../../shared/error.ts'
import { parseMethodArn, stageName } from '../../shared/gateway/arn.ts'
import type { Grants, OwnRoute } from '../../shared/gateway/grants.ts'
import { type PolicyDocument, renderPolicy } from '../../shared/gateway/policy.ts'
import type { Api } from '../../shared/gateway/resolve.ts'
import { isJsonObject, type JsonObject, parseJsonObject } from '../../shared/json.ts'
import { readText } from '../../shared/manifest/read-text.ts'
import { didYouMean } from '../../shared/manifest/spelling.ts'
import { type Arguments, readArguments, wrong } from '../arguments.ts'
import { type Command, CommandError, exit } from '../command.ts'
import type { CommandSpec } from '../help.ts'
import {
  appOption,
  compileAccess,
  compileOptions,
  mustBeReadable,
  oneApp,
  varsOption,
} from '../manifest-file.ts'
import { policyText } from '../policy-text.ts'

const defaultPrefix = 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod'
/** What API Gateway takes (facts A7), less what a context without long claims needs. */
const maxBytes = 8192 - 1024

const spec: CommandSpec = {
  name: 'policy',
  summary: 'Print the policy document that API Gateway caches for a caller of some roles.',
  about: [
    'The document is the one that the authorizer answers with, with a comment above each Resource that says which ' +
      'route it is for. docs/cache-safe-policies.md explains it.',
    "Where a route holds the caller's own claims, their names stand in place of values, unless --claims has these.",
  ],
  options: {
    ...compileOptions,
    roles: { value: 'NAMES', about: 'Roles of the caller, separated by commas.', required: true },
    api: { value: 'rest|http', about: 'For which type of API. Default: rest.' },
    prefix: {
      value: 'ARN',
      about: `The ARN of the stage, down to its name. Default: ${defaultPrefix}.`,
    },
    claims: { value: 'FILE', about: "A JSON object with the caller's claims. Default: their names." },
    app: appOption,
    vars: varsOption,
    json: { about: 'Print the document alone, without comments.' },
  },
  examples: [
    'postern policy --access access.yml --roles orders-reader,orders-writer',
    'postern policy --access access.yml --roles user --claims claims.json --api http --json',
  ],
  exitCodes: {
    0: 'printed',
    1: 'the manifest does not hold, or no policy for these roles fits',
    3: 'a file cannot be read',
  },
}

export const policyCommand: Command = {
  spec,
  run(words) {
    const args = readArguments(spec, words)
    const api = readApi(args)
    const prefix = readPrefix(args)
    const { access } = compileAccess(spec, args)
    const app = oneApp(spec, access)
    const roles = readRoles(args, access)
    const own = ownRoutes(roles, readClaims(args))
    const grants: Grants = { keys: new Set(roles.flatMap((role) => role.routes)), own }
    const table = { tree: app.routes[api], api, proven: app.proven[api] }
    let document: PolicyDocument
    try {
      document = renderPolicy(prefix, table, grants, maxBytes)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      throw new CommandError(exit.no, error.message, '`postern check` says what to do about it')
    }
    const stdout = args.isSet('json')
      ? `${JSON.stringify(document, undefined, 2)}\n`
      : policyText(document, prefix, table, grants)
    return { exitCode: exit.ok, stdout }
  },
}

function readApi(args: Arguments): Api {
  const api = args.option('api') ?? 'rest'
  if (api === 'rest' || api === 'http') return api
  throw wrong(spec, '--api is rest or http')
}

function readPrefix(args: Arguments): string {
  const prefix = args.option('prefix') ?? defaultPrefix
  const arn = parseMethodArn(`${prefix}/GET/`)
  if (arn?.prefix === prefix && stageName.test(arn.stage)) return prefix
  throw wrong(spec, `--prefix is the ARN of a stage, as in ${defaultPrefix}`)
}

function readRoles(args: Arguments, access: Access): readonly Role[] {
  const names = args.required('roles').split(',')
  const roles = access.roles.filter(({ name }) => names.includes(name))
  for (const name of names) {
    if (roles.some((role) => role.name === name)) continue
    const known = access.roles.map((role) => role.name)
    const near = didYouMean(name, known)
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    throw wrong(spec, `--roles names "${name}", which is no role of the manifest${hint}`)
  }
  return roles
}

function readClaims(args: Arguments): JsonObject | undefined {
  const file = args.option('claims')
  if (file === undefined) return undefined
  mustBeReadable(file)
  const claims = parseJsonObject(Buffer.from(readText(file)))
  if (isJsonObject(claims)) return claims
  throw new CommandError(exit.unknown, `${file}: is not one JSON object`, 'write the claims as {"sub": "…"}')
}

function ownRoutes(roles: readonly Role[], claims: JsonObject | undefined): readonly OwnRoute[] {
  if (claims !== undefined) return ownRoutesOf(roles, claims).routes
  return roles.flatMap((role) =>
    (role.own ?? []).map(({ key, claims }) => ({
      key,
      values: claims.map(({ at, claim }) => ({ at, value: `{claims.${claim.name}}` })),
    })),
  )
}
