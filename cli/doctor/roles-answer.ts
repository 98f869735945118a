import { createBroker } from '../../functions/broker/broker.ts'
import type { Access } from '../../shared/access/access.ts'
import { fetchJson } from '../../shared/http/fetch-json.ts'
import { isJsonObject, type Json, type JsonObject, parseJsonObject } from '../../shared/json.ts'
import type { Answer } from '../broker/get-json.ts'

/** What `GET /roles` says of a caller, each member of the shape that the broker gives it. */
export type RolesAnswer = {
  readonly issuer: string
  readonly subject: string
  readonly routes: ReadonlyMap<string, readonly string[]>
  readonly loans: ReadonlyMap<string, Loan>
}
export type Loan = { readonly awsRole: string; readonly terms: string }

const name = /^[\w.-]{1,130}$/
const awsRole = /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,1900}$/

/** What a broker of this very manifest answers to `GET /roles`: the broker's own code, here. STS is not asked. */
export async function localRoles(access: Access, token: string, nowMs: () => number): Promise<Answer> {
  const broker = createBroker(access, {
    fetchJson,
    nowMs,
    send: () => Promise.reject(new Error('nothing is borrowed here')),
    identities: undefined,
    emit: () => undefined,
  })
  const http = { method: 'GET', path: '/roles' }
  const headers = { authorization: `Bearer ${token}` }
  const { statusCode, body } = await broker(
    { version: '2.0', rawPath: http.path, headers, requestContext: { http } },
    {},
  )
  return { status: statusCode, body: parseJsonObject(Buffer.from(body)) }
}

/** `undefined` for an answer that is not a broker's. */
export function readRoles(body: JsonObject | undefined): RolesAnswer | undefined {
  const { issuer, subject, roles, credentials } = body ?? {}
  if (typeof issuer !== 'string' || typeof subject !== 'string') return undefined
  if (!Array.isArray(roles) || !Array.isArray(credentials)) return undefined
  const routes = roles.map(readRole)
  const loans = credentials.map(readLoan)
  if (!routes.every((one) => one !== undefined) || !loans.every((one) => one !== undefined)) return undefined
  return { issuer, subject, routes: new Map(routes), loans: new Map(loans) }
}

function readRole(value: Json): readonly [string, readonly string[]] | undefined {
  if (!isJsonObject(value) || typeof value.role !== 'string' || !name.test(value.role)) return undefined
  const { routes } = value
  if (!Array.isArray(routes) || !routes.every((one) => typeof one === 'string')) return undefined
  return [value.role, [...routes].sort()]
}

function readLoan(value: Json): readonly [string, Loan] | undefined {
  if (!isJsonObject(value) || typeof value.role !== 'string' || !name.test(value.role)) return undefined
  if (typeof value.awsRole !== 'string' || !awsRole.test(value.awsRole)) return undefined
  const { scopes, durationSeconds, maxDurationSeconds, endsWithToken, trustEnds } = value
  const terms = JSON.stringify([scopes, durationSeconds, maxDurationSeconds, endsWithToken, trustEnds])
  return [value.role, { awsRole: value.awsRole, terms }]
}

/** Where the deployment gives the caller something else than this manifest does, as clauses. */
export function differences(deployed: RolesAnswer, local: RolesAnswer): readonly string[] {
  const found: string[] = []
  if (deployed.issuer !== local.issuer)
    found.push(`it calls the issuer "${deployed.issuer}", here it is "${local.issuer}"`)
  if (deployed.subject !== local.subject) found.push('it knows the caller by another subject')
  compare(found, 'the role', deployed.routes, local.routes)
  compare(found, 'the loan of', deployed.loans, local.loans)
  return found
}

function compare(
  found: string[],
  what: string,
  deployed: ReadonlyMap<string, unknown>,
  local: ReadonlyMap<string, unknown>,
): void {
  for (const one of deployed.keys()) if (!local.has(one)) found.push(`${what} ${one} is there alone`)
  for (const [one, value] of local)
    if (!deployed.has(one)) found.push(`${what} ${one} is here alone`)
    else if (JSON.stringify(deployed.get(one)) !== JSON.stringify(value)) found.push(`${what} ${one} differs`)
}
