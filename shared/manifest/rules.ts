import { isJsonObject, type Json } from '../json.ts'
import { cognitoIssuerUrl } from './cognito.ts'
import { emptyMap } from './empty-map.ts'
import type { Problem } from './problem.ts'
import { readRoute } from './route-text.ts'
import { credentialRules } from './rules-credentials.ts'
import { includeRules } from './rules-includes.ts'
import { routeRules } from './rules-route.ts'
import { booleanSlip } from './slips.ts'
import type { Path, Source } from './source.ts'
import { didYouMean } from './spelling.ts'
import { listAt, mapAt, valueAt } from './tree.ts'

export type Report = (...problem: Parameters<Source['problem']>) => void

/**
 * The checks that look at more than one key of a part: its roles and its API's settings. `top` is the manifest after
 * its variables were replaced; with the root's issuers, where it is an included one.
 */
export function partRules(source: Source, top: unknown): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(source.problem(...problem))
  apiRules(top, report)
  const issuers = Object.keys(mapAt(top, 'issuers'))
  for (const name of Object.keys(mapAt(top, 'roles'))) {
    for (const at of listAt(top, 'roles', name, 'trust').keys()) {
      const path = ['roles', name, 'trust', at]
      trustRules(top, path, issuers, report)
      for (const key of ['claims', 'not']) conditionSlips(source, top, [...path, key], report)
    }
    credentialRules(top, ['roles', name, 'credentials'], report)
  }
  includeRules(top, report)
  routeRules(top, report)
  return problems
}

export function issuerRules(source: Source, top: unknown): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(source.problem(...problem))
  eachIssuer(top, report)
  for (const name of Object.keys(mapAt(top, 'issuers')))
    conditionSlips(source, top, ['issuers', name, 'require'], report)
  return problems
}

function eachIssuer(top: unknown, report: Report): void {
  const names = new Map<string, string>()
  emptyMap(['issuers'], valueAt(top, ['issuers']), report)
  for (const [name, issuer] of Object.entries(mapAt(top, 'issuers'))) {
    if (!isJsonObject(issuer)) continue
    const path = ['issuers', name]
    const cognito = issuer.type === 'cognito' && typeof issuer.userPoolId === 'string'
    const iss = cognito ? cognitoIssuerUrl(issuer.userPoolId as string) : issuer.issuer
    const other = typeof iss === 'string' ? names.get(iss) : undefined
    if (other !== undefined) {
      const message = `the issuers "${other}" and "${name}" are one: a token could belong to both`
      report('issuers_overlap', [...path, cognito ? 'userPoolId' : 'issuer'], message, 'merge the two')
    } else if (typeof iss === 'string') names.set(iss, name)
    if (issuer.jwksUri !== undefined && issuer.jwks !== undefined) {
      const message = 'keys come from jwksUri or from jwks, not from both'
      report('keys_from_two_places', [...path, 'jwks'], message, 'keep one of them', 'key')
    }
    emptyMap([...path, 'require'], issuer.require, report)
  }
}

/** Keys of the authorizer's own context, and those API Gateway adds or reserves (facts A4). */
const reservedContext = new Set([
  'issuer',
  'subject',
  'roles',
  'app',
  'decisionId',
  'deniedReason',
  'principalId',
  'integrationLatency',
  'claims',
])

function apiRules(top: unknown, report: Report): void {
  const api = mapAt(top, 'api')
  // Written out, the cache is somebody's decision; `postern check` says what it takes.
  if (api.response === 'simple' && api.cacheSeconds === undefined)
    report(
      'simple_response_cached',
      ['api', 'response'],
      'a simple response is one yes or no; API Gateway would answer every route with the one it cached',
      'add "cacheSeconds: 0", or take policy responses',
    )
  if (api.response === 'simple' && typeof api.cacheSeconds === 'number' && api.cacheSeconds > 0)
    for (const role of Object.keys(mapAt(top, 'roles')))
      for (const [at, text] of listAt(top, 'roles', role, 'routes').entries()) {
        const read = typeof text === 'string' ? readRoute(text) : undefined
        if (read === undefined || 'wrong' in read || read.claims.length === 0) continue
        report(
          'simple_response_cached',
          ['roles', role, 'routes', at],
          "a cached simple response answers for the whole route, other callers' parts of it too",
          'write "cacheSeconds: 0", or take policy responses',
        )
      }
  for (const [at, claim] of listAt(api, 'context').entries())
    if (typeof claim === 'string' && reservedContext.has(claim))
      report(
        'context_reserved',
        ['api', 'context', at],
        `"${claim}" already means something in the authorizer's context`,
        `write it as a JSON Pointer, '/${claim}', or leave it out`,
      )
}

function trustRules(top: unknown, path: Path, issuers: readonly string[], report: Report): void {
  const rule = mapAt(top, ...path)
  const claims = rule.claims
  const empty = claims === undefined || (isJsonObject(claims) && Object.keys(claims).length === 0)
  if (rule.anySubject === true && claims !== undefined)
    report(
      'any_subject_with_claims',
      [...path, 'anySubject'],
      'a rule trusts any subject or those with certain claims, not both',
      'take out anySubject to keep the claims',
      'key',
    )
  else if (empty && rule.anySubject === undefined)
    report(
      'trust_without_claims',
      claims === undefined ? path : [...path, 'claims'],
      'a rule without claims trusts every token of its issuer',
      'add claims; if everybody is meant, write "anySubject: true"',
      claims === undefined ? 'value' : 'key',
    )
  emptyMap([...path, 'not'], rule.not, report)
  if (typeof rule.issuer !== 'string' || issuers.includes(rule.issuer)) return
  unknownIssuer(rule.issuer, [...path, 'issuer'], issuers, report)
}

export function unknownIssuer(name: string, path: Path, issuers: readonly string[], report: Report): void {
  const near = didYouMean(name, issuers)
  const mend = near === undefined ? 'add it under issuers' : `did you mean "${near}"?`
  report('issuer_unknown', path, `there is no issuer "${name}"`, mend)
}

function conditionSlips(source: Source, top: unknown, start: Path, report: Report): void {
  const walk = (value: Json | undefined, path: Path): void => {
    if (Array.isArray(value)) for (const [at, item] of value.entries()) walk(item, [...path, at])
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) walk(item, [...path, key])
    else if (typeof value === 'string' && /^(?:yes|no|on|off)$/i.test(value) && source.unquoted(path))
      report(booleanSlip.code, path, booleanSlip.message, booleanSlip.mend)
  }
  walk(mapAt(top, ...start), start)
}
