import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalPath } from '../../../shared/gateway/canonical-path.ts'
import { fuzzParameters } from '../../support/fuzz.ts'

const plain = [
  '/',
  '//',
  '.',
  '..',
  '..;',
  ';',
  '\\',
  '?',
  '#',
  ' ',
  '*',
  '$',
  '{x}',
  ':',
  '@',
  'admin',
  'ADMIN',
]
const escapes = [
  '%',
  '%2',
  '%2F',
  '%2f',
  '%5c',
  '%00',
  '%25',
  '%252e',
  '%2e',
  '%61',
  '%20',
  '%3F',
  '%23',
  '%C3%A9',
  '%C0%AF',
]
const foreign = ['\t', '\n', '\u0000', '\u0085', 'é', '．', '／', '𝄞', '\u202e']
const tricky = fc.constantFrom(...plain, ...escapes, ...foreign)
const paths = fc
  .array(fc.oneof(tricky, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 8 })
  .map((parts) => `/${parts.join('')}`)
const modes = fc.constantFrom('refuse' as const, 'allow' as const)

test('whatever is accepted means the same segments after one decoding, after two, and to a URL parser', () => {
  fc.assert(
    fc.property(paths, modes, (path, mode) => {
      const segments = canonicalPath(path, mode)
      if (segments === undefined) return
      expect(`/${segments.join('/')}`).toBe(path)
      const once = segments.map(decodeURIComponent)
      expect(decodeURIComponent(path)).toBe(`/${once.join('/')}`)
      expect(decodeURIComponent(decodeURIComponent(path))).toBe(`/${once.join('/')}`)
      expect(once.some((segment) => /[/\\]|^$|^\.\.?$/.test(segment))).toBe(false)
      // A special scheme's parser is the one that resolves dots and backslashes and drops tabs.
      const parsed = new URL(`http://x${path}`)
      expect(decodeURIComponent(parsed.pathname)).toBe(`/${once.join('/')}`)
      expect(parsed.search + parsed.hash).toBe('')
    }),
    fuzzParameters(),
  )
})

test('a percent sign is refused unless escapes are allowed', () => {
  fc.assert(
    fc.property(paths, (path) => {
      fc.pre(path.includes('%'))
      expect(canonicalPath(path, 'refuse')).toBeUndefined()
    }),
    fuzzParameters(),
  )
})

test('what is allowed without escapes is allowed with them, as the same segments', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const segments = canonicalPath(path, 'refuse')
      if (segments !== undefined) expect(canonicalPath(path, 'allow')).toEqual(segments)
    }),
    fuzzParameters(),
  )
})

test('two accepted spellings of plain segments are the same spelling', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9._~-]{1,6}$/)
  const spellings = fc.array(segment, { minLength: 1, maxLength: 3 }).chain((segments) => {
    const plain = `/${segments.join('/')}`
    const escaped = fc
      .array(fc.boolean(), { minLength: plain.length, maxLength: plain.length })
      .map((flips) =>
        [...plain].map((c, at) => (flips[at] ? `%${c.charCodeAt(0).toString(16)}` : c)).join(''),
      )
    return fc.tuple(fc.constant(plain), escaped)
  })
  fc.assert(
    fc.property(spellings, ([plain, escaped]) => {
      if (canonicalPath(escaped, 'allow') !== undefined) expect(escaped).toBe(plain)
    }),
    fuzzParameters(),
  )
})
