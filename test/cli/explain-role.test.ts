import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClaimSet } from '../../local/issuer/issuer.ts'
import { type Explainer, failedCheck, secret, silent, startExplainer } from './explainer.ts'
import { postern } from './run.ts'

const soon = new Date(Date.now() + 1_200_000).toISOString()
const sooner = new Date(Date.now() + 600_000).toISOString()
const arn = 'arn:aws:iam::123456789012:role'
const trust = 'trust: [{ issuer: idp, claims: { tenant: acme } }]'
const scopes = `scopes: { 'orders:read': [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme/{claims.repository}/*'] }], list: [{ actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::acme'] }] }`
const manifest = join(mkdtempSync(join(tmpdir(), 'postern-explain-role-')), 'access.yml')
writeFileSync(
  manifest,
  `version: 1
issuers:
  idp: { type: oidc, issuer: https://idp.example, audience: [postern] }
  other: { type: oidc, issuer: https://other.example, audience: [postern] }
roles:
  exporter:
    ${trust}
    credentials:
      roleArn: ${arn}/exporter
      durationSeconds: 1800
      maxDurationSeconds: 3000
      externalId: orders/1
      tags: { team: orders, who: { value: '{claims.sub}', optional: true, transitive: true } }
      ${scopes}
  above:
    trust: [{ issuer: idp, claims: { tenant: umbrella } }]
    includes: [exporter]
  plain: { ${trust}, routes: [GET /orders] }
  whole:
    ${trust}
    credentials: { roleArn: ${arn}/whole, scopes: null, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }
  brief: { ${trust}, credentials: { roleArn: ${arn}/brief, endsWithToken: true, scopes: null } }
  ending:
    trust: [{ issuer: idp, claims: { tenant: acme }, expiresAt: ${soon} }]
    credentials: { roleArn: ${arn}/ending, scopes: null }
  over:
    trust: [{ issuer: idp, claims: { tenant: acme }, expiresAt: ${sooner} }]
    credentials: { roleArn: ${arn}/over, scopes: null }
  twin: { ${trust}, credentials: { roleArn: ${arn}/twin, scopes: null } }
  twin-2: { ${trust}, credentials: { roleArn: ${arn}/twin, scopes: null } }
  large: { ${trust}, credentials: { roleArn: ${arn}/large, tags: { a: '{text(claims.long)}' }, scopes: null } }
  foreign: { trust: [{ issuer: other, claims: { tenant: acme } }], credentials: { roleArn: ${arn}/x, scopes: null } }
`,
)

let explainer: Explainer
beforeAll(async () => {
  explainer = await startExplainer(manifest)
})
afterAll(() => explainer.issuers.close())
const sign = (claims: ClaimSet = {}, expiresInSeconds = 3600) =>
  explainer.issuers.sign(
    'idp',
    { sub: 'bot-1', tenant: 'acme', repository: '7123', email: secret, ...claims },
    { expiresInSeconds },
  )
const ask = async (role: string, more: readonly string[] = [], token?: string) =>
  explainer.explainJson(token ?? (await sign()), '--role', role, ...more)

