import { describe, expect, test } from 'vitest'
import type { Statement } from '../../../shared/access/access.ts'
import { compileManifest } from '../../../shared/manifest/compile.ts'
import { leastPolicyLength } from '../../../shared/manifest/least-policy.ts'
import { sessionPolicy } from '../../../shared/sts/session-policy.ts'
import { claimsOf } from '../../support/access.ts'
import { load, places, problemsOf, writeFiles } from './cases.ts'

const roleArn = 'arn:aws:iam::123456789012:role/x'
const compile = (manifest: string) => compileManifest(load(manifest))
const lent = (credentials: string) =>
  compile(`roles: { r: { credentials: { roleArn: '${roleArn}', ${credentials} } } }`).roles[0]?.credentials
const claim = (name: string, path = [name]) => ({ name, path })

describe('what a role lends, compiled', () => {
  test('defaults', () => {
    expect(lent('scopes: null')).toEqual({
      roleArn,
      via: 'assume-role',
      durationSeconds: 3600,
      maxDurationSeconds: 3600,
      endsWithToken: false,
      tags: [],
      policyArns: [],
      scopes: null,
    })
  })

  test('the longest session is the usual one, where nothing else is said', () => {
    expect(lent('scopes: null, durationSeconds: 900')).toMatchObject({ maxDurationSeconds: 900 })
    expect(lent('scopes: null, durationSeconds: 900, maxDurationSeconds: 901')).toMatchObject({
      durationSeconds: 900,
      maxDurationSeconds: 901,
    })
  })

  test('templates are literal text and claims, each read in its own way', () => {
    const tags = `{ a: 'x:{claims.b}', c: { value: "{text(claims['d:e'])}", optional: true }, f: '{path(claims./g/h)}', i: j }`
    expect(lent(`scopes: null, tags: ${tags}`)?.tags).toEqual([
      { key: 'a', value: ['x:', { claim: claim('b'), as: 'segment' }], optional: false, transitive: false },
      { key: 'c', value: [{ claim: claim('d:e'), as: 'text' }], optional: true, transitive: false },
      {
        key: 'f',
        value: [{ claim: claim('/g/h', ['g', 'h']), as: 'path' }],
        optional: false,
        transitive: false,
      },
      { key: 'i', value: ['j'], optional: false, transitive: false },
    ])
  })

  test("IAM's own variables are literal text, beside the manifest's and claims", () => {
    const statement = `{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::@{b}/$@{aws:PrincipalTag/team}/{claims.sub}/*'], conditions: { StringEquals: { 's3:prefix': "$@{aws:x, 'none'}/y" } } }`
    const manifest = `vars: { b: acme }\nroles: { r: { credentials: { roleArn: '${roleArn}', scopes: { read: [${statement}] } } } }`
    expect(compile(manifest.replaceAll('@', '$')).roles[0]?.credentials?.scopes).toEqual({
      read: [
        {
          actions: ['s3:GetObject'],
          resources: [
            [
              'arn:aws:s3:::acme/$@{aws:PrincipalTag/team}/'.replace('@', ''),
              { claim: claim('sub'), as: 'segment' },
              '/*',
            ],
          ],
          conditions: { StringEquals: { 's3:prefix': [["$@{aws:x, 'none'}/y".replace('@', '')]] } },
        },
      ],
    })
  })

  test('a role lends what it and the roles that it includes lend, at any remove, and none of its includers', () => {
    const credentials = `credentials: { roleArn: '${roleArn}', scopes: null }`
    const { roles } = compile(`roles:
  top: { includes: [middle, low] }
  middle: { includes: [low], ${credentials} }
  alone: { routes: [GET /a] }
  low: { ${credentials} }`)
    expect(roles.map(({ lends }) => lends)).toEqual([[1, 3], [1, 3], undefined, [3]])
    expect(roles.map((role) => role.credentials !== undefined)).toEqual([false, true, false, true])
  })

  test('in an included manifest as well, whatever stands before it', () => {
    const credentials = `credentials: { roleArn: '${roleArn}', scopes: null }`
    const trust = 'trust: [{ issuer: idp, claims: { sub: x } }]'
    writeFiles({
      'lending.yml': `version: 1\nroles: { over: { includes: [lender], ${trust} }, lender: { ${credentials} } }\n`,
    })
    const { roles } = compile(`roles: { lender: { ${credentials} } }
apps: { billing: { manifest: lending.yml, allow: { issuers: [idp], awsRoles: ['arn:aws:iam::123456789012:role/*'] } } }`)
    expect(roles.map(({ name, lends }) => [name, lends])).toEqual([
      ['lender', [0]],
      ['billing.over', [2]],
      ['billing.lender', [2]],
    ])
  })
})

