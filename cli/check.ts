import type { Access, Positions } from '../shared/access/access.ts'
import { positionsIn } from '../shared/access/roles-of.ts'
import { compileManifest } from '../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifest } from '../shared/manifest/load.ts'
import { manifestRoutes } from '../shared/manifest/manifest-routes.ts'
import { type LoadedPart, rootName } from '../shared/manifest/part.ts'
import { checkPolicies } from '../shared/manifest/policy-check.ts'
import {
  formatProblem,
  formatProblems,
  inOrder,
  ManifestError,
  type Problem,
} from '../shared/manifest/problem.ts'
import { didYouMean } from '../shared/manifest/spelling.ts'
import { unseenCacheWarnings, warningsOf } from '../shared/manifest/warnings.ts'
import { isLambdaAuthorizer } from '../shared/template/authorizer.ts'
import { checkTemplate } from '../shared/template/check-template.ts'
import { readWiring, type Wiring } from '../shared/template/wiring.ts'
import { brokerPolicyWarnings } from './broker-policy-size.ts'
import { CommandError, exit } from './command.ts'
import { jsonText } from './json-text.ts'
import { loadOptions } from './manifest-file.ts'

export type CheckOptions = {
  readonly file: string
  readonly varsFile?: string
  /** The one app to check. */
  readonly app?: string
  readonly templateFile?: string
  /** The logical id of Postern's authorizer, where the template has others. */
  readonly authorizer?: string
  readonly json: boolean
  readonly nowSeconds: number
}

export type Summary = {
  readonly issuers: number
  /** Apps of the manifest; 1 where it has none. */
  readonly apps: number
  readonly roles: number
  readonly rules: number
  /** Distinct routes of the routes file and of the manifest. */
  readonly routes: number
  readonly foundByEquality: number
  readonly foundByPrefix: number
  readonly scanned: number
}

/** `postern check FILE`: problems (exit code 1), or warnings and what the manifest compiles to (0). */
export function check(options: CheckOptions): { exitCode: number; text: string } {
  const { file, varsFile, app, templateFile, json, nowSeconds } = options
  let loaded: LoadedManifest
  let wiring: Wiring | undefined
  try {
    loaded = loadManifest(file, loadOptions(varsFile, app))
    if (templateFile !== undefined) wiring = readWiring(templateFile)
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    const ending = `${count(error.problems.length, 'problem')}; nothing was built`
    return { exitCode: 1, text: json ? toJson(error.problems, []) : failed(error.problems, [], ending) }
  }
  const access = compileManifest(loaded)
  const found =
    wiring &&
    checkTemplate(onePart(loaded), wiring, knownAuthorizer(wiring, options.authorizer), appNames(loaded))
  const policies = checkPolicies(loaded, access)
  const beside = [...policies.warnings, ...(found?.warnings ?? unseenCacheWarnings(loaded))]
  const ofManifest = [...warningsOf(loaded, access, nowSeconds), ...brokerPolicyWarnings(loaded, access)]
  const warnings = inOrder([...ofManifest, ...beside])
  const problems = inOrder([...policies.problems, ...(found?.problems ?? [])])
  if (problems.length > 0) {
    const where = templateFile === undefined ? file : `${file}, ${templateFile}`
    const ending = `${where}: ${count(problems.length, 'problem')}; the manifest can be built as it is`
    return { exitCode: 1, text: json ? toJson(problems, warnings) : failed(problems, warnings, ending) }
  }
  const summary = summarize(loaded, access)
  const text = json ? toJson([], warnings, summary) : passed(file, warnings, summary, wiring)
  return { exitCode: 0, text }
}

/** A template is that of one app's APIs. */
function onePart({ parts }: LoadedManifest): LoadedPart {
  const [part, another] = parts
  if (part !== undefined && another === undefined) return part
  const names = parts.map(({ name }) => name).join(', ')
  throw new CommandError(
    exit.usage,
    `the manifest has the apps ${names}`,
    'name the one of the template with --app',
  )
}

/** Of all apps, whichever is checked; the root's own part is one where it says anything. */
function appNames({ manifest }: LoadedManifest): readonly string[] {
  const { apps = {}, api, roles } = manifest
  return [...Object.keys(apps), ...(api === undefined && roles === undefined ? [] : [rootName])]
}

/** Misspelt, `--authorizer` would check nothing at all. */
function knownAuthorizer(wiring: Wiring, name: string | undefined): string | undefined {
  const names = wiring.authorizers.filter(isLambdaAuthorizer).map(({ logicalId }) => logicalId)
  if (name === undefined || names.includes(name)) return name
  const near = didYouMean(name, names)
  const mend = names.length === 0 ? 'it has none' : `those it has are ${names.join(', ')}`
  throw new CommandError(
    exit.usage,
    `${wiring.file} has no Lambda authorizer of the logical id given with --authorizer`,
    near === undefined ? mend : `did you mean ${near}?`,
  )
}

function toJson(problems: readonly Problem[], warnings: readonly Problem[], summary?: Summary): string {
  return jsonText({ ok: problems.length === 0, problems, warnings, summary })
}

function failed(problems: readonly Problem[], warnings: readonly Problem[], ending: string): string {
  return `${[...warnings.map(warningText), formatProblems(problems), ending].join('\n')}\n`
}

function passed(
  file: string,
  warnings: readonly Problem[],
  summary: Summary,
  wiring: Wiring | undefined,
): string {
  const { issuers, apps, roles, rules, routes, foundByEquality, foundByPrefix, scanned } = summary
  const lines = warnings.map(warningText)
  lines.push(
    `${file}: ${count(issuers, 'issuer')}, ${apps > 1 ? `${apps} apps, ` : ''}${count(roles, 'role')}, ${count(routes, 'route')}, ${count(warnings.length, 'warning')}`,
    `${count(rules, 'rule')}: ${foundByEquality} found by equality, ${foundByPrefix} by prefix, ${scanned} scanned`,
  )
  if (wiring !== undefined) lines.push(wiringLine(wiring))
  return `${lines.join('\n')}\n`
}

function wiringLine({ file, apis, authorizers }: Wiring): string {
  const routes = apis.reduce((sum, api) => sum + api.routes.length, 0)
  const lambda = authorizers.filter(isLambdaAuthorizer).length
  return `${file}: ${count(apis.length, 'API')}, ${count(routes, 'route')}, ${count(lambda, 'Lambda authorizer')}`
}

export function warningText(warning: Problem): string {
  return formatProblem({ ...warning, message: `warning: ${warning.message}` })
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function summarize({ parts }: LoadedManifest, access: Access): Summary {
  const routes = new Set(parts.flatMap((part) => routesOf(part).map(({ key }) => `${part.name} ${key}`)))
  const indexes = Object.values(access.index)
  const claims = indexes.flatMap((index) => index.claims)
  const distinct = (lists: readonly Positions[]): number => new Set(lists.flatMap(positionsIn)).size
  return {
    issuers: access.issuers.length,
    apps: parts.length,
    roles: access.roles.length,
    rules: access.rules.length,
    routes: routes.size,
    foundByEquality: distinct(claims.flatMap((claim) => Object.values(claim.equals))),
    foundByPrefix: distinct(claims.flatMap((claim) => Object.values(claim.prefixes))),
    scanned: distinct(indexes.map((index) => index.scanned)),
  }
}

function routesOf(part: LoadedPart) {
  const { rest = [], http = [], appsync = [] } = part.routesFile ?? {}
  return [...manifestRoutes(part), ...rest, ...http, ...appsync]
}