describe('a role that may be borrowed', () => {
  test('the session that the broker would ask for, whole', async () => {
    const found = await ask('exporter', ['--scope', 'orders:read'])
    expect(found).toMatchObject({ code: 0, effect: 'allow', reason: 'granted', issuer: 'idp' })
    expect(found.checks.every(({ result }) => result === 'ok')).toBe(true)
    expect(found.mend).toMatch(/Where STS refuses it: .*`postern trust-policy`/)
    expect(found.borrow).toEqual({ role: 'exporter', scopes: ['orders:read'] })
    expect(found.lends).toEqual([
      { role: 'exporter', awsRole: `${arn}/exporter`, scopes: ['orders:read', 'list'] },
    ])
    expect(found.grantedBy).toEqual(['exporter', 'above'])
    expect(found.session).toEqual({
      awsRole: `${arn}/exporter`,
      name: expect.stringMatching(/^idp-bot-1-[a-z2-7]{16}$/),
      sourceIdentity: found.session?.name,
      seconds: 1800,
      boundedBy: 'durationSeconds',
      tags: [
        { key: 'team', value: 'orders', optional: false, transitive: false },
        { key: 'who', value: 'bot-1', optional: true, transitive: true },
      ],
      policyArns: [],
      policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::acme/7123/*'] }],
      },
      externalId: 'orders/1',
    })
  })

  test('in words', async () => {
    const { code, stdout, stderr } = await explainer.explain(await sign(), '--role', 'exporter', '--scope', 'list', '--duration-seconds', '900') // biome-ignore format: a call
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toMatch(/FAILED|not reached/)
    for (const line of [
      /^ {2}ok {11}a role of the caller is the one asked for, or includes it$/m,
      /^asked for {2}the role "exporter", of its scopes list, for 900 s$/m,
      /^lends {6}arn:aws:iam::123456789012:role\/exporter, by the scopes orders:read, list$/m,
      /^lent to {4}callers with exporter, above$/m,
      /^session {4}in arn:aws:iam::123456789012:role\/exporter$/m,
      /^name {7}idp-bot-1-[a-z2-7]{16}, which is its source identity too$/m,
      /^length {5}900 s: as asked$/m,
      /^tags {7}team=orders\n {11}who=bot-1 \(optional, transitive\)$/m,
      /^policy {5}\{"Version":"2012-10-17","Statement":\[\{"Effect":"Allow","Action":\["s3:ListBucket"\]/m,
      /^externalId orders\/1$/m,
      /^STS {8}is not asked: /m,
      /^decision {3}ALLOW granted: .*lends what was asked for\.$/m,
    ])
      expect(stdout).toMatch(line)
  })

  test('by a role that includes it, whose own trust the caller meets', async () => {
    const found = await ask('exporter', [], await sign({ tenant: 'umbrella' }))
    expect(found).toMatchObject({ code: 0, caller: { roles: ['above'] }, grantedBy: ['exporter', 'above'] })
    expect(found.session?.policy).toMatchObject({ Statement: [{}, {}] })
  })

  test('a role that is lent whole has no policy, but managed ones', async () => {
    const { session, lends } = await ask('whole')
    expect(session).not.toHaveProperty('policy')
    expect(session?.policyArns).toEqual(['arn:aws:iam::aws:policy/ReadOnlyAccess'])
    expect(lends).toMatchObject([{ scopes: null }])
  })

  test.each([
    [`${arn}/whole`, `${arn}/whole`],
    ['arn:postern:iam:::role/whole', 'whole'],
  ])('by the ARN that SDKs are given: %s', async (role, asked) => {
    expect(await ask(role)).toMatchObject({
      code: 0,
      borrow: { role: asked },
      session: { awsRole: `${arn}/whole` },
    })
  })
})

describe('what bounds the length', () => {
  const boundOf = async (role: string, more: readonly string[], lives = 3600) => {
    const { session } = await ask(role, more, await sign({}, lives))
    return [session?.boundedBy, session?.seconds]
  }
  test.each<[string, string[], string, number]>([
    ['exporter', [], 'durationSeconds', 1800],
    ['exporter', ['--duration-seconds', '900'], 'asked', 900],
    ['exporter', ['--duration-seconds', '3000'], 'asked', 3000],
    ['exporter', ['--duration-seconds', '3600'], 'maxDurationSeconds', 3000],
    ['whole', ['--duration-seconds', '43200'], 'maxDurationSeconds', 3600],
  ])('%s %j', async (role, more, bound, seconds) => {
    expect(await boundOf(role, more)).toEqual([bound, seconds])
  })

  test('the trust that ends in 20 minutes, and the token that does', async () => {
    expect(await boundOf('ending', [])).toEqual(['trust', 1140])
    expect(await boundOf('brief', [], 1200)).toEqual(['token', 1140])
    expect((await explainer.explain(await sign(), '--role', 'ending')).stdout).toMatch(
      /^length {5}1140 s: what is left until the trust in the caller ends, in whole minutes$/m,
    )
  })

  test('--at moves the clock', async () => {
    const at = new Date(Date.parse(soon) - 900_000).toISOString()
    expect(await boundOf('ending', ['--at', at])).toEqual(['trust', 900])
    const over = new Date(Date.parse(soon) - 899_000).toISOString()
    expect(await ask('ending', ['--at', over])).toMatchObject({ code: 1, reason: 'trust_too_short' })
  })
})

describe('the exact check that failed', () => {
  test.each<[string, string, string[], ClaimSet, string, string, RegExp]>([
    ['an unsafe claim', 'exporter', [], { repository: '../x' }, 'claim_unsafe', 'session', /"repository"/],
    ['an absent claim', 'exporter', [], { repository: undefined }, 'claim_unsafe', 'session', /"repository"/],
    ['a scope it lacks', 'exporter', ['--scope', 'list+write'], {}, 'scope_unknown', 'scope', /it has orders:read, list/],
    ['scopes of what has none', 'whole', ['--scope', 'list'], {}, 'scope_unknown', 'scope', /none: it lends its AWS role whole/],
    ['routes alone', 'plain', [], {}, 'role_lends_nothing', 'lends', /lends no AWS role/],
    ['trust that ends', 'over', [], {}, 'trust_too_short', 'trust_lasts', /ends in 5\d\d s/],
    ['a tag too long', 'large', [], { long: 'x'.repeat(257) }, 'session_too_large', 'session', /the tag "a" would have 257/],
    ['a length too short', 'exporter', ['--duration-seconds', '60'], {}, 'request_invalid', 'asked', /from 900 to 43200/],
    ['two roles', `${arn}/twin`, [], {}, 'role_ambiguous', 'one_role', /twin and twin-2 lend this AWS role/],
  ])('%s', async (_, role, more, claims, reason, check, message) => {
    const found = await ask(role, more, await sign(claims))
    expect(found).toMatchObject({ code: 1, effect: 'deny', reason })
    expect(found.message).toMatch(message)
    expect(failedCheck(found)).toBe(check)
    expect(found).not.toHaveProperty('session')
    const results = found.checks.map(({ result }) => result)
    const at = results.indexOf('failed')
    expect(results).toEqual(results.map((_, i) => (i < at ? 'ok' : i === at ? 'failed' : 'not_reached')))
  }) // biome-ignore format: a table

  test('a token whose end a session would not outlast', async () => {
    const found = await ask('brief', [], await sign({}, 800))
    expect(found).toMatchObject({ code: 1, reason: 'token_too_short' })
    expect(failedCheck(found)).toBe('token_lasts')
  })

  test('a role that is not the caller’s: which claim of which way to it fails', async () => {
    const token = await sign({ tenant: 'nobody' })
    const found = await ask('exporter', [], token)
    expect(found).toMatchObject({ code: 1, reason: 'role_not_granted', caller: { roles: [] } })
    expect(failedCheck(found)).toBe('has_role')
    expect(found.rolesMissed).toEqual([
      { role: 'exporter', misses: [{ claim: 'tenant', expected: '"acme"', actual: 'differs' }] },
      { role: 'above', misses: [{ claim: 'tenant', expected: '"umbrella"', actual: 'differs' }] },
    ])
    const { stdout } = await explainer.explain(token, '--role', 'exporter')
    expect(stdout).toMatch(/^ {2}exporter \(would grant this request\)\n {4}the claim "tenant" differs; expected "acme"$/m) // biome-ignore format: a line
    expect(stdout).toMatch(/^mend: {6}Mend what the caller lacks: its claims, or the `trust` of a role/m)
  })

  test('a role that trusts another issuer alone, a role that is not there, an AWS role that nobody lends', async () => {
    expect(await ask('foreign')).toMatchObject({
      reason: 'role_not_granted',
      rolesMissed: [{ role: 'foreign', misses: [] }],
    })
    expect(await ask('plain', [], await sign({ tenant: 'nobody' }))).toMatchObject({
      reason: 'role_not_granted',
      rolesMissed: [{ role: 'plain', misses: [{ claim: 'tenant' }] }],
      mend: expect.stringContaining('give this one `credentials`'),
    })
    expect(await ask('exportr')).toMatchObject({
      code: 1,
      reason: 'role_not_granted',
      lends: [],
      grantedBy: [],
      mend: 'No role of the manifest is called that; did you mean "exporter"?',
    })
    expect(await ask(`${arn}/nobody`)).toMatchObject({
      code: 1,
      reason: 'role_not_granted',
      mend: 'No role of the manifest lends that AWS role.',
    })
  })

  test('a role that lends nothing itself says what comes along with it', async () => {
    const found = await ask('above', [], await sign({ tenant: 'umbrella' }))
    expect(found).toMatchObject({
      code: 1,
      reason: 'role_lends_nothing',
      lends: [{ role: 'exporter' }],
      mend: 'Ask for one of the roles that it includes: exporter.',
    })
  })

  test('a token that does not hold is refused before anything is known of the caller', async () => {
    const found = await ask('exporter', [], await sign({ aud: 'elsewhere' }))
    expect(found).toMatchObject({
      code: 1,
      reason: 'audience_not_allowed',
      issuer: 'idp',
      facts: { allowed: ['postern'] },
      rolesMissed: [],
    })
    expect(found).not.toHaveProperty('caller')
    expect(found.lends).toHaveLength(1)
  })

  test('an issuer that is down is no verdict: exit code 3', async () => {
    const token = await sign()
    explainer.issuers.setMode('idp', 'down')
    try {
      const { code, stdout } = await explainer.explain(token, '--role', 'exporter')
      expect(code).toBe(3)
      expect(stdout).toMatch(/^decision {3}NONE keys_unavailable \(the broker answers 503\): /m)
      expect(stdout).toMatch(/^mend: {6}Check: is `npm start` running/m)
    } finally {
      explainer.issuers.setMode('idp', 'up')
    }
  })
})

describe('wrong usage', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwcyJ9.c2lnbmF0dXJl'
  const role = ['--role', 'exporter']
  test.each<[readonly string[], RegExp]>([
    [['--token', '-'], /--route is missing, or --role in its place/],
    [role, /--token is missing/],
    [['--token', '-', ...role, '--route', 'GET /orders'], /--route and --role are two questions/],
    [['--token', '-', ...role, '--api', 'http'], /--api goes with --route/],
    [['--token', '-', '--route', 'GET /orders', '--scope', 'a'], /--scope goes with --role/],
    [
      ['--token', '-', '--route', 'GET /x', '--duration-seconds', '900'],
      /--duration-seconds goes with --role/,
    ],
    [['--event', '-', ...role], /--role stands beside --event/],
    [['--token', '-', '--role', token], /--role is the name of a role/],
    [['--token', '-', '--role', 'a/b'], /--role is the name of a role/],
    [['--token', '-', ...role, '--scope', '+'], /--scope is names of scopes/],
    [['--token', '-', ...role, '--duration-seconds', '1h'], /--duration-seconds is a number/],
  ])('%j', async (args, message) => {
    const outcome = silent(token, await postern(['explain', '--access', manifest, ...args], { input: token }))
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toMatch(message)
  })
})
