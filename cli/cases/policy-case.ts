import type { Access } from '../../shared/access/access.ts'
import type { Claims } from '../../shared/access/claims.ts'
import type { Request } from '../../shared/access/decide.ts'
import { parseInstant } from '../../shared/manifest/instant.ts'
import type { Problem } from '../../shared/manifest/problem.ts'
import type { Path, Source } from '../../shared/manifest/source.ts'
import { didYouMean } from '../../shared/manifest/spelling.ts'
import { parseRequestText, type ReadRequest } from '../request-text.ts'
import { type CaseText, defaultNow, type Expectation, type GroupText, type RequestText } from './schema.ts'

/** A case with all that its group says for it. */
export type PolicyCase = {
  readonly name: string
  readonly line: number
  readonly issuer: string
  readonly claims: Claims
  /** One, or the same by both types of API. */
  readonly requests: readonly Request[]
  readonly nowSeconds: number
  readonly expect: Expectation
}

/** Where a case stands, and what it is held against. */
export type Surroundings = {
  readonly source: Source
  readonly group: GroupText
  readonly access: Access
  readonly problems: Problem[]
  readonly at: number
}

/** Reports what does not hold, and then returns none. */
export function readCase(around: Surroundings, one: CaseText): PolicyCase | undefined {
  const { source, group, at } = around
  const claims = one.claims ?? group.claims
  const request = one.request ?? group.request
  const issuer = issuerOf(around, one)
  checkApp(around, one)
  checkRoles(around, one.expect.roles ?? [])
  if (claims === undefined || request === undefined) {
    const missing = [claims === undefined && 'claims', request === undefined && 'request'].filter(Boolean)
    const message = `this case has no ${missing.join(' and no ')}, and neither has its group`
    const mend = `add ${missing.map((key) => `"${key}"`).join(' and ')} to the case, or to the group`
    around.problems.push(source.problem('key_missing', ['cases', at], message, mend))
    return undefined
  }
  if (issuer === undefined) return undefined
  const { name, expect } = one
  return {
    name,
    line: source.place(['cases', at]).line,
    issuer,
    // In the place of claims that the verifier let through; JSON, as they are.
    claims: JSON.parse(JSON.stringify(claims)) as unknown as Claims,
    requests: requestsOf(request, one.app ?? group.app),
    nowSeconds: parseInstant(one.now ?? group.now ?? defaultNow) as number,
    expect,
  }
}

function issuerOf({ source, group, access, problems, at }: Surroundings, one: CaseText): string | undefined {
  const names = access.issuers.map(({ name }) => name)
  const issuer = one.issuer ?? group.issuer ?? (names.length === 1 ? names[0] : undefined)
  if (issuer !== undefined && names.includes(issuer)) return issuer
  const report = (path: Path, message: string, near?: string): void => {
    const mend = near === undefined ? `write one of ${names.join(', ')}` : `did you mean "${near}"?`
    problems.push(source.problem('issuer_unknown', path, message, mend))
  }
  if (issuer === undefined)
    report(['cases', at], `the manifest has ${names.length} issuers, and this case has no "issuer"`)
  else {
    const path = one.issuer === undefined ? ['issuer'] : ['cases', at, 'issuer']
    report(path, `"${issuer}" is not an issuer of the manifest`, didYouMean(issuer, names))
  }
  return undefined
}

/** By an alias that is no app's, a call would be of no app, whatever was meant. */
function checkApp({ source, group, access, problems, at }: Surroundings, one: CaseText): void {
  const app = one.app ?? group.app
  const names = Object.keys(access.appOf?.alias ?? {})
  if (app === undefined || names.includes(app)) return
  const path = one.app === undefined ? ['app'] : ['cases', at, 'app']
  const near = didYouMean(app, names)
  const known =
    names.length === 0 ? 'the manifest has no apps; take it out' : `write one of ${names.join(', ')}`
  const mend = near === undefined ? known : `did you mean "${near}"?`
  problems.push(source.problem('app_unknown', path, `"${app}" is not an app of the manifest`, mend))
}

function checkRoles({ source, access, problems, at }: Surroundings, roles: readonly string[]): void {
  const names = access.roles.map(({ name }) => name)
  for (const [position, role] of roles.entries()) {
    const path = ['cases', at, 'expect', 'roles', position]
    const near = didYouMean(role, names)
    const mend = near === undefined ? 'name a role of the manifest' : `did you mean "${near}"?`
    if (!names.includes(role))
      problems.push(source.problem('role_unknown', path, `"${role}" is not a role of the manifest`, mend))
    else if (roles.indexOf(role) < position)
      problems.push(
        source.problem('duplicate_entry', path, `"${role}" stands in the list twice`, 'keep one of the two'),
      )
  }
}

function requestsOf(text: RequestText, app: string | undefined): readonly Request[] {
  const { api, ...call } = typeof text === 'string' ? { api: 'both' as const, ...parsed(text) } : text
  const apis = api === 'both' ? (['rest', 'http'] as const) : [api]
  return apis.map((each) => ({ api: each, ...call, ...(app !== undefined && { alias: app }) }))
}

function parsed(text: string): ReadRequest {
  const request = parseRequestText(text)
  if ('wrong' in request) throw new Error(`a request went past the schema: ${request.wrong}`)
  return request
}
