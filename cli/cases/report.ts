import { printable } from '../../shared/manifest/printable.ts'
import type { Problem } from '../../shared/manifest/problem.ts'
import type { Paint } from '../command.ts'
import { jsonText } from '../json-text.ts'
import { requestText } from '../request-text.ts'
import { type Aspect, type CaseResult, type GroupResult, roleNames, type Verdict } from './run.ts'

/** A line for each group, and what differs for each case that failed; with `verbose` every case has a line. */
export function casesText(groups: readonly GroupResult[], verbose: boolean, paint: Paint): string {
  const lines = groups.flatMap(({ group, results }) => {
    const failed = results.filter(({ passed }) => !passed).length
    const count = failed === 0 ? `${results.length}` : `${failed} of ${results.length} failed`
    const shown = results.filter(({ passed }) => verbose || !passed)
    return [
      `${label(failed === 0, paint)}  ${paint('bold', printable(group.about))} (${count})`,
      ...shown.flatMap((result) => caseLines(result, group.file, paint)),
    ]
  })
  const { cases, passed, failed } = summarize(groups)
  const verdict = `${cases} ${cases === 1 ? 'case' : 'cases'}: ${passed} passed, ${failed} failed`
  return [...lines, paint(failed === 0 ? 'green' : 'red', verdict), ''].join('\n')
}

function label(passed: boolean, paint: Paint): string {
  return passed ? paint('green', 'ok  ') : paint('red', 'FAIL')
}

function caseLines(
  { policyCase, verdicts, passed }: CaseResult,
  file: string,
  paint: Paint,
): readonly string[] {
  const { name, line, expect } = policyCase
  const head = `  ${label(passed, paint)}  ${printable(name)}`
  if (passed) return [head]
  const request = verdicts[0]?.request ?? { method: '', path: '' }
  const row = (left: string, right: string): string => `          ${left.padEnd(12)}${right}`
  return [
    `${head}  ${paint('dim', `${file}:${line}`)}`,
    row('request', printable(requestText(request))),
    row('expected', outcomeText(expect, [], paint)),
    ...gotRows(verdicts, paint).map(([apis, text]) => row(apis, text)),
  ]
}

/** Types of API that came to the same share a row. */
function gotRows(verdicts: readonly Verdict[], paint: Paint): readonly (readonly [string, string])[] {
  const rows = new Map<string, string[]>()
  for (const { request, decision, differs } of verdicts) {
    const { effect, reason } = decision
    const passed = differs.length === 0 ? ', as expected' : ''
    const text = `${outcomeText({ effect, reason, roles: roleNames(decision) }, differs, paint)}${passed}`
    rows.set(text, [...(rows.get(text) ?? []), request.api])
  }
  return [...rows].map(([text, apis]) => [apis.join(', '), text])
}

type Outcome = {
  readonly effect: string
  readonly reason?: string | undefined
  readonly roles?: readonly string[] | undefined
}

function outcomeText({ effect, reason, roles }: Outcome, differs: readonly Aspect[], paint: Paint): string {
  const mark = (aspect: Aspect, text: string): string =>
    differs.includes(aspect) ? paint('red', text) : text
  const parts = [mark('effect', effect)]
  if (reason !== undefined) parts.push(mark('reason', reason))
  if (roles !== undefined)
    parts.push(mark('roles', `roles: ${roles.length === 0 ? 'none' : roles.join(', ')}`))
  return parts.join(' · ')
}

export type CasesSummary = {
  readonly groups: number
  readonly cases: number
  readonly passed: number
  readonly failed: number
}

export function summarize(groups: readonly GroupResult[]): CasesSummary {
  const results = groups.flatMap((group) => group.results)
  const passed = results.filter((result) => result.passed).length
  return { groups: groups.length, cases: results.length, passed, failed: results.length - passed }
}

/** The document of `--json`; its keys are stable. */
export function casesJson(groups: readonly GroupResult[]): string {
  const summary = summarize(groups)
  const document = {
    ok: summary.failed === 0,
    problems: [],
    summary,
    groups: groups.map(({ group: { about, file, line }, results }) => ({
      about,
      file,
      line,
      cases: results.map(({ policyCase: { name, line, issuer, expect }, verdicts, passed }) => ({
        name,
        line,
        ok: passed,
        issuer,
        expected: expect,
        got: verdicts.map(({ request, decision, differs }) => ({
          ...request,
          effect: decision.effect,
          reason: decision.reason,
          roles: roleNames(decision),
          differs,
        })),
      })),
    })),
  }
  return jsonText(document)
}

/** The same document where the cases could not be run. */
export function brokenJson(problems: readonly Problem[]): string {
  return jsonText({ ok: false, problems })
}
