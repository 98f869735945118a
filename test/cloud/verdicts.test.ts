import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { casesFiles } from '../../cli/cases/files.ts'
import type { PolicyCase } from '../../cli/cases/policy-case.ts'
import { type PolicyGroup, readPolicyCases } from '../../cli/cases/read.ts'
import type { Access, App } from '../../shared/access/access.ts'
import { decide, type Request } from '../../shared/access/decide.ts'
import { PosternError } from '../../shared/error.ts'
import type { Json } from '../../shared/json.ts'
import { type Reason, reasons } from '../../shared/reason.ts'
import { createVerifier } from '../../shared/token/verify.ts'
import { root, run } from '../cli/run.ts'
import { accessOf, appIn } from '../support/access.ts'
import { access as fuzzed, jsonLevel, partLevel, textLevel } from '../support/arbitrary-tokens.ts'
import { takeAttacks, withKeys } from '../support/attacks.ts'
import { standOf } from '../support/calls.ts'
import { contractFrom } from '../support/contract.ts'
import { corpusFile } from '../support/corpus.ts'
import { restRequest } from '../support/events.ts'
import { makeKey } from '../support/keys.ts'
import { minter, nowMs, nowSeconds } from '../support/token.ts'
import { venvFolder } from './venv.ts'

// A FastAPI service that verifies tokens itself decides as the authorizer does: the same attacks with the same reasons,
// and the cases of test/cases that are about REST and HTTP APIs, with real tokens in place of claims.

const classes = takeAttacks()
const attacks = readdirSync(join(root, 'test/attacks')).filter((name) => /^(?!16)\d\d-/.test(name))
for (const name of attacks) await import(`../attacks/${name}`)

type Asked = {
  readonly authorization: readonly string[]
  readonly nowSeconds: number
  readonly method: string
  readonly path: string
  readonly template: string
}
type Answer = { readonly reason: string; readonly status?: number; readonly roles?: readonly string[] }

const python = join(venvFolder, 'bin/python')
const shared = join(root, 'examples/postern-fastapi')
const child = spawn(python, [join(import.meta.dirname, 'verdicts.py')], {
  env: { PYTHONPATH: shared },
  stdio: ['pipe', 'pipe', 'inherit'],
})
afterAll(() => child.kill())
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

