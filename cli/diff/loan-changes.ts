import { lastsAsLong } from './broader.ts'
import { type Change, change, type Kind, ruleText, whoText } from './change.ts'
import type { Loan } from './loan.ts'
import { hasApps } from './role-changes.ts'
import type { Side, SideRule } from './side.ts'
import { uncovered } from './uncovered.ts'

type Way = {
  readonly from: Side
  readonly to: Side
  readonly kinds: { readonly loans: Kind; readonly expiry: Kind }
  readonly verb: 'gain' | 'lose'
  /** What the other side calls a role of `to`. */
  readonly nameOf: (role: string) => string
}

/**
 * Rules whose callers may borrow after what they could not before. A role that lends something else now is no other
 * loan: credential-changes.ts compares the two.
 */
export function loanChanges({ from, to, kinds, verb, nameOf }: Way): readonly Change[] {
  const missing = (loans: readonly Loan[], rules: readonly SideRule[]): readonly Loan[] => {
    const held = rules.flatMap((rule) => rule.loans)
    return loans.filter(
      (loan) => !held.some((one) => one.role === nameOf(loan.role) || one.text === loan.text),
    )
  }
  const lasting = (rules: readonly SideRule[], rule: SideRule) =>
    rules.filter((one) => lastsAsLong(one, rule))
  const changes: Change[] = []
  for (const rule of to.rules) {
    // Most rules of most changes lend nothing, or are there as they were.
    if (missing(rule.loans, lasting(from.byKey.get(rule.key) ?? [], rule)).length === 0) continue
    const lacksOf = (broader: readonly SideRule[]) => {
      const loans = missing(rule.loans, broader)
      const all = missing(rule.loans, lasting(broader, rule))
      return { loans, longer: all.filter((loan) => !loans.includes(loan)) }
    }
    const found = uncovered(rule, from, lacksOf, ({ loans, longer }) =>
      loans.length + longer.length === 0 ? '' : `${keyOf(loans)}\n${keyOf(longer)}`,
    )
    for (const { rule: piece, lacks } of found)
      for (const kind of ['loans', 'expiry'] as const) {
        const loans = kind === 'loans' ? lacks.loans : lacks.longer
        if (loans.length === 0) continue
        const text = ruleText(piece)
        const does = kind === 'loans' ? verb : `keep for ${verb === 'gain' ? 'longer' : 'less long'}`
        const about = {
          ...(hasApps(from, to) && { app: piece.app }),
          role: piece.role,
          issuer: piece.issuer,
          rule: text,
          awsRoles: loans.map(({ awsRole }) => awsRole),
        }
        const what = loans.map((loan) => loanText(loan, piece.role)).join(', ')
        changes.push(change(kinds[kind], `${whoText(text)}: ${does} ${what}`, about))
      }
  }
  return changes
}

function loanText({ role, awsRole, isWhole }: Loan, of: string): string {
  const more = [...(role === of ? [] : [`by the role ${role}`]), ...(isWhole ? ['unnarrowed'] : [])]
  return `the AWS role ${awsRole}${more.length === 0 ? '' : ` (${more.join(', ')})`}`
}

function keyOf(loans: readonly Loan[]): string {
  return loans.map(({ role, text }) => `${role} ${text}\n`).join('')
}
