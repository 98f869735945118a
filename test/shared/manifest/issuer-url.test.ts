import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { variable } from '../../../shared/config.ts'
import { problemsOf } from './cases.ts'

const corpora = variable('POSTERN_CORPORA') ?? join(import.meta.dirname, '../../../../shared/corpora')
const file = join(corpora, 'octo-sts/oidc-validate.json')
type Row = { readonly fn: string; readonly name: string; readonly value: string; readonly valid: boolean }
const rows: readonly Row[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).cases : []
if (rows.length === 0) console.warn(`skipped: the octo-sts rows are not at ${file} (POSTERN_CORPORA)`)

const manifest = (issuer: string, audience: string): string =>
  JSON.stringify(
    { version: 1, issuers: { idp: { type: 'oidc', issuer, audience: [audience] } } },
    undefined,
    1,
  ).replace('{', '--- {')
const valid = (issuer: string, audience: string): boolean =>
  problemsOf(manifest(issuer, audience)).length === 0

/** Rows where Postern decides otherwise, each with its reason. */
const otherwise: Readonly<Record<string, string>> = {
  'issuer with double tildes': 'RFC 3986 section 2.3 leaves "~" unreserved; no server reads it as a way up',
  'issuer ending with tilde (backup file)':
    'likewise: `iss` is compared byte for byte, never opened as a file',
  'issuer with tilde segment': 'likewise',
  'issuer with very long path segment':
    'the whole issuer is bounded by 255 characters; one segment may fill it',
  'audience with special characters': 'an audience is only ever compared, so any printable text will do',
  'audience with at sign': 'likewise; RFC 7519 section 4.1.3 takes any string or URI',
}

describe('octo-sts: issuers and audiences that hold', () => {
  const cases = rows.filter((row) => row.fn === 'IsValidIssuer' || row.fn === 'IsValidAudience')

  test.skipIf(rows.length === 0)('every row is decided as there, or listed with a reason', () => {
    const decided = cases.map((row) => {
      const mine =
        row.fn === 'IsValidIssuer' ? valid(row.value, 'api') : valid('https://idp.example', row.value)
      return { name: row.name, agrees: mine === row.valid }
    })
    expect(decided.length).toBeGreaterThan(50)
    const differing = decided.filter((row) => !row.agrees).map((row) => row.name)
    expect(differing.sort()).toEqual(Object.keys(otherwise).sort())
  })
})

describe('an issuer has one spelling', () => {
  test.each([
    ['a default port', 'https://idp.example:443/x'],
    ['a backslash', 'https://idp.example\\@evil.example/'],
    ['an address in another base', 'https://0x7f000001/'],
    ['empty user info', 'https://@idp.example/'],
    ['a dot segment', 'https://idp.example/a/./b'],
    ['white space around it', ' https://idp.example'],
    ['http on a name that only begins like loopback', 'http://localhost.evil.example'],
    ['http on a loopback address of another spelling', 'http://127.1'],
    ['http on an address that only ends like loopback', 'http://10.127.0.1'],
    ['one slash', 'https:/idp.example'],
    ['another scheme', 'file:///etc/issuer'],
  ])('%s is refused', (_, issuer) => {
    expect(problemsOf(manifest(issuer, 'api')).map((problem) => problem.code)).toEqual(['issuer_url_invalid'])
  })

  test.each([
    ['a host in upper case, which some providers put into `iss`', 'https://ADFS.corp.example/adfs'],
    ['a trailing slash', 'https://tenant.example/'],
    ['255 characters', `https://idp.example/${'a'.repeat(235)}`],
    ['http on loopback', 'http://[::1]:8080/x'],
    ['http on any other address of loopback, where keys are fetched from too', 'http://127.1.2.3:8080'],
  ])('%s is accepted', (_, issuer) => {
    expect(valid(issuer, 'api')).toBe(true)
  })
})