/** What the Python package says of requests under one contract. */
async function ask(access: Access, app: App, asked: readonly Asked[]): Promise<readonly Answer[]> {
  child.stdin.write(`${JSON.stringify({ contract: contractFrom(access, app) })}\n`)
  const answers: Answer[] = []
  for (const one of asked) {
    child.stdin.write(`${JSON.stringify(one)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the service ended')
    answers.push(JSON.parse(value))
  }
  return answers
}

const orders = { nowSeconds, method: 'GET', path: '/orders', template: '/orders' }

test('a reason has the status that it has in the table of reasons', async () => {
  const script = 'import json; from postern_fastapi.refusal import STATUSES; print(json.dumps(STATUSES))'
  const { stdout } = await run(python, ['-c', script], { env: { PYTHONPATH: shared } })
  const statuses: Record<string, number> = JSON.parse(stdout)
  const known = Object.keys(statuses).map((reason) => [reason, reasons[reason as Reason]?.http])
  expect(statuses).toEqual(Object.fromEntries(known))
})

test('every class of attacks is here', () => {
  expect(classes.length).toBeGreaterThanOrEqual(15)
})

describe.each(classes)('$name', ({ access, class: { attacks: bad, controls, values = [] } }) => {
  test('each is refused with the reason that the authorizer gives, each control is let in', async () => {
    const whole = bad.map(([name, reason, token]) => ({ name, reason, value: `Bearer ${token}` }))
    const given = values.map(([name, reason, value]) => ({ name, reason, value }))
    const good = controls.map(([name, token]) => ({ name, reason: 'granted', value: `Bearer ${token}` }))
    const all = [...good, ...whole, ...given, ...good]
    const answers = await ask(
      access,
      appIn(access),
      all.map(({ value }) => ({ ...orders, authorization: [value] })),
    )
    const said = all.map(({ name }, at) => `${name}: ${answers[at]?.reason}`)
    expect(said).toEqual(all.map(({ name, reason }) => `${name}: ${reason}`))
    for (const { reason, status } of answers)
      if (reason !== 'granted')
        expect({ reason, status }).toEqual({ reason, status: reasons[reason as Reason].http })
  })
})

/** The reason that the authorizer gives for a header, under the clock of the tests. */
async function reasonsOf(access: Access, values: readonly string[]): Promise<readonly string[]> {
  const { call } = standOf(access)
  const reasons: string[] = []
  for (const value of values) reasons.push(String((await call(restRequest.event(value))).record.reason))
  return reasons
}

describe('tokens that nobody wrote down', () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: nowMs }))
  afterAll(() => void vi.useRealTimers())

  async function sameReasons(access: Access, tokens: readonly string[]): Promise<readonly string[]> {
    const values = tokens.map((token) => `Bearer ${token}`)
    const theirs = await reasonsOf(access, values)
    const answers = await ask(access, appIn(access), values.map((value) => ({ ...orders, authorization: [value] }))) // biome-ignore format: one call
    const differing = values.filter((_, at) => answers[at]?.reason !== theirs[at])
    expect(differing.map((value) => [value, answers[values.indexOf(value)]?.reason, theirs[values.indexOf(value)]])).toEqual([]) // biome-ignore format: one list
    return theirs
  }

  test.each([
    ['claims and header members changed, and signed so', jsonLevel],
    ['characters changed, put in or taken out', textLevel],
    ['segments put together anew', partLevel],
  ] as const)('%s: the same reason', async (_, tokens) => {
    const reasons = await sameReasons(fuzzed, fc.sample(tokens, { numRuns: 1000, seed: 20_261_127 }))
    expect(new Set(reasons).size).toBeGreaterThan(2)
  })

  test('those of jwt_tool: one is let in, and each other refused for the same reason', async () => {
    const corpus = corpusFile<JwtTool>('jwt-attack-tokens/jwt_tool-rs256.json')
    if (corpus === undefined) return
    const { issuer, audience, jwks } = corpus.meta
    const manifest = {
      version: 1,
      issuers: { partner: { type: 'oidc', issuer, audience: [audience] } },
      roles: { reader: { trust: [{ issuer: 'partner', anySubject: true }], routes: ['GET /orders'] } },
    }
    const access = withKeys(accessOf(manifest), () => ({ jwks }))
    const reasons = await sameReasons(access, corpus.cases.map(({ token }) => token)) // biome-ignore format: one call
    expect(reasons).toHaveLength(522)
  })
})

type JwtTool = {
  readonly meta: {
    readonly jwks: { readonly keys: readonly Json[] }
    readonly issuer: string
    readonly audience: string
  }
  readonly cases: readonly { readonly token: string }[]
}

const key = makeKey('P-256', 'k1')
const groups = readPolicyCases(casesFiles(join(root, 'test/cases/decisions')))
let compared = 0

describe.each(groups)('$about', (group) => {
  test('decided alike', async () => {
    const { access, questions } = await questionsOf(group)
    if (questions.length === 0) return
    const answers = await ask(access, access.apps[0] as App, questions.map(({ asked }) => asked)) // biome-ignore format: one call
    const said = questions.map(
      ({ name }, at) => `${name}: ${answers[at]?.reason} ${answers[at]?.roles ?? ''}`,
    )
    expect(said).toEqual(questions.map(({ name, reason, roles }) => `${name}: ${reason} ${roles}`))
    compared += questions.length
  })
})

test('that were most of the cases', () => {
  expect(compared).toBeGreaterThan(250)
})

type Question = {
  readonly name: string
  readonly asked: Asked
  readonly reason: string
  readonly roles: string
}

/** What a service of its own is asked too: requests by a path, in a manifest of one app, that one route serves. */
async function questionsOf(group: PolicyGroup): Promise<{ access: Access; questions: readonly Question[] }> {
  const access = withKeys(
    { ...group.access, issuers: group.access.issuers.map((one) => ({ ...one, algorithms: ['ES256'] })) },
    () => ({ jwks: { keys: [key.jwk] } }),
  )
  if (access.appOf !== undefined) return { access, questions: [] }
  const questions: Question[] = []
  for (const one of group.cases)
    for (const request of one.requests.slice(0, 1))
      questions.push(...(await questionsAbout(access, one, request)))
  return { access, questions }
}

async function questionsAbout(
  access: Access,
  one: PolicyCase,
  request: Request,
): Promise<readonly Question[]> {
  if (request.api === 'websocket' || request.api === 'appsync') return []
  const token = tokenOf(access, one)
  const asked = {
    authorization: [token],
    nowSeconds: one.nowSeconds,
    method: request.method,
    path: request.path,
  }
  const verified = await verify(access, token, one.nowSeconds)
  if (typeof verified === 'string')
    return [{ name: one.name, asked: { ...asked, template: request.path }, reason: verified, roles: '' }]
  const { reason, route, roles } = decide(
    access,
    { issuer: one.issuer, claims: verified },
    request,
    one.nowSeconds,
  )
  const beforeRoutes = reason === 'role_none' || reason === 'path_not_canonical'
  // Which route serves, and what a cache could not say, is the gateway's affair alone.
  if (reason === 'policy_narrowed' || (route === undefined && !beforeRoutes)) return []
  // No service has a route without a path.
  if (route === '$default') return []
  const names = reason === 'granted' ? roles.map(({ name }) => name).join() : ''
  const served = route === undefined ? [request.path] : servedBy(access, request, route)
  return served.map((by) => ({
    name: `${one.name}, served by ${by}`,
    asked: { ...asked, template: templateOf(by) },
    reason,
    roles: names,
  }))
}

/**
 * The routes by which an app may serve a request that `route` decides: itself, and every wider one, since an app need not
 * have a route of its own for what the manifest names more finely.
 */
function servedBy(access: Access, { method, path }: Request, route: string): readonly string[] {
  const routes = contractFrom(access, access.apps[0] as App).routes.map((one) => one.route)
  const matching = routes.filter((one) => one.startsWith(`${method} `) || one.startsWith('ANY '))
  const own = shapeOf(route, path) as string
  return matching.filter((one) => {
    const shape = shapeOf(one, path)
    // What API types do with a finer route by ANY differs, and a service that is of neither asks for both.
    const byAny = route.startsWith('ANY ') && !one.startsWith('ANY ')
    return (
      shape !== undefined &&
      (one === route || (!byAny && [...own].every((kind, at) => kind <= (shape[at] ?? '2'))))
    )
  })
}

/** How a route takes a path: 0 for text, 1 for a parameter, 2 for the rest. */
function shapeOf(route: string, path: string): string | undefined {
  const pieces = route
    .slice(route.indexOf('/') + 1)
    .split('/')
    .filter(Boolean)
  const segments = path.slice(1).split('/').filter(Boolean)
  const kinds = pieces.map((piece) => (piece.endsWith('+}') ? '2' : piece.startsWith('{') ? '1' : '0'))
  const isGreedy = kinds.at(-1) === '2'
  if (isGreedy ? segments.length < pieces.length : segments.length !== pieces.length) return undefined
  return pieces.every((piece, at) => kinds[at] !== '0' || piece === segments[at]) ? kinds.join('') : undefined
}

/** FastAPI's way to write a route of API Gateway. */
function templateOf(route: string): string {
  const path = route.slice(route.indexOf(' ') + 1)
  return path.replace(/\{[^}]*\+\}/g, '{rest:path}').replace(/\{([^}:]+)\}/g, (_, name) => `{${name.replace(/\W/g, '_')}}`) // biome-ignore format: a chain
}

function tokenOf(access: Access, { issuer: name, claims, nowSeconds: now }: PolicyCase): string {
  const issuer = access.issuers.find((one) => one.name === name)
  const [audience = 'anybody'] = issuer?.audience ?? []
  const whom =
    issuer?.type === 'cognito' ? { client_id: audience, token_use: issuer.tokenUse } : { aud: audience }
  const base = { iss: issuer?.iss, sub: 'somebody', exp: now + 600, ...whom }
  const typ = issuer?.typ.includes('jwt') ? 'JWT' : issuer?.typ[0] || undefined
  return minter(key, 'ES256', { ...base, ...claims })({ header: { typ } })
}

async function verify(access: Access, token: string, now: number) {
  const verifier = createVerifier(access.issuers, {
    nowMs: () => now * 1000,
    fetchJson: () => Promise.reject(new Error('keys are pinned')),
  })
  try {
    return (await verifier.verify(token, token, { nowMs: now * 1000 })).claims
  } catch (error) {
    if (error instanceof PosternError) return error.reason
    throw error
  }
}
