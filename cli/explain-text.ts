import { printable } from '../shared/manifest/printable.ts'
import { type Reason, reasons } from '../shared/reason.ts'
import type { Check } from './checks.ts'
import type { Paint } from './command.ts'
import { borrowLines } from './explain-role-text.ts'
import { isOurs } from './explain-verdict.ts'
import type { Explanation } from './explanation.ts'
import { requestText } from './request-text.ts'
import type { Miss, RoleMiss } from './role-misses.ts'

/** Roles listed in full; a manifest may have ten thousand. */
const maxRolesShown = 10

/** An explanation for people: the checks, the caller, the roles it lacks, the request and what to do. */
export function explanationText(explanation: Explanation, paint: Paint): string {
  return [
    'checks',
    ...explanation.checks.map((check) => checkLine(check, explanation, paint)),
    '',
    ...callerLines(explanation, paint),
    ...requestLines(explanation),
    ...borrowLines(explanation),
    decisionLine(explanation, paint),
    `mend:      ${explanation.mend}`,
    '',
  ].join('\n')
}

/** A fault of ours is no deny: the authorizer throws, and the caller sees a 500 of the gateway. */
function decisionLine({ effect, reason, means, borrow }: Explanation, paint: Paint): string {
  const ours = isOurs(reason)
  const deny = paint('red', ours ? 'NONE' : 'DENY')
  const decision = effect === 'allow' ? paint('green', 'ALLOW') : deny
  const answer = borrow ? `the broker answers ${reasons[reason as Reason]?.http}` : 'API Gateway answers 500'
  return `decision   ${decision} ${paint('bold', reason)}${ours ? ` (${answer})` : ''}: ${means}`
}

const labels = { ok: 'ok', failed: 'FAILED', not_reached: 'not reached' } as const
const colors = { ok: 'green', failed: 'red', not_reached: 'dim' } as const

function checkLine({ about, result }: Check, explanation: Explanation, paint: Paint): string {
  const label = paint(colors[result], labels[result].padEnd(11))
  return `  ${label}  ${about}${result === 'failed' ? failure(explanation) : ''}`
}

function failure({ message, facts = {}, cause }: Explanation): string {
  const expected = Object.entries(facts)
    .filter(([name]) => name === 'allowed')
    .map(([name, value]) => ` (${name}: ${Array.isArray(value) ? value.join(', ') : value})`)
  const why = cause === undefined ? '' : `: ${cause}`
  return message === undefined ? '' : printable(`: ${message}${expected.join('')}${why}`)
}

function callerLines(
  { caller, issuer, rolesMissed, grantedBy }: Explanation,
  paint: Paint,
): readonly string[] {
  if (caller === undefined)
    return issuer === undefined
      ? ['caller     unknown']
      : [`caller     unknown; the token says it is from the issuer "${issuer}"`]
  const { subject, roles } = caller
  const lines = [
    `caller     subject "${subject}" of the issuer "${caller.issuer}"`,
    `roles      ${roles.length === 0 ? 'none' : roles.join(', ')}`,
  ]
  const untrusted = rolesMissed.filter(({ misses }) => misses.length === 0)
  const near = rolesMissed
    .filter(({ misses }) => misses.length > 0)
    .sort((a, b) => rank(a, grantedBy) - rank(b, grantedBy))
  if (near.length > 0) lines.push('', 'roles the caller lacks, and what their nearest rule wants')
  for (const miss of near.slice(0, maxRolesShown))
    lines.push(...roleLines(miss, grantedBy.includes(miss.role), paint))
  const left = near.length - maxRolesShown
  if (left > 0) lines.push(`  and ${left} more, which --json lists`)
  if (untrusted.length > 0) lines.push('', untrustedLine(untrusted, caller.issuer))
  return [...lines, '']
}

/** Roles that would grant the request come first, then those that lack the least. */
function rank({ role, misses }: RoleMiss, grantedBy: readonly string[]): number {
  return misses.length + (grantedBy.includes(role) ? 0 : 1000)
}

function roleLines({ role, misses }: RoleMiss, grants: boolean, paint: Paint): readonly string[] {
  const head = `  ${paint('bold', role)}${grants ? ' (would grant this request)' : ''}`
  return [head, ...misses.map((miss) => `    ${printable(missText(miss))}`)]
}

function missText({ claim, expected, actual }: Miss): string {
  switch (actual) {
    case 'expired':
      return `its rule ended at ${expected}`
    case 'missing':
      return `the claim "${claim}" is missing; expected ${expected}`
    case 'type':
      return `the claim "${claim}" is of another type; expected ${expected}`
    case 'excluded':
      return `the claim "${claim}" is excluded; expected ${expected}`
    case 'differs':
      return `the claim "${claim}" differs; expected ${expected}`
  }
}

function untrustedLine(untrusted: readonly RoleMiss[], issuer: string): string {
  const names = untrusted.slice(0, maxRolesShown).map(({ role }) => role)
  const more = untrusted.length > maxRolesShown ? ', …' : ''
  return `roles that trust nobody of the issuer "${issuer}": ${names.join(', ')}${more}`
}

const apiTexts = {
  rest: 'a REST API',
  http: 'an HTTP API',
  websocket: 'a WebSocket API',
  appsync: 'an AppSync API',
} as const

function requestLines(explanation: Explanation): readonly string[] {
  const { request, app, route, severalRoutes, public: isPublic, grantedBy } = explanation
  if (request === undefined) return []
  const of = app === undefined ? '' : ` of the app "${app}"`
  const listed = grantedBy.slice(0, maxRolesShown).join(', ')
  const more = grantedBy.length > maxRolesShown ? ', …' : ''
  return [
    `request    ${printable(requestText(request)) || 'any field'} on ${apiTexts[request.api]}${of}`,
    `route      ${route ?? (request.api === 'appsync' && severalRoutes ? 'any field' : undefined) ?? (severalRoutes ? 'one of several whose order AWS does not document' : 'none')}`,
    ...(isPublic
      ? [
          '           the manifest calls it public: no authorizer belongs in front of it, and no token is needed',
        ]
      : []),
    `listed by  ${listed === '' ? 'no role' : listed}${more}`,
  ]
}
