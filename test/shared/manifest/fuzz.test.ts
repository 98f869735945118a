import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberVariable, variable } from '../../../shared/config.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { loadManifest } from '../../../shared/manifest/load.ts'
import { ManifestError } from '../../../shared/manifest/problem.ts'
import { readCases, textOf, write } from './cases.ts'

const runs = {
  numRuns: numberVariable('POSTERN_FUZZ_RUNS', 100, 1, 1_000_000),
  ...(variable('POSTERN_FUZZ_SEED') === undefined ? {} : { seed: Number(variable('POSTERN_FUZZ_SEED')) }),
}

const example = readFileSync(new URL('../../../examples/orders/access.yml', import.meta.url), 'utf8')
const good = [example, ...readCases('accepted').map(textOf)]

/** A manifest compiles or is refused with problems that have a place; anything else thrown is a crash. */
function answers(text: string): boolean {
  const file = write('fuzz.yml', text)
  try {
    compileManifest(loadManifest(file))
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    expect(error.problems.length).toBeGreaterThan(0)
    for (const { code, line, column } of error.problems) {
      expect(code).toMatch(/^[a-z_]+$/)
      expect(line).toBeGreaterThanOrEqual(1)
      expect(column).toBeGreaterThanOrEqual(1)
    }
  }
  return true
}

describe('whatever is in the file, the answer is a value or a list of problems', () => {
  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), answers), runs)
  })

  test('text made of what means something in YAML', () => {
    const token = fc.constantFrom(
      ...[
        'version: 1',
        'roles:',
        'issuers:',
        '\n',
        '  ',
        '- ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        '*',
        '&a ',
        '!t ',
        '|\n',
      ],
      ...[
        '"',
        "'",
        '#',
        '${',
        '---\n',
        '? ',
        '<<: ',
        '\t',
        'a',
        '0',
        'null',
        '~',
        '%',
        '@',
        ',',
        '\u0000',
        '\uFEFF',
      ],
    )
    const text = fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(''))
    fc.assert(fc.property(text, answers), runs)
  })

  test('a good manifest with a piece cut out, doubled or replaced', () => {
    const piece = fc.oneof(
      fc.constant(''),
      fc.constantFrom(...'{}[]*&!#:-\'"\n\t'),
      fc.string({ maxLength: 8 }),
    )
    const mutation = fc.tuple(fc.constantFrom(...good), fc.nat(), fc.nat({ max: 30 }), piece, fc.boolean())
    fc.assert(
      fc.property(mutation, ([text, from, length, inserted, doubled]) => {
        const at = from % (text.length + 1)
        const cut = text.slice(at, at + length)
        return answers(text.slice(0, at) + inserted + (doubled ? cut + cut : '') + text.slice(at + length))
      }),
      runs,
    )
  })

  test('a good manifest with any value in the place of one of its own', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(
        '$'.concat('{x}'),
        '{claims.x}',
        '*',
        '\\*',
        '/~',
        '1'.repeat(300),
        'GET /{a+}',
        '__proto__',
        -0,
        Number.MAX_VALUE,
      ),
    )
    fc.assert(
      fc.property(fc.nat(), value, (where, inserted) => {
        const manifest = structuredClone(base)
        const spots = spotsOf(manifest)
        const spot = spots[where % spots.length]
        if (spot !== undefined) spot.holder[spot.key] = inserted
        return answers(JSON.stringify(manifest))
      }),
      runs,
    )
  })
})

type Holder = Record<string, unknown>

const base: Holder = {
  version: 1,
  vars: { a: 'x' },
  issuers: {
    idp: { type: 'oidc', issuer: 'https://idp.example', audience: ['api'], require: { a: true } },
    pool: { type: 'cognito', userPoolId: 'eu-west-1_A', clientIds: ['x'], typ: ['JWT'] },
  },
  api: { public: ['GET /'], token: { header: 'x' }, context: ['email'], cacheSeconds: 5 },
  roles: {
    r: {
      trust: [
        {
          issuer: 'idp',
          claims: { a: ['b', { all: ['c'] }] },
          not: { d: 'e' },
          expiresAt: '2027-01-01T00:00:00Z',
        },
      ],
      routes: ['GET /a/{b}'],
      credentials: {
        roleArn: 'arn:aws:iam::123456789012:role/x',
        tags: { t: { value: '{claims.x}' } },
        scopes: { s: [{ actions: ['s3:*'], resources: ['*'], conditions: { Bool: { 'aws:x': 'true' } } }] },
      },
    },
    s: { includes: ['r'] },
  },
  apps: { b: { manifest: 'x.yml', allow: { routes: ['GET /'] } } },
  clients: { c: { secret: 'x' } },
}

function spotsOf(value: unknown): readonly { readonly holder: Holder; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Holder
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...spotsOf(holder[key])])
}
