import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareManifests } from '../../cli/diff/compare.ts'
import { isWidened } from '../../cli/diff/text.ts'
import type { Compiled } from '../../cli/manifest-file.ts'
import type { RoleCredentials, Statement } from '../../shared/access/access.ts'
import { lendableBy } from '../../shared/access/lendable.ts'
import { rulesOf } from '../../shared/access/roles-of.ts'
import { compileManifest } from '../../shared/manifest/compile.ts'
import { loadManifestFrom } from '../../shared/manifest/load.ts'
import { parseSource } from '../../shared/manifest/read.ts'
import { expand } from '../../shared/sts/expand.ts'
import { claimsOf } from '../support/access.ts'
import { fuzzParameters } from '../support/fuzz.ts'

const some = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1, maxLength: 2 })
const operator = fc.constantFrom('StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike')
const conditions = fc.dictionary(operator, fc.record({ 's3:prefix': some('p', 'q', '{claims.sub}', '*') }), {
  minKeys: 1,
  maxKeys: 2,
})
const statement = fc.record(
  {
    actions: some('s3:GetObject', 's3:Get*', 's3:getobject', 's3:PutObject', '*'),
    resources: some(
      'arn:aws:s3:::a/*',
      'arn:aws:s3:::a/{claims.sub}',
      'arn:aws:s3:::a/{path(claims.sub)}',
      'arn:aws:s3:::a/b',
      'arn:aws:s3:::*',
      'arn:aws:s3:*::a/b',
      'arn:aws:s3:::a/$${*}',
      'arn:aws:s3:::a/$${s3:prefix}',
      '*',
    ),
    conditions,
  },
  { requiredKeys: ['actions', 'resources'] },
)
const scopes = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(fc.constantFrom('read', 'write'), fc.array(statement, { minLength: 1, maxLength: 2 }), { minKeys: 1 }) },
  fc.constant(null),
) // biome-ignore format: a table
const role = fc.record(
  {
    trust: fc.array(
      fc.record({
        issuer: fc.constant('a'),
        claims: fc.record({ g: fc.oneof(fc.constantFrom('x', 'y'), fc.constant(['x', 'y'])) }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    credentials: fc.record({
      roleArn: fc.constantFrom('arn:aws:iam::123456789012:role/a', 'arn:aws:iam::123456789012:role/b'),
      scopes,
      durationSeconds: fc.constantFrom(900, 1800),
    }),
    includes: fc.constant(['low']),
  },
  { requiredKeys: ['trust'] },
)
const manifest = fc.record({
  low: fc.record({ credentials: fc.record({ roleArn: fc.constant('arn:aws:iam::123456789012:role/a'), scopes }) }),
  one: role,
  two: role,
}) // biome-ignore format: a table

function compiled(roles: object): Compiled {
  const issuers = { a: { type: 'oidc', issuer: 'https://a.example', audience: ['api'] } }
  const loaded = loadManifestFrom(
    parseSource('access.yml', JSON.stringify({ version: 1, issuers, roles })),
    {},
  )
  return { loaded, access: compileManifest(loaded) }
}

type Call = {
  readonly awsRole: string
  readonly action: string
  readonly resource: string
  readonly prefix: string | undefined
  readonly seconds: number
}

const calls = ['a', 'b'].flatMap((name) =>
  ['s3:GetObject', 's3:GetTags', 's3:PutObject', 'sqs:Send'].flatMap((action) =>
    ['arn:aws:s3:::a/b', 'arn:aws:s3:::a/c', 'arn:aws:s3:::a/p', 'arn:aws:s3:::a/*', 'arn:aws:s3:eu::a/b', 'arn:aws:s3:::z'].flatMap((resource) =>
      [undefined, 'p', 'b', 'z'].flatMap((prefix) =>
        [900, 1800].map((seconds): Call => ({ awsRole: `arn:aws:iam::123456789012:role/${name}`, action, resource, prefix, seconds })),
      ),
    ),
  ),
) // biome-ignore format: a table

/** As IAM would decide it, as far as these statements go. */
function allows(
  { roleArn, scopes, maxDurationSeconds }: RoleCredentials,
  call: Call,
  claims: object,
): boolean {
  if (roleArn !== call.awsRole || maxDurationSeconds < call.seconds) return false
  return (
    scopes === null ||
    Object.values(scopes)
      .flat()
      .some((one) => applies(one, call, claims))
  )
}

function applies({ actions, resources, conditions = {} }: Statement, call: Call, claims: object): boolean {
  const text = (template: Statement['resources'][number]) => expand(template, claimsOf(claims as never))
  return (
    actions.some((action) => like(action.toLowerCase(), call.action.toLowerCase(), call)) &&
    resources.some((resource) => like(text(resource), call.resource, call)) &&
    Object.entries(conditions).every(([operator, keys]) => {
      const values = (keys['s3:prefix'] ?? []).map(text)
      const isMet = values.some((value) =>
        operator.endsWith('Like')
          ? call.prefix !== undefined && like(value, call.prefix, call)
          : value === call.prefix,
      )
      return operator.includes('Not') ? !isMet : isMet
    })
  )
}

function like(pattern: string, text: string, { prefix }: Call): boolean {
  if (pattern.includes('$' + '{s3:prefix}') && prefix === undefined) return false
  const literally = (words: string) => words.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const pieces = pattern.split(/(\$\{[^}]*\}|\*)/).map((piece) => {
    if (piece === '*') return '.*'
    if (!piece.startsWith('$' + '{')) return literally(piece)
    return literally(piece === '$' + '{*}' ? '*' : (prefix ?? ''))
  })
  return new RegExp(`^${pieces.join('')}$`).test(text)
}

test('what the broker lends now and did not lend before, some change calls widened', () => {
  let gained = 0
  fc.assert(
    fc.property(
      manifest,
      manifest,
      fc.constantFrom('x', 'y'),
      fc.constantFrom('b', 'c'),
      (old, now, g, sub) => {
        const [before, after] = [compiled(old), compiled(now)]
        const claims = { g, sub }
        const lent = ({ access }: Compiled) =>
          lendableBy(access, rulesOf(access, 'a', claimsOf(claims), 0)).flatMap(
            (one) => one.role.credentials ?? [],
          )
        const [had, has] = [lent(before), lent(after)]
        const fresh = calls.find(
          (call) =>
            has.some((one) => allows(one, call, claims)) && !had.some((one) => allows(one, call, claims)),
        )
        if (fresh === undefined) return
        gained++
        const changes = compareManifests(before, after)
        expect(isWidened(changes), JSON.stringify([fresh, changes])).toBe(true)
      },
    ),
    fuzzParameters(),
  )
  expect(gained).toBeGreaterThan(0)
})

test('a statement that is told to be within another allows nothing that the other does not', () => {
  let within = 0
  const lender = (one: object) => ({
    one: {
      trust: [{ issuer: 'a', claims: { g: 'x' } }],
      credentials: { roleArn: 'arn:aws:iam::123456789012:role/a', scopes: { read: [one] } },
    },
  })
  fc.assert(
    fc.property(statement, statement, fc.constantFrom('b', 'c', 'p'), (old, now, sub) => {
      const [before, after] = [compiled(lender(old)), compiled(lender(now))]
      if (isWidened(compareManifests(before, after))) return
      within++
      const [had, has] = [before, after].map(({ access }) => access.roles[0]?.credentials as RoleCredentials)
      for (const call of calls)
        if (allows(has as RoleCredentials, call, { sub }))
          expect(allows(had as RoleCredentials, call, { sub }), JSON.stringify(call)).toBe(true)
    }),
    fuzzParameters(),
  )
  expect(within).toBeGreaterThan(0)
})