describe('the mend of a variable that is not one of the manifest', () => {
  const mendOf = (resource: string) =>
    problemsOf(
      `roles: { r: { credentials: { roleArn: '${roleArn}', scopes: { a: [{ actions: ['s3:*'], resources: ['${resource}'] }] } } } }`.replaceAll(
        '@',
        '$',
      ),
    ).map(({ code, mend }) => `${code}: ${mend}`)

  test("IAM's own is shown escaped", () => {
    expect(mendOf('arn:aws:s3:::x/@{aws:PrincipalTag/team}')).toEqual([
      'variable_syntax: write $$@{aws:PrincipalTag/team}'.replace('@', ''),
    ])
  })

  test('a name of vars is asked for', () => {
    expect(mendOf('arn:aws:s3:::x/@{team}')).toEqual([
      'undefined_variable: add "team" to vars at the top of the manifest',
    ])
  })

  test("a variable's value cannot make one of IAM's out of a claim", () => {
    const manifest = `vars: { v: 'x@' }\nroles: { r: { credentials: { roleArn: '${roleArn}', scopes: { a: [{ actions: ['s3:*'], resources: ['arn:aws:s3:::@{v}{claims.sub}'] }] } } } }`
    expect(places(problemsOf(manifest.replaceAll('@', '$')))).toEqual(['template_invalid 4:122'])
  })
})

describe('the session policy of a scope', () => {
  const manifest = (length: number) =>
    `roles: { r: { credentials: { roleArn: '${roleArn}', scopes: { read: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::{claims.sub}/${'a'.repeat(length)}'] }] } } } }`
  const rest =
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::x/"]}]}'
      .length

  test('of 2048 characters with a claim of one is built, of one more it is refused', () => {
    expect(problemsOf(manifest(2048 - rest))).toEqual([])
    const [problem, ...others] = problemsOf(manifest(2049 - rest))
    expect(others).toEqual([])
    expect(problem).toMatchObject({ code: 'session_policy_too_large', line: 3 })
    expect(problem?.message).toContain('2049 characters or more, and STS takes 2048')
  })

  test('is counted as the broker writes it', () => {
    const statement: Statement = {
      actions: ['s3:*'],
      resources: [['arn:aws:s3:::ünï→"\\', '/', { claim: claim('sub'), as: 'segment' }]],
      conditions: { StringLike: { 's3:prefix': [[{ claim: claim('sub'), as: 'path' }], ['b']] } },
    }
    const scopes = [[statement], [statement, { actions: ['*'], resources: [['*']] }]]
    expect(leastPolicyLength(scopes)).toBe(sessionPolicy(scopes, claimsOf({ sub: 'x' })).length)
  })
})

test('a tag of 256 characters with a claim of one is built, of one more it is refused', () => {
  const manifest = (length: number) =>
    `roles: { r: { credentials: { roleArn: '${roleArn}', scopes: null, tags: { a: '${'a'.repeat(length)}/{claims.sub}' } } } }`
  expect(problemsOf(manifest(254))).toEqual([])
  const [problem] = problemsOf(manifest(255))
  expect(problem?.code).toBe('template_invalid')
  expect(problem?.message).toContain('257 characters or more, and STS takes 256')
})
