import { describe, expect, test } from 'vitest'
import type { Issuer } from '../../../shared/access/access.ts'
import { createVerifier } from '../../../shared/token/verify.ts'
import { accessOf } from '../../support/access.ts'
import { corpusRows } from '../../support/corpora.ts'
import { iss, issuerOf, setOf } from '../../support/issuers.ts'
import { makeKey } from '../../support/keys.ts'
import { baseClaims, minter, nowMs } from '../../support/token.ts'

type Row = { readonly fn: string; readonly name: string; readonly value: string; readonly valid: boolean }
const rows = corpusRows<Row>('octo-sts/oidc-validate.json')
const of = (fn: string) => rows.filter((row) => row.fn === fn)

const key = makeKey('Ed25519', 'k1')
const mint = minter(key, 'EdDSA', baseClaims(iss))

/** Rows of octo-sts that Postern decides otherwise, with the reason. */
const otherwise: Readonly<Record<string, string>> = {
  'subject with single quote': 'sub is compared, and written as JSON; it never enters SQL, HTML or a shell',
  'subject with double quote': 'likewise; JSON escapes it',
  'subject with script tags': 'likewise',
  'subject with brackets': 'likewise; a pattern of the manifest is never made of a claim',
  'subject with braces': 'likewise',
  'subject with semicolon': 'likewise',
  'audience with special characters': 'an audience is the operator’s own text, compared as a whole',
  'audience with at sign': 'likewise; e-mail addresses are audiences elsewhere',
}
const expected = ({ name, valid }: Row) => (name in otherwise ? !valid : valid)

async function takes(issuer: Issuer, token: string): Promise<boolean> {
  const verifier = createVerifier([issuer], {
    nowMs: () => nowMs,
    fetchJson: () => Promise.reject(new Error('offline')),
  })
  try {
    await verifier.verify(token, token, { nowMs })
    return true
  } catch (error) {
    expect((error as { reason?: string }).reason).toMatch(/^(subject_invalid|audience_not_allowed)$/)
    return false
  }
}

describe.skipIf(rows.length === 0)('the rows of octo-sts', () => {
  const issuer = issuerOf({ keys: { jwks: setOf(key) as never } })

  test.each(of('IsValidSubject'))('sub: $name', async (row) => {
    expect(await takes(issuer, mint({ claims: { sub: row.value } }))).toBe(expected(row))
  })

  test.each(of('IsValidAudience'))('aud: $name', async (row) => {
    const manifest = {
      version: 1,
      issuers: { partner: { type: 'oidc', issuer: iss, audience: [row.value] } },
    }
    if (!expected(row)) {
      expect(() => accessOf(manifest)).toThrow()
      return
    }
    const audience = accessOf(manifest).issuers[0]?.audience ?? []
    expect(await takes({ ...issuer, audience }, mint({ claims: { aud: row.value } }))).toBe(true)
    expect(await takes({ ...issuer, audience }, mint({ claims: { aud: `${row.value}x` } }))).toBe(false)
  })

  test('what is decided otherwise is in the corpus', () => {
    const names = rows.map(({ name }) => name)
    for (const name of Object.keys(otherwise)) expect(names).toContain(name)
    expect(of('IsValidSubject').length + of('IsValidAudience').length).toBe(41)
  })
})
