import type { Issuer } from '../../shared/access/access.ts'
import { printable } from '../../shared/manifest/printable.ts'
import { ruleText } from '../diff/change.ts'
import type { Contract, ContractLoan, ContractRole, ContractStatement } from './contract.ts'
import type { ServedRoute } from './served-routes.ts'

/** The contract for people: whose tokens count, what each role is and gives, and who may call each route. */
export function contractMarkdown(contract: Contract): string {
  const { app, allow, issuers, roles, routes } = contract
  const blocks = [
    `# Access contract of ${app === 'api' ? 'the API' : `the app ${code(app)}`}`,
    'Written by `postern contract` from the access manifest, as it is compiled. What does not stand here is not granted.',
    ...(allow === undefined ? [] : ['## Bounds', boundsText(allow)]),
    '## Issuers',
    table(['issuer', 'tokens of', 'for', 'signed by'], issuers.map(issuerRow)),
    '## Roles',
    ...(roles.length === 0 ? ['None.'] : roles.flatMap(roleBlocks)),
    '## Routes',
    routes.length === 0 ? 'None.' : table(['route', 'who may call it'], routes.map(routeRow)),
  ]
  return `${blocks.join('\n\n')}\n`
}

function boundsText(allow: NonNullable<Contract['allow']>): string {
  const { routes = [], issuers = [], awsRoles = [], tags, maxDurationSeconds } = allow
  const lines = [
    `routes: ${codes(routes)}`,
    `issuers: ${codes(issuers)}`,
    `AWS roles: ${codes(awsRoles)}`,
    ...(tags === undefined ? [] : [`session tags: ${code(JSON.stringify(tags))}`]),
    ...(maxDurationSeconds === undefined ? [] : [`sessions of at most ${maxDurationSeconds} s`]),
  ]
  return `The root manifest lets this app hand out no more than\n\n${items(lines)}`
}

function issuerRow({ name, iss, type, tokenUse, audience, algorithms, require }: Issuer): readonly string[] {
  const whom = audience === null ? 'any audience' : codes(audience)
  const kind = type === 'cognito' ? `${tokenUse} tokens, clients ${whom}` : whom
  const required = Object.entries(ruleText({ issuer: name, claims: require, not: [] }).claims)
  const also = required.map(([claim, text]) => `; requires ${plain(`${claim} ${text}`)}`).join('')
  return [code(name), code(iss), `${kind}${also}`, algorithms.join(', ')]
}

function roleBlocks(role: ContractRole): readonly string[] {
  const { name, description, owner, includes, trust, routes, lends } = role
  const about = [
    ...(description === undefined ? [] : [`${sentence(description)}`]),
    owner === undefined ? 'No owner.' : `Owner: ${plain(owner)}.`,
    ...(includes.length === 0 ? [] : [`Includes ${codes(includes)}.`]),
  ]
  return [
    `### ${code(name)}`,
    about.join(' '),
    'Who has it:',
    trust.length === 0 ? 'Nobody by itself; roles that include it have callers.' : items(trust.map(({ who }) => plain(who))), // biome-ignore format: a choice
    'May call:',
    routes.length === 0 ? 'Nothing.' : items(routes.map(({ route }) => code(route))),
    ...(lends.length === 0 ? [] : ['May borrow:', items(lends.flatMap((loan) => loanLines(role, loan)))]),
  ]
}

function loanLines({ name }: ContractRole, loan: ContractLoan): readonly string[] {
  const { role, awsRole, via, maxDurationSeconds, endsWithToken, tags, policyArns, scopes } = loan
  const of = role === name ? '' : ` (as ${code(role)})`
  const length = `for at most ${maxDurationSeconds} s${endsWithToken ? ', and no longer than its token' : ''}`
  const tagged = Object.entries(tags).map(([key, value]) => `${key}=${value}`)
  return [
    `${code(awsRole)}${of}, via ${via}, ${length}`,
    ...(tagged.length === 0 ? [] : [`  tagged ${codes(tagged)}`]),
    ...(policyArns.length === 0 ? [] : [`  narrowed by ${codes(policyArns)}`]),
    ...(scopes === null ? ['  whole: no scope narrows it'] : Object.entries(scopes).flatMap(scopeLines)),
  ]
}

function scopeLines([name, statements]: [string, readonly ContractStatement[]]): readonly string[] {
  return statements.map(({ actions, resources, conditions }) => {
    const where = conditions === undefined ? '' : ` where ${code(JSON.stringify(conditions))}`
    return `  scope ${code(name)}: ${codes(actions)} on ${codes(resources)}${where}`
  })
}

function routeRow({ route, open, roles }: ServedRoute): readonly string[] {
  const who = roles.map(({ role, as }) => (as === undefined ? code(role) : `${code(role)} as ${code(as)}`))
  const all = open ? ['everybody, without a token', ...who] : who
  return [code(route), all.length === 0 ? 'nobody' : all.join(', ')]
}

/** Indented ones stand below the one before. */
function items(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^( *)/, '$1- ')).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}

function codes(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : texts.map(code).join(', ')
}

/** A code span whose fence is longer than any run of backticks in it (CommonMark 0.31, section 6.1). */
function code(text: string): string {
  const shown = printable(text)
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length))
  if (longest === 0) return `\`${shown}\``
  const fence = '`'.repeat(longest + 1)
  return `${fence} ${shown} ${fence}`
}

/** Text of the manifest that is no code: what Markdown or HTML would read as its own is escaped. */
function plain(text: string): string {
  return printable(text).replace(/[\\`*[\]<>#|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
}

function sentence(text: string): string {
  const shown = plain(text)
  return /[.!?]$/.test(shown) ? shown : `${shown}.`
}
