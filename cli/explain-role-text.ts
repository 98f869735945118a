import { printable } from '../shared/manifest/printable.ts'
import type { Tag } from '../shared/sts/session.ts'
import type { Borrow, Bound, Explanation, Loan, PlannedSession } from './explanation.ts'

/** What was to be borrowed, what there is to borrow, and the session that would come of it. */
export function borrowLines({ borrow, lends = [], grantedBy, session }: Explanation): readonly string[] {
  if (borrow === undefined) return []
  const loans = lends.map((loan) => loanText(loan, borrow))
  return [
    `asked for  ${borrowText(borrow)}`,
    ...labelled('lends', loans.length === 0 ? ['nothing'] : loans),
    `lent to    ${grantedBy.length === 0 ? 'nobody' : `callers with ${grantedBy.slice(0, maxShown).join(', ')}${grantedBy.length > maxShown ? ', …' : ''}`}`,
    ...(session ? sessionLines(session) : []),
  ].map(printable)
}

/** Roles listed in full; a manifest may have ten thousand. */
const maxShown = 10

function borrowText({ role, scopes, durationSeconds }: Borrow): string {
  const what = role.startsWith('arn:') ? `the AWS role ${role}` : `the role "${role}"`
  const narrowed = scopes === undefined ? '' : `, of its scopes ${scopes.join(', ')}`
  return `${what}${narrowed}${durationSeconds === undefined ? '' : `, for ${durationSeconds} s`}`
}

function loanText({ role, awsRole, scopes }: Loan, borrow: Borrow): string {
  const narrowed = scopes === null ? 'whole' : `by the scopes ${scopes.join(', ')}`
  return `${awsRole}, ${narrowed}${role === borrow.role ? '' : `, as the role "${role}"`}`
}

const bounds: Readonly<Record<Bound, string>> = {
  asked: 'as asked',
  durationSeconds: "the role's durationSeconds",
  maxDurationSeconds: "the role's maxDurationSeconds, which is less than was asked",
  trust: 'what is left until the trust in the caller ends, in whole minutes',
  token: 'what is left of the token, in whole minutes',
}

function sessionLines(session: PlannedSession): readonly string[] {
  const { awsRole, name, seconds, boundedBy, tags, policy, policyArns, externalId } = session
  return [
    `session    in ${awsRole}`,
    ...labelled('name', [`${name}, which is its source identity too`]),
    ...labelled('length', [`${seconds} s: ${bounds[boundedBy]}`]),
    ...labelled('tags', tags.map(tagText)),
    ...labelled('policy', policy === undefined ? [] : [JSON.stringify(policy)]),
    ...labelled('policies', policyArns),
    ...labelled('externalId', externalId === undefined ? [] : [externalId]),
    'STS        is not asked: it alone knows whether the AWS role trusts the broker and whether the session fits its packed size',
  ]
}

function tagText({ key, value, optional, transitive }: Tag): string {
  const kinds = [optional && 'optional', transitive && 'transitive'].filter((kind) => kind !== false)
  return `${key}=${value}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`
}

/** One below the other, behind the label of the first. */
function labelled(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, at) => `${(at === 0 ? label : '').padEnd(11)}${text}`)
}
