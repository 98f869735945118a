import { expect } from 'vitest'
import { type BrokerReason, isOfBroker, type Reason, reasons } from '../../shared/reason.ts'
import type { Outcome } from './calls.ts'
import type { Form } from './events.ts'
import { evaluate } from './policy-evaluator.ts'

/** The reasons that an authorizer may give. */
export const authorizerReasons = (Object.keys(reasons) as Reason[]).filter(
  (id): id is Exclude<Reason, BrokerReason> => !isOfBroker(id),
)

/** What the table of reasons must come to, written down a second time: time or a fetch may cure these. */
const curable: readonly Reason[] = ['key_unknown', 'key_ambiguous', 'key_unfit', 'token_not_yet_valid']
const notAllowed: readonly Reason[] = [
  'claim_unsafe',
  'role_none',
  'route_unknown',
  'route_not_granted',
  'path_not_canonical',
  'policy_narrowed',
  'stage_unknown', // biome-ignore format: a table
]
const ours: readonly Reason[] = [
  'keys_unavailable',
  'keys_stale',
  'event_unknown',
  'event_invalid',
  'token_place_unreachable',
  'answer_too_large',
  'routes_stale',
  'app_unknown',
  'internal_error', // biome-ignore format: a table
]

/** How a refusal of the token itself must reach API Gateway (facts A5, design section 5). */
export function expectedRefusal(api: Form['api'], reason: Reason): 'unauthorized' | 'fault' | 'deny' {
  if (ours.includes(reason)) return 'fault'
  if (notAllowed.includes(reason) || api === 'appsync') return 'deny'
  return api !== 'http' || curable.includes(reason) ? 'unauthorized' : 'deny'
}

/** Asserts a refusal: by its reason in the record, by what the protocol makes of it, and that nothing leaked. */
export function expectRefused(form: Form, outcome: Outcome, reason: Reason, value: string): void {
  expect(outcome.record).toMatchObject({ kind: 'decision', effect: 'deny', reason })
  expectNoToken(outcome, value)
  const expected = expectedRefusal(form.api, reason)
  if (expected === 'unauthorized') {
    expect(outcome.thrown?.message).toBe('Unauthorized')
  } else if (expected === 'fault') {
    expect(outcome.thrown?.message).toBe(reason)
  } else {
    expect(outcome.thrown).toBeUndefined()
    expectShape(form, outcome.answer)
    expect(lets(outcome, form.arn())).toBe(false)
    if (form.api === 'appsync') return
    expect(contextOf(outcome).deniedReason).toBe(reason)
    expect(contextOf(outcome).decisionId).toBe(outcome.record.decisionId)
    if ('policyDocument' in (outcome.answer as object))
      expect(outcome.answer).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Deny' }] } })
  }
}

/** Asserts an allow whose document really lets the request in. */
export function expectAllowed(form: Form, outcome: Outcome, value: string, arn = form.arn()): void {
  expect(outcome.thrown).toBeUndefined()
  expect(outcome.record).toMatchObject({ kind: 'decision', effect: 'allow', reason: 'granted' })
  expectShape(form, outcome.answer)
  expect(lets(outcome, arn)).toBe(true)
  expectNoToken(outcome, value)
}

/** What a backend is told, on every type of API. */
export function contextOf({
  answer = {},
}: {
  readonly answer?: object | undefined
}): Record<string, unknown> {
  const { context, resolverContext } = answer as Record<string, Record<string, unknown>>
  return context ?? resolverContext ?? {}
}

/** Whether API Gateway would let a request in by this answer. */
export function lets({ answer }: Outcome, arn: string): boolean {
  if (answer === undefined) return false
  if ('isAuthorized' in answer) return answer.isAuthorized
  return evaluate(answer.policyDocument, arn) === 'allow'
}

/** Facts A4 and A7: the members, their types and limits, and nothing else. */
export function expectShape(form: Pick<Form, 'response'>, answer: Outcome['answer']): void {
  if (answer === undefined) throw new Error('there is no answer to look at')
  const problems = [
    ...(Buffer.byteLength(JSON.stringify(answer)) > 8192 ? ['more than 8 KB'] : []),
    ...Object.entries(contextOf({ answer })).flatMap(([name, value]) =>
      typeof value === 'string' ? [] : [`context.${name}`],
    ),
    ...(form.response === 'fields'
      ? fieldProblems(answer)
      : 'policyDocument' in answer
        ? policyProblems(answer, form.response)
        : simpleProblems(answer, form.response)),
  ]
  expect(problems).toEqual([])
}

const onlyMembers = (value: object, ...names: readonly string[]): string[] =>
  Object.keys(value).sort().join() === names.join() ? [] : [`members ${Object.keys(value)}`]

function simpleProblems(answer: { readonly isAuthorized?: unknown }, response: Form['response']): string[] {
  const problems = onlyMembers(answer, 'context', 'isAuthorized')
  if (response !== 'simple') problems.push('a simple answer where a policy is due')
  if (typeof answer.isAuthorized !== 'boolean') problems.push('isAuthorized')
  return problems
}

/** Facts A8. */
function fieldProblems(answer: object): string[] {
  const { isAuthorized, ttlOverride, deniedFields, ...rest } = answer as Record<string, unknown>
  const problems: string[] = []
  if (typeof isAuthorized !== 'boolean') problems.push('isAuthorized')
  if (!Number.isInteger(ttlOverride) || Number(ttlOverride) < 0 || Number(ttlOverride) > 3600)
    problems.push('ttlOverride')
  const fields = isAuthorized ? deniedFields : (deniedFields ?? [])
  if (!Array.isArray(fields) || fields.some((field) => !/^\w+\.\w+$/.test(field)))
    problems.push('deniedFields')
  const others = Object.keys(rest).filter((name) => name !== 'resolverContext')
  return [...problems, ...others]
}

type Policy = Extract<NonNullable<Outcome['answer']>, { readonly policyDocument: unknown }>

function policyProblems(answer: Policy, response: Form['response']): string[] {
  const { principalId, policyDocument } = answer
  const problems = onlyMembers(answer, 'context', 'policyDocument', 'principalId')
  problems.push(...onlyMembers(policyDocument, 'Statement', 'Version'))
  if (response !== 'policy') problems.push('a policy where a simple answer is due')
  if (typeof principalId !== 'string' || principalId === '') problems.push('principalId')
  if (policyDocument.Version !== '2012-10-17') problems.push('Version')
  if (policyDocument.Statement.length === 0) problems.push('no statement')
  for (const statement of policyDocument.Statement) {
    problems.push(...onlyMembers(statement, 'Action', 'Effect', 'Resource'))
    if (!['Allow', 'Deny'].includes(statement.Effect)) problems.push('Effect')
    if (statement.Action !== 'execute-api:Invoke') problems.push('Action')
    if (statement.Resource.length === 0) problems.push('no resource')
    for (const resource of statement.Resource)
      if (!/^arn:aws[a-z-]*:execute-api:/.test(resource) || resource.length > 512) problems.push(resource)
  }
  return problems
}

/** No segment of a token, and no run of 24 of its characters, in the record, the answer or the error. */
export function expectNoToken({ answer, thrown, line }: Outcome, value: string): void {
  expect(line).not.toMatch(/[\r\n]/)
  const output = `${line}${JSON.stringify(answer)}${thrown?.message}${thrown?.stack}`
  const text = value.replace(/^bearer +/i, '')
  for (const part of [text, ...text.split('.')])
    for (let at = 0; at + 24 <= part.length; at += 24)
      if (output.includes(part.slice(at, at + 24))) throw new Error('a piece of the token got out')
}
