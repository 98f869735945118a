import type { Access } from '../shared/access/access.ts'
import { compileManifest, manifestRoutes } from '../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifest } from '../shared/manifest/load.ts'
import { formatProblems, inOrder, ManifestError, type Problem } from '../shared/manifest/problem.ts'
import { warningsOf } from '../shared/manifest/warnings.ts'

export type CheckOptions = {
  readonly file: string
  readonly varsFile?: string
  readonly json: boolean
  readonly nowSeconds: number
}

export type Summary = {
  readonly issuers: number
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
  const { file, varsFile, json, nowSeconds } = options
  let loaded: LoadedManifest
  try {
    loaded = loadManifest(file, varsFile === undefined ? {} : { varsFile })
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    return { exitCode: 1, text: json ? toJson(error.problems, []) : failed(error.problems) }
  }
  const warnings = inOrder(warningsOf(loaded, nowSeconds))
  const summary = summarize(loaded, compileManifest(loaded))
  return { exitCode: 0, text: json ? toJson([], warnings, summary) : passed(file, warnings, summary) }
}

function toJson(problems: readonly Problem[], warnings: readonly Problem[], summary?: Summary): string {
  return `${JSON.stringify({ ok: problems.length === 0, problems, warnings, summary }, undefined, 2)}\n`
}

function failed(problems: readonly Problem[]): string {
  return `${formatProblems(problems)}\n${count(problems.length, 'problem')}; nothing was built\n`
}

function passed(file: string, warnings: readonly Problem[], summary: Summary): string {
  const { issuers, roles, rules, routes, foundByEquality, foundByPrefix, scanned } = summary
  const lines = warnings.map((warning) =>
    formatProblems([{ ...warning, message: `warning: ${warning.message}` }]),
  )
  lines.push(
    `${file}: ${count(issuers, 'issuer')}, ${count(roles, 'role')}, ${count(routes, 'route')}, ${count(warnings.length, 'warning')}`,
    `${count(rules, 'rule')}: ${foundByEquality} found by equality, ${foundByPrefix} by prefix, ${scanned} scanned`,
  )
  return `${lines.join('\n')}\n`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function summarize({ manifest, routesFile }: LoadedManifest, access: Access): Summary {
  const routes = new Set(manifestRoutes(manifest).map((route) => route.key))
  for (const route of [...(routesFile?.rest ?? []), ...(routesFile?.http ?? [])]) routes.add(route.key)
  const indexes = Object.values(access.index)
  const claims = indexes.flatMap((index) => index.claims)
  const distinct = (lists: readonly (readonly number[])[]): number => new Set(lists.flat()).size
  return {
    issuers: access.issuers.length,
    roles: access.roles.length,
    rules: access.rules.length,
    routes: routes.size,
    foundByEquality: distinct(claims.flatMap((claim) => Object.values(claim.equals))),
    foundByPrefix: distinct(claims.flatMap((claim) => Object.values(claim.prefixes))),
    scanned: distinct(indexes.map((index) => index.scanned)),
  }
}
