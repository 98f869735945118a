import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rolesOf } from '../../../shared/access/decide.ts'
import { meets } from '../../../shared/access/match.ts'
import { compileMatcher } from '../../../shared/manifest/compile-matcher.ts'
import { accessOf, claimsOf } from '../../support/access.ts'
import { corpusRows } from '../../support/corpora.ts'
import { fuzzParameters } from '../../support/fuzz.ts'

type Row = {
  readonly name: string
  readonly tp: {
    readonly Issuer?: string
    readonly IssuerPattern?: string
    readonly Subject?: string
    readonly SubjectPattern?: string
    readonly Audience?: string
    readonly AudiencePattern?: string
    readonly ClaimPattern?: Readonly<Record<string, string>>
  }
  readonly token: { readonly Issuer: string; readonly Subject: string; readonly Audience: readonly string[] }
  readonly wantErr: boolean
}
const rows = corpusRows<Row>('octo-sts/trust-policy-check.json')

/**
 * What Postern's matchers do not say, on purpose: they are no regular expressions, so that nobody's alternation
 * leaves its anchors and no pattern can hang a Lambda. An alternation becomes a list, `.*` becomes `**`.
 */
const unmapped: Readonly<Record<string, string>> = {
  'valid patterns': 'a class with a count, [0-9]{10}: a claim is named by its values, or by a prefix',
  'invalid subject pattern': 'the same class',
  'number custom claim': '\\d+ is a class, and a number is matched by { number: 5 } alone',
  'matching boolean claims': "the row does not carry its token's own claims",
  'matching custom claim': "the row does not carry its token's own claims",
  'matching multiple custom claim': "the row does not carry its token's own claims",
}

/** The texts that stand for a pattern of alternations, literals and `.*`; `undefined` where it says more. */
function textsOf(pattern: string): readonly string[] | undefined {
  const group = /\(([^()]*)\)/.exec(pattern)
  if (group) {
    const whole = (one: string) => textsOf(pattern.replace(group[0], () => one))
    const texts = (group[1] as string).split('|').map(whole)
    return texts.some((one) => one === undefined) ? undefined : texts.flatMap((one) => one ?? [])
  }
  const plain = pattern.replace(/^\^|\$$/g, '')
  if (/[[\]{}+?|]|\\[a-z]/.test(plain)) return undefined
  return [plain.replaceAll('.*', '**').replaceAll('\\.', '.')]
}

function manifestOf({ tp }: Row): object | undefined {
  const exact = (text: string | undefined) => (text === undefined ? undefined : [text])
  const issuers = exact(tp.Issuer) ?? textsOf(tp.IssuerPattern ?? '')
  const sub = exact(tp.Subject) ?? textsOf(tp.SubjectPattern ?? '')
  const aud = exact(tp.Audience) ?? textsOf(tp.AudiencePattern ?? 'octo-sts\\.dev')
  const others = Object.entries(tp.ClaimPattern ?? {}).map(
    ([name, pattern]) => [name, textsOf(pattern)] as const,
  )
  if (!issuers || !sub || !aud || others.some(([, texts]) => texts === undefined)) return undefined
  const claims = { sub, aud, ...Object.fromEntries(others) }
  return {
    version: 1,
    issuers: Object.fromEntries(
      issuers.map((issuer, at) => [`i${at}`, { type: 'oidc', issuer, audience: aud }]),
    ),
    roles: { trusted: { trust: issuers.map((_, at) => ({ issuer: `i${at}`, claims })) } },
  }
}

/** Rows whose token must be accepted for claims that the corpus leaves out. */
const lacksClaims = (row: Row) => row.tp.ClaimPattern !== undefined && !row.wantErr
const mapped = rows.filter((row) => manifestOf(row) !== undefined && !lacksClaims(row))

/** Every pattern of the rows that has a counterpart. */
const patterns: ReadonlySet<string> = new Set(
  rows.flatMap(({ tp }) =>
    [tp.IssuerPattern, tp.SubjectPattern, tp.AudiencePattern, ...Object.values(tp.ClaimPattern ?? {})].filter(
      (pattern): pattern is string => pattern !== undefined && textsOf(pattern) !== undefined,
    ),
  ),
)

/** Texts near a pattern: its own letters with something of it left out, put in twice, or changed. */
function near(pattern: string): fc.Arbitrary<string> {
  const letters = fc.constantFrom(...pattern.replace(/[\\()|^$*]/g, ''), 'x', '/', ':', '-', 'evil')
  const fill = fc.array(letters, { maxLength: 4 }).map((parts) => parts.join(''))
  const written = textsOf(pattern) as readonly string[]
  const filled = fc
    .tuple(fc.constantFrom(...written), fill)
    .map(([text, by]) => text.replaceAll('**', () => by))
  return fc.oneof(
    filled,
    fc.tuple(fill, filled, fill).map((parts) => parts.join('')),
    fill,
  )
}

describe("octo-sts's rows of trust policies", () => {
  test.skipIf(rows.length === 0)('those that have no counterpart are known, each with its reason', () => {
    const others = rows.filter((row) => !mapped.includes(row)).map((row) => row.name)
    expect(others.toSorted()).toEqual(Object.keys(unmapped).toSorted())
    expect(mapped.filter((row) => !row.wantErr).length).toBeGreaterThan(2)
  })

  test.each([...patterns])('%s takes what the regular expression takes', (pattern) => {
    const matcher = compileMatcher(textsOf(pattern) as readonly string[])
    const regex = new RegExp(`^(?:${pattern})$`)
    const claim = { name: 'c', path: ['c'] }
    fc.assert(
      fc.property(near(pattern), (text) => {
        expect([text, meets({ c: text }, { claim, matcher })]).toEqual([text, regex.test(text)])
      }),
      fuzzParameters(),
    )
  })

  test.each(mapped)('$name (refused: $wantErr)', (row) => {
    const access = accessOf(manifestOf(row) as object)
    const issuer = access.issuers.find((one) => one.iss === row.token.Issuer)
    const claims = claimsOf({ iss: row.token.Issuer, sub: row.token.Subject, aud: row.token.Audience })
    const roles = issuer ? rolesOf(access, issuer.name, claims, 0) : []
    expect(roles.length === 0).toBe(row.wantErr)
  })
})
