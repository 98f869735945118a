import { isJsonObject, type JsonObject } from '../json.ts'
import { emptyMap } from './empty-map.ts'
import type { Problem } from './problem.ts'
import type { Report } from './rules.ts'
import type { Path, Source } from './source.ts'
import { didYouMean } from './spelling.ts'
import { listAt, mapAt, valueAt } from './tree.ts'

/** What tokens that Postern signs, its clients and its secrets need of each other. */
export function tokenRules(source: Source, top: unknown): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(source.problem(...problem))
  const tokens = mapAt(top, 'tokens')
  posternIssuerRules(top, tokens, report)
  clientRules(top, tokens, report)
  secretRules(top, report)
  return [...problems, ...webIdentityRules(source, top, tokens)]
}

/** `via: web-identity` takes tokens of Postern's, and what STS's action has no field for. */
export function webIdentityRules(source: Source, top: unknown, tokens: JsonObject): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (...problem) => problems.push(source.problem(...problem))
  for (const name of Object.keys(mapAt(top, 'roles'))) {
    const path = ['roles', name, 'credentials']
    const credentials = mapAt(top, ...path)
    if (credentials.via !== 'web-identity') continue
    if (tokens.issuer === undefined)
      report('tokens_missing', [...path, 'via'], 'STS is to be shown a token that Postern signs', addTokens)
    else if (typeof tokens.issuer === 'string' && tokens.issuer.startsWith('http:'))
      report(
        'tokens_missing',
        [...path, 'via'],
        'AWS fetches keys over https alone',
        'give "tokens" an https issuer',
      )
    if (credentials.externalId !== undefined)
      report(
        'value_invalid',
        [...path, 'externalId'],
        'AssumeRoleWithWebIdentity has no external id',
        'take it out: the trust policy pins the audience and this role instead',
        'key',
      )
  }
  return problems
}

const addTokens = 'add "tokens: { issuer: https://… }" to the root, the address of the broker\'s API'

function posternIssuerRules(top: unknown, tokens: JsonObject, report: Report): void {
  let first: string | undefined
  for (const [name, issuer] of Object.entries(mapAt(top, 'issuers'))) {
    if (tokens.issuer !== undefined && name === 'client')
      report(
        'name_reserved',
        ['issuers', name],
        'subjects of Postern\'s own clients begin with "client:"',
        'call this issuer something else',
        'key',
      )
    if (!isJsonObject(issuer) || issuer.type !== 'postern') continue
    if (tokens.issuer === undefined)
      report('tokens_missing', ['issuers', name, 'type'], 'Postern signs no tokens', addTokens)
    if (first !== undefined)
      report(
        'issuers_overlap',
        ['issuers', name, 'type'],
        `the issuers "${first}" and "${name}" are one: a token could belong to both`,
        'merge the two',
      )
    first ??= name
    if (issuer.audience === undefined && listAt(tokens, 'audiences').length === 0)
      report(
        'issuer_without_audience',
        ['issuers', name],
        'no audience is known for this issuer',
        'add "audiences" to "tokens"',
        'key',
      )
    audienceRules(issuer, 'audience', ['issuers', name], tokens, report)
  }
}

function audienceRules(entry: JsonObject, key: string, path: Path, tokens: JsonObject, report: Report): void {
  const known = listAt(tokens, 'audiences').filter((one) => typeof one === 'string')
  for (const [at, one] of listAt(entry, key).entries()) {
    if (typeof one !== 'string' || known.includes(one)) continue
    const near = didYouMean(one, known)
    const mend = near === undefined ? 'add it to "audiences" of "tokens"' : `did you mean "${near}"?`
    report('audience_unknown', [...path, key, at], `"${one}" is no audience that tokens may have`, mend)
  }
}

function clientRules(top: unknown, tokens: JsonObject, report: Report): void {
  emptyMap(['clients'], valueAt(top, ['clients']), report)
  for (const [name, client] of Object.entries(mapAt(top, 'clients'))) {
    if (!isJsonObject(client)) continue
    const path = ['clients', name]
    if (tokens.issuer === undefined)
      report('tokens_missing', path, 'a client is given tokens that Postern signs', addTokens, 'key')
    if ((client.jwks === undefined) === (client.secret === undefined))
      report(
        'one_of_several',
        path,
        `the client "${name}" takes exactly one of jwks, secret`,
        'keep one of them',
        'key',
      )
    for (const key of ['overlapSeconds', 'rotateDays'])
      if (client.secret === undefined && client[key] !== undefined)
        report('value_invalid', [...path, key], 'only a secret is rotated', 'take it out', 'key')
    if (client.secret !== undefined) overlapRule(client, path, report)
    audienceRules(client, 'allowedAudiences', path, tokens, report)
  }
}

function secretRules(top: unknown, report: Report): void {
  emptyMap(['secrets'], valueAt(top, ['secrets']), report)
  const seen = new Map<string, string>()
  for (const kind of ['clients', 'secrets'])
    for (const [name, entry] of Object.entries(mapAt(top, kind))) {
      if (!isJsonObject(entry) || typeof entry.secret !== 'string') continue
      const other = seen.get(entry.secret)
      if (other !== undefined)
        report(
          'duplicate_entry',
          [kind, name, 'secret'],
          `"${other}" has this secret too: a rotation of one would be a rotation of both`,
          'give each a secret of its own',
        )
      seen.set(entry.secret, name)
      if (kind === 'secrets' && entry.kind === 'cognito') overlapRule(entry, [kind, name], report)
    }
}

/** A rotation within the overlap of the one before is refused, so a schedule may not ask for one. */
function overlapRule(
  { overlapSeconds = 86_400, rotateDays = 30 }: JsonObject,
  path: Path,
  report: Report,
): void {
  if (typeof overlapSeconds !== 'number' || typeof rotateDays !== 'number') return
  if (overlapSeconds < rotateDays * 86_400) return
  const message =
    'the next rotation would come while the overlap of the one before still lasts, and be refused'
  report('overlap_too_long', path, message, 'make "rotateDays" longer, or "overlapSeconds" shorter', 'key')
}
