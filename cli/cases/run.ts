import { type Decision, decide, type Request } from '../../shared/access/decide.ts'
import type { PolicyCase } from './policy-case.ts'
import type { PolicyGroup } from './read.ts'
import type { Expectation } from './schema.ts'

export type Aspect = 'effect' | 'reason' | 'roles'

/** What a case came to by one type of API, and in what that differs from what it expects. */
export type Verdict = {
  readonly request: Request
  readonly decision: Decision
  readonly differs: readonly Aspect[]
}

export type CaseResult = {
  readonly policyCase: PolicyCase
  readonly verdicts: readonly Verdict[]
  readonly passed: boolean
}

export type GroupResult = { readonly group: PolicyGroup; readonly results: readonly CaseResult[] }

/** Decides a group's cases as the authorizer decides a call, from the moment that the token has passed its checks. */
export function runGroup(group: PolicyGroup): GroupResult {
  const results = group.cases.map((policyCase): CaseResult => {
    const { issuer, claims, requests, nowSeconds, expect } = policyCase
    const verdicts = requests.map((request): Verdict => {
      const decision = decide(group.access, { issuer, claims }, request, nowSeconds)
      return { request, decision, differs: differences(expect, decision) }
    })
    return { policyCase, verdicts, passed: verdicts.every(({ differs }) => differs.length === 0) }
  })
  return { group, results }
}

export function roleNames({ roles }: Decision): readonly string[] {
  return roles.map(({ name }) => name)
}

/** Roles have no order here: the manifest's is not what a case is about. */
function differences(expect: Expectation, decision: Decision): readonly Aspect[] {
  const roles = new Set(roleNames(decision))
  const differs: Aspect[] = []
  if (expect.effect !== decision.effect) differs.push('effect')
  if (expect.reason !== undefined && expect.reason !== decision.reason) differs.push('reason')
  if (expect.roles && (expect.roles.length !== roles.size || !expect.roles.every((role) => roles.has(role))))
    differs.push('roles')
  return differs
}
