import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { casesFiles } from '../cli/cases/files.ts'
import type { PolicyCase } from '../cli/cases/policy-case.ts'
import { type PolicyGroup, readPolicyCases } from '../cli/cases/read.ts'
import { roleNames, runGroup } from '../cli/cases/run.ts'
import type { Request } from '../shared/access/decide.ts'
import { parseMethodArn } from '../shared/gateway/arn.ts'
import { arnOf, ask } from './support/documents.ts'
import { evaluate } from './support/policy-evaluator.ts'

/** Read as `postern test` reads them, which refuses a key that nothing would look at. */
const groups = readPolicyCases(casesFiles(join(import.meta.dirname, 'cases/decisions')))

test('no name stands twice', () => {
  const names = groups.flatMap((group) => group.cases.map((one) => `${group.about}: ${one.name}`))
  expect(names.length).toBeGreaterThan(300)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

describe.each(groups)('$about', (group) => {
  test('has an accepting and a refusing case', () => {
    expect(new Set(group.cases.map((one) => one.expect.effect))).toEqual(new Set(['allow', 'deny']))
  })

  test.each(runGroup(group).results)('$policyCase.name', ({ policyCase, verdicts, passed }) => {
    for (const { request, decision } of verdicts) {
      const { effect, reason } = decision
      // In full and in the manifest's order, of which users may leave something out.
      expect({ effect, reason, roles: roleNames(decision) }, request.api).toEqual(policyCase.expect)
      expectSameOfDocument(group, policyCase, request)
    }
    expect(passed).toBe(true)
  })
})

/** What the gateway reads out of the policy document is what was decided. */
function expectSameOfDocument({ access }: PolicyGroup, policyCase: PolicyCase, request: Request): void {
  if (!parseMethodArn(arnOf(request))) return
  const { claims, nowSeconds, issuer } = policyCase
  // A context names its subject, which most cases leave out.
  const { document, decision } = ask(access, { sub: 'somebody', ...claims }, request, nowSeconds, issuer)
  expect(evaluate(document, arnOf(request)), 'the document').toBe(decision.effect)
}
